"""What those who teach say about sessions, what participants ask, and the words for what can be chosen."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import request
from werkzeug.datastructures import CombinedMultiDict
from wtforms import (
    BooleanField,
    DateField,
    DecimalField,
    FileField,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # the stubs are older
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from lms.kernel.i18n import _, current_language
from lms.kernel.i18n import lazy_gettext as _l
from lms.meetings.rules import LONGEST, SHORTEST, MeetingKind, Unmatched
from lms.meetings.service.clinic import LONGEST_QUESTION
from lms.meetings.service.planning import Materials, MeetingDetails
from lms.runs.queries import Participant
from lms.translation.rules import Passage
from lms.ui.forms import Form
from lms.ui.security import SAFE
from lms.ui.zones import zone_choices

LONGEST_NOTE = 4000
LONGEST_LINK = 2000
MB = 1_000_000

KINDS: dict[str, Any] = {
    MeetingKind.LIVE: _l("Live session"),
    MeetingKind.CLINIC: _l("Clinic"),
    MeetingKind.HANGOUT: _l("Hangout"),
}
KINDS_TOLD: dict[str, Any] = {
    MeetingKind.LIVE: _l("Live session: attendance counts for the certificate"),
    MeetingKind.CLINIC: _l("Clinic: participants send questions in advance, resource persons answer"),
    MeetingKind.HANGOUT: _l("Hangout: informal, never recorded, nobody is listed"),
}
WHY_WAITING: dict[str, Any] = {
    Unmatched.NO_ADDRESS: _l("The report gives no e-mail address and no registration."),
    Unmatched.UNKNOWN: _l("This address or registration belongs to nobody in the run."),
    Unmatched.LEFT: _l("This person had left the run before the session."),
}


FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)


def _calendars_know(_form: Form, field: DateField) -> None:
    """So that no clock overflows, and nobody waits for a calendar of thousands of years."""
    if field.data is not None and not FIRST_DAY <= field.data <= LAST_DAY:
        raise ValidationError(_("Choose the day."))


class MeetingForm(Form):
    sequence = HiddenField()
    kind = SelectField(_l("Kind"), default=MeetingKind.LIVE.value)
    activity = SelectField(_l("Which live session of the course it is"), default="")
    title = StringField(_l("Title"), [Length(max=200)])
    held_on = DateField(_l("Day"), [InputRequired(_l("Choose the day.")), _calendars_know])
    hour = TimeField(_l("Begins at"), [InputRequired(_l("Write the hour, as in 14:30."))])
    time_zone = SelectField(_l("Time zone of the session"))
    minutes = IntegerField(
        _l("Minutes"), [InputRequired(_l("Write how long it takes.")), NumberRange(SHORTEST, LONGEST)]
    )
    link = StringField(_l("Link to the room"), [Length(max=LONGEST_LINK)])
    resource_persons = StringField(_l("Resource persons"), [Length(max=300)])
    note = TextAreaField(_l("What it is about, and what to bring"), [Length(max=LONGEST_NOTE)])
    anyway = BooleanField(_l("Plan it at this hour all the same"))

    def __init__(self, activities: Sequence[tuple[str, Passage]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.kind.choices = [SelectChoice(each.value, str(KINDS_TOLD[each])) for each in MeetingKind]
        none = SelectChoice("", str(_l("None of them: it has a title of its own")))
        self.activity.choices = [none, *(SelectChoice(key, title.text) for key, title in activities)]
        self.time_zone.choices = zone_choices(current_language().code)

    def details(self) -> MeetingDetails:
        """What was written, after `validate`."""
        return MeetingDetails(
            kind=MeetingKind(self.kind.data),
            activity=self.activity.data or None,
            title=" ".join((self.title.data or "").split()) or None,
            note=(self.note.data or "").strip() or None,
            resource_persons=" ".join((self.resource_persons.data or "").split()) or None,
            held_on=self.held_on.data,  # type: ignore[arg-type]  # required
            hour=self.hour.data,  # type: ignore[arg-type]  # required
            time_zone=self.time_zone.data or "",
            minutes=self.minutes.data or 0,
            link=(self.link.data or "").strip() or None,
        )


class CancelForm(Form):
    reason = StringField(
        _l("Reason"), [InputRequired(_l("Say why, in a sentence for the participants.")), Length(max=1000)]
    )


class MaterialsForm(Form):
    recording = StringField(_l("Link to the recording"), [Length(max=LONGEST_LINK)])
    recording_size = DecimalField(_l("Size of the recording in MB"), [Optional(), NumberRange(0, 100_000)])
    slides = StringField(_l("Link to the slides"), [Length(max=LONGEST_LINK)])
    slides_size = DecimalField(_l("Size of the slides in MB"), [Optional(), NumberRange(0, 100_000)])

    def materials(self) -> Materials:
        return Materials(
            recording_url=(self.recording.data or "").strip() or None,
            recording_bytes=int((self.recording_size.data or 0) * MB) or None,
            slides_url=(self.slides.data or "").strip() or None,
            slides_bytes=int((self.slides_size.data or 0) * MB) or None,
        )


class HeadcountForm(Form):
    heads = IntegerField(_l("How many came"), [InputRequired(_l("Write a number.")), NumberRange(0, 100_000)])


class ReportForm(Form):
    class Meta(Form.Meta):
        def wrap_formdata(self, _form: Any, _formdata: Any) -> Any:
            return CombinedMultiDict([request.files, request.form]) if request.method not in SAFE else None

    report = FileField(_l("Participant report (CSV)"))
    time_zone = SelectField(_l("Time zone of the times in the report"))

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.time_zone.choices = zone_choices(current_language().code)


class RollForm(Form):
    present = SelectMultipleField(validate_choice=False)


class CorrectionForm(Form):
    minutes = IntegerField(_l("Minutes attended"), [InputRequired(_l("Write a number.")), NumberRange(0, LONGEST)])
    reason = StringField(
        _l("Reason"), [InputRequired(_l("Say why, so that it can be understood later.")), Length(max=1000)]
    )


class LineForm(Form):
    whose = SelectField(_l("Whose line it is"))

    def __init__(self, people: Sequence[Participant], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        nobody = SelectChoice("", str(_l("No participant: a guest, or somebody who teaches")))
        named = [SelectChoice(each.public_id, f"{each.name} ({each.email})") for each in people]
        self.whose.choices = [SelectChoice("?", str(_l("Choose a person"))), nobody, *named]


class AnswerForm(Form):
    answer = TextAreaField(_l("Answer"))


class QuestionForm(Form):
    text = TextAreaField(_l("Your question"), [InputRequired(_l("Write your question.")), Length(max=LONGEST_QUESTION)])
