"""What participants send for an assignment, and what those who mark fill in."""

from collections.abc import Sequence
from typing import Any, TypeVar

from flask import request
from flask_wtf.file import MultipleFileField
from werkzeug.datastructures import CombinedMultiDict
from wtforms import DateField, HiddenField, RadioField, SelectField, SelectMultipleField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # the stubs are older
from wtforms.validators import AnyOf, Length, Optional

from lms.coursework.queries import Colleague, CriterionLine
from lms.coursework.rules import LONGEST_FEEDBACK, LONGEST_WORK, Outcome, WorkState
from lms.coursework.service import Seen, Upload, Written
from lms.kernel.i18n import _
from lms.kernel.i18n import lazy_gettext as _l
from lms.ui.forms import Form, whole_number
from lms.ui.security import SAFE

SAVE, HAND_IN = "save", "hand-in"
NOBODY = "nobody"

STATES: dict[str, Any] = {
    WorkState.HANDED_IN: _l("To mark"),
    WorkState.REVISE: _l("Asked to revise"),
    WorkState.GRADED: _l("Graded, not released"),
    WorkState.RELEASED: _l("Released"),
}
"""As those who mark see them."""


class WorkForm(Form):
    class Meta(Form.Meta):
        def wrap_formdata(self, _form: Any, _formdata: Any) -> Any:
            return CombinedMultiDict([request.files, request.form]) if request.method not in SAFE else None

    version = HiddenField()
    deed = HiddenField(validators=[AnyOf([SAVE, HAND_IN], _l("Choose one from the list."))])
    text = TextAreaField(_l("Your work"), [Length(max=LONGEST_WORK)], render_kw={"rows": 14})
    files = MultipleFileField(_l("Add files"))
    dropped = SelectMultipleField(validate_choice=False)

    def written(self) -> Written:
        """What was sent, after `validate`."""
        sent = [each for each in self.files.data or [] if getattr(each, "filename", None)]
        return Written(
            text=self.text.data or "",
            uploads=[Upload(each.filename, each.read()) for each in sent],
            dropped=self.dropped.data or [],
            version=whole_number(self.version.data),
        )


class ReviewForm(Form):
    """The rubric, one row of levels for each criterion, and words of one's own."""

    feedback = TextAreaField(_l("Feedback"), [Length(max=LONGEST_FEEDBACK)], render_kw={"rows": 8})

    def levels(self) -> dict[str, int | None]:
        """The chosen place in each criterion."""
        given = {name.removeprefix("level-"): text for name, text in self.data.items() if name.startswith("level-")}
        return {key: whole_number(text) if text and text.isdecimal() else None for key, text in given.items()}


class MarkForm(ReviewForm):
    submissions = HiddenField()
    grades = HiddenField()
    outcome = HiddenField(validators=[AnyOf([str(each) for each in Outcome], _l("Choose one from the list."))])

    def seen(self) -> Seen:
        return Seen(whole_number(self.submissions.data), whole_number(self.grades.data))


RubricForm = TypeVar("RubricForm", bound=ReviewForm)


def with_rubric(kind: type[RubricForm], rubric: Sequence[CriterionLine], **kwargs: Any) -> RubricForm:
    """A row of levels for each criterion; the template writes their words."""

    class Marks(kind):  # type: ignore[misc, valid-type]  # a class that is a value
        pass

    for each in rubric:
        choices = [SelectChoice(str(place), level.text.text) for place, level in enumerate(each.levels)]
        setattr(Marks, f"level-{each.key}", RadioField(each.title.text, choices=choices, validate_choice=False))
    form: RubricForm = Marks(**kwargs)
    return form


class HandOverForm(Form):
    chosen = SelectMultipleField(validate_choice=False)
    to = SelectField(_l("Who marks them"), validate_choice=False)

    def offer(self, people: Sequence[Colleague]) -> None:
        self.to.choices = [
            SelectChoice(NOBODY, _("Whoever comes first")),
            *[SelectChoice(each.public_id, each.name) for each in people],
        ]


class AssignmentForm(Form):
    """Something that is done for one assignment as a whole."""

    assignment = HiddenField()


def plan_form(keys: Sequence[str], **kwargs: Any) -> Form:
    """A day for each assignment, and which of them are marked blind."""

    class Days(Form):
        version = HiddenField()
        blind = SelectMultipleField(validate_choice=False)

    for key in keys:
        setattr(Days, f"due-{key}", DateField(_l("Due until the end of"), [Optional()]))
    return Days(**kwargs)
