"""What coordinators say about runs, and the words for what can be chosen."""

from typing import Any

from wtforms import BooleanField, DateField, HiddenField, IntegerField, SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # the stubs are older
from wtforms.validators import AnyOf, InputRequired, Length, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from lms.kernel.i18n import LANGUAGES, current_language
from lms.kernel.i18n import lazy_gettext as _l
from lms.runs.rules import LONGEST_SLUG, RunStage, Visibility
from lms.runs.service import RunDetails
from lms.ui.forms import Form
from lms.ui.zones import zone_choices

LONGEST_TITLE = 120
LONGEST_REASON = 1000

VISIBILITIES: dict[str, Any] = {
    Visibility.PUBLIC: _l("Public: anybody finds it"),
    Visibility.UNLISTED: _l("Unlisted: whoever has the address sees it"),
    Visibility.CLOSED: _l("Closed: only those who are in it see it"),
}


class _SlugField(Form):
    slug = StringField(
        _l("Name in the address"),
        [InputRequired(_l("Write the name that stands in the address of the run.")), Length(max=LONGEST_SLUG)],
    )


class RunForm(Form):
    version = HiddenField()
    title = StringField(
        _l("Title of the run"),
        [
            InputRequired(_l("Say what tells this run from others, for example “Autumn 2027”.")),
            Length(max=LONGEST_TITLE),
        ],
    )
    starts_on = DateField(_l("First day"), [InputRequired(_l("Choose the first day."))])
    weeks = IntegerField(
        _l("Weeks"), [InputRequired(_l("Write how many weeks it takes.")), NumberRange(1, 104)], default=10
    )
    grace_days = IntegerField(_l("Days to catch up after the last week"), [NumberRange(0, 365)], default=14)
    time_zone = SelectField(_l("Time zone of the run"), default="UTC")
    seats = IntegerField(_l("Seats"), [Optional(), NumberRange(1, 100_000)])
    languages = SelectMultipleField(
        _l("Languages the run is held in"), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )
    visibility = SelectField(_l("Who finds it"))
    provisional = BooleanField(_l("The dates may still change"))
    apply_from = DateField(_l("First day of the open call"), [Optional()])
    apply_until = DateField(_l("Last day of the open call"), [Optional()])
    confirm_days = IntegerField(_l("Days to confirm an offered place"), [NumberRange(1, 90)], default=7)
    early_days = IntegerField(_l("Days a module opens before its date"), [NumberRange(0, 90)], default=0)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.time_zone.choices = zone_choices(current_language().code)
        self.languages.choices = [SelectChoice(each.code, each.name) for each in LANGUAGES.values()]
        self.visibility.choices = [SelectChoice(each.value, str(VISIBILITIES[each])) for each in Visibility]

    def details(self) -> RunDetails:
        """What was written, after `validate`."""
        return RunDetails(
            title=" ".join((self.title.data or "").split()),
            starts_on=self.starts_on.data,  # type: ignore[arg-type]  # required
            weeks=self.weeks.data or 1,
            grace_days=self.grace_days.data or 0,
            time_zone=self.time_zone.data or "",
            seats=self.seats.data,
            languages=tuple(self.languages.data or ()),
            visibility=Visibility(self.visibility.data),
            provisional=bool(self.provisional.data),
            apply_from=self.apply_from.data,
            apply_until=self.apply_until.data,
            early_days=self.early_days.data or 0,
            confirm_days=self.confirm_days.data or 1,
        )


class OpenRunForm(RunForm, _SlugField):
    pass


class CloneForm(_SlugField):
    title = StringField(_l("Title of the run"), [InputRequired(), Length(max=LONGEST_TITLE)])
    starts_on = DateField(_l("First day"), [InputRequired(_l("Choose the first day."))])


class StageForm(Form):
    stage = HiddenField(validators=[AnyOf([str(each) for each in RunStage])])


class ExtensionForm(Form):
    until = DateField(_l("May work until"), [InputRequired(_l("Choose the last day."))])
    reason = StringField(
        _l("Reason"), [InputRequired(_l("Say why, so that it can be understood later.")), Length(max=LONGEST_REASON)]
    )


class WithdrawForm(Form):
    reason = StringField(_l("Reason"), [Length(max=LONGEST_REASON)], id="withdrawal-reason")
    """With a name of its own on the page: more time asks for a reason beside it."""
