"""What applicants write, what those who select fill in, and the words for states, criteria and outcomes."""

from collections.abc import Sequence
from typing import Any

from flask import request
from flask_wtf.file import FileField
from werkzeug.datastructures import CombinedMultiDict
from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # the stubs are older
from wtforms.validators import AnyOf, Length, NumberRange, Optional

from lms.accounts.rules import LONGEST_TEXT
from lms.intake.queries import Question
from lms.intake.rules import DECISIONS, HIGHEST_SCORE, ApplicationState, Criterion, Outcome
from lms.intake.service import Written
from lms.kernel.i18n import LANGUAGES, current_language
from lms.kernel.i18n import lazy_gettext as _l
from lms.ui.forms import Form
from lms.ui.markup import passage
from lms.ui.security import SAFE

LONGEST_MOTIVATION = 4000
LONGEST_ANSWER = 2000
LONGEST_MESSAGE = 2000
LONGEST_LIST = 100_000

STATES: dict[str, Any] = {
    ApplicationState.DRAFT: _l("Draft"),
    ApplicationState.SUBMITTED: _l("Submitted"),
    ApplicationState.ACCEPTED: _l("Accepted, not confirmed yet"),
    ApplicationState.WAITING_LIST: _l("Waiting list"),
    ApplicationState.NOT_SELECTED: _l("Not selected"),
    ApplicationState.CONFIRMED: _l("Confirmed"),
    ApplicationState.DECLINED: _l("Declined"),
    ApplicationState.EXPIRED: _l("Not confirmed in time"),
    ApplicationState.WITHDRAWN: _l("Application withdrawn"),
}
CRITERIA: dict[str, Any] = {
    Criterion.ROLE: _l("How close the role is to the subject"),
    Criterion.MOTIVATION: _l("Motivation"),
    Criterion.EXPERIENCE: _l("Experience"),
    Criterion.CHANCE: _l("Chance to apply what is learnt"),
}
OUTCOMES: dict[str, Any] = {
    Outcome.ENROLLED: _l("enrolled"),
    Outcome.INVITED: _l("invited; a place is kept"),
    Outcome.ALREADY_IN: _l("in the run already"),
    Outcome.ALREADY_INVITED: _l("invited already"),
    Outcome.NOT_AN_ADDRESS: _l("not an e-mail address"),
    Outcome.ONESELF: _l("that is you"),
    Outcome.NO_SEAT: _l("no seat is free"),
}


class ApplicationForm(Form):
    years = IntegerField(_l("Years of experience in social protection"), [Optional(), NumberRange(0, 70)])
    organisation = StringField(_l("Organisation"), [Length(max=LONGEST_TEXT)])
    role = StringField(_l("Your role there"), [Length(max=LONGEST_TEXT)])
    motivation = TextAreaField(_l("Why you want to take part"), [Length(max=LONGEST_MOTIVATION)])
    hours = IntegerField(_l("Hours a week you have for the course"), [Optional(), NumberRange(1, 80)])
    consent = BooleanField(_l("Those who select may read this application"))

    def written(self, questions: Sequence[Question]) -> Written:
        """What was written, after `validate`."""
        return Written(
            years=self.years.data,
            organisation=self.organisation.data or "",
            role=self.role.data or "",
            motivation=self.motivation.data or "",
            hours=self.hours.data,
            consent=bool(self.consent.data),
            answers={each.key: self[f"answer-{each.key}"].data or "" for each in questions},
        )


def application_form(questions: Sequence[Question], **kwargs: Any) -> ApplicationForm:
    """The common form and the run's own questions."""

    class Asked(ApplicationForm):
        pass

    for each in questions:
        setattr(Asked, f"answer-{each.key}", TextAreaField(passage(each.text), [Length(max=LONGEST_ANSWER)]))
    return Asked(**kwargs)


def score_form(criteria: Sequence[Question], **kwargs: Any) -> Form:
    """One row of 0 to 4 for each criterion."""

    class Scores(Form):
        pass

    choices = [SelectChoice(str(score), str(score)) for score in range(HIGHEST_SCORE + 1)]
    for each in criteria:
        field = RadioField(passage(each.text), choices=choices, validate_choice=False)
        setattr(Scores, f"score-{each.key}", field)
    return Scores(**kwargs)


class DecisionForm(Form):
    chosen = SelectMultipleField(validate_choice=False)
    decision = HiddenField(validators=[AnyOf([str(each) for each in DECISIONS], _l("Choose one from the list."))])
    message = TextAreaField(_l("A message in the letter"), [Length(max=LONGEST_MESSAGE)])
    rest_waits = BooleanField(_l("When the seats are full, put the rest on the waiting list"))


class InviteForm(Form):
    class Meta(Form.Meta):
        def wrap_formdata(self, _form: Any, _formdata: Any) -> Any:
            return CombinedMultiDict([request.files, request.form]) if request.method not in SAFE else None

    people = TextAreaField(_l("E-mail addresses"), [Length(max=LONGEST_LIST)])
    file = FileField(_l("Or a CSV file"))
    language = SelectField(_l("Language of letters to people without an account"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.language.choices = [SelectChoice(each.code, each.name) for each in LANGUAGES.values()]
        self.language.default = current_language().code
