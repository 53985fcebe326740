"""What those who teach and lead a run say, the words for what can be chosen, and the report in words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from wtforms import HiddenField, RadioField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # the stubs are older
from wtforms.validators import AnyOf, InputRequired, Length, Regexp

from lms.accounts.forms import GENDERS, ORGANISATION_TYPES
from lms.facilitation.queries import DIMENSIONS, Report
from lms.facilitation.rules import SMALLEST, Outcome, OverrideState, told, withheld
from lms.facilitation.service import LONGEST_REASON, LONGEST_SUMMARY
from lms.kernel.i18n import _, country_names, format_datetime
from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.sheets import Cell, Sheet
from lms.runs.rules import Track
from lms.ui.forms import Form

OUTCOMES: dict[str, Any] = {
    Outcome.COMPLETION: _l("Certificate of completion"),
    Outcome.PARTICIPATION: _l("Certificate of participation"),
    Outcome.NONE: _l("No certificate"),
}
OVERRIDE_STATES: dict[str, Any] = {
    OverrideState.PROPOSED: _l("Waits for a second person"),
    OverrideState.CONFIRMED: _l("Confirmed"),
    OverrideState.DECLINED: _l("Turned down"),
    OverrideState.WITHDRAWN: _l("Taken back"),
}


class OutcomeForm(Form):
    outcome = RadioField(
        _l("Outcome"),
        choices=[SelectChoice(str(each), said) for each, said in OUTCOMES.items()],
        validators=[InputRequired(_l("Choose one of the outcomes."))],
    )
    reason = TextAreaField(
        _l("Reason"), [InputRequired(_l("Say why, so that it can be understood later.")), Length(max=LONGEST_REASON)]
    )


class DecisionForm(Form):
    decision = HiddenField(validators=[AnyOf([str(each) for each in OverrideState if each != OverrideState.PROPOSED])])


class SummaryForm(Form):
    version = HiddenField(
        validators=[Regexp(r"\A[0-9]{1,9}\Z", message=_l("This page has changed. Reload it and answer again."))]
    )
    text = TextAreaField(
        _l("Text"), [InputRequired(_l("Write something.")), Length(max=LONGEST_SUMMARY)], render_kw={"rows": 16}
    )


# -- the report in words

Value = int | float | str | None
"""None: some, and too few to say how many."""


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    columns: list[str]
    lines: list[tuple[str, list[Value]]]
    definition: str
    """What is counted, so that nobody has to guess."""


def funnel_steps(report: Report) -> list[tuple[str, int]]:
    """Everybody, from application to completion."""
    total = report.total
    return [
        (_("Applied or invited"), total.applied),
        (_("Offered a place"), total.accepted),
        (_("Came in"), total.confirmed),
        (_("Started"), total.started),
        (_("Have completed"), total.completed),
    ]


def sections(report: Report, *, leaving: bool) -> list[Section]:
    """All of it. `leaving`: for paper and files, where small numbers are left out."""
    return [
        _funnel(report, leaving=leaving),
        *(_spread(report, name, leaving=leaving) for name in DIMENSIONS),
        _attendance(report, leaving=leaving),
        _satisfaction(report, leaving=leaving),
    ]


def _funnel(report: Report, *, leaving: bool) -> Section:
    total = report.total
    steps = {
        "applied": _("Applied or invited"),
        "accepted": _("Offered a place"),
        "confirmed": _("Came in"),
        "started": _("Started"),
        "completed": _("Have completed"),
        "participated": _("Certificate of participation"),
    }
    lines: list[tuple[str, list[Value]]] = []
    for name, said in steps.items():
        by_track = {track: getattr(report.funnel[track], name) for track in report.funnel}
        told = withheld(by_track) if leaving else dict(by_track)
        lines.append((said, [told[Track.OPEN], told[Track.INVITED], getattr(total, name)]))
    return Section(
        _("From application to completion"),
        [_("Open call"), _("Invitation"), _("All")],
        lines,
        _(
            "Applied: handed an application in. Offered a place: got an offer at least once; who is invited needs none."
            " Came in: was a participant, also who left later. Started: completed an activity or began a quiz."
            " Completed: met the rule for the certificate of completion, or two people decided so."
        ),
    )


def _spread(report: Report, name: str, *, leaving: bool) -> Section:
    found, names = report.spreads[name], _NAMES[name]()
    came, completed = (withheld(each) if leaving else dict(each) for each in (found.confirmed, found.completed))
    order = sorted(found.confirmed, key=lambda value: (value is None, -found.confirmed[value], value or ""))
    return Section(
        str(_TITLES[name]),
        [_("Came in"), _("Have completed")],
        [
            (str(names.get(value, value)) if value else _("Not stated"), [came[value], completed.get(value, 0)])
            for value in order
        ],
        _("As it was on the day on which each came in. Nobody has to say it."),
    )


def _attendance(report: Report, *, leaving: bool) -> Section:
    found = report.attendance
    people = report.total.confirmed - report.withdrew
    return Section(
        _("Live sessions"),
        [_("Number")],
        [
            (_("Minutes asked for"), [found.asked]),
            (_("Participants who were there for so long"), [told(found.met) if leaving else found.met]),
            (_("Minutes attended on average"), [round(found.minutes / people, 1) if people else 0]),
        ],
        _("Minutes that were credited to participants who are in the run to the end."),
    )


def _satisfaction(report: Report, *, leaving: bool) -> Section:
    lines: list[tuple[str, list[Value]]] = []
    for each in report.answers:
        counts: Mapping[int, int | None] = withheld(each.counts) if leaving else dict(each.counts)
        mean = None if each.mean is None or (leaving and each.number < SMALLEST) else round(each.mean, 2)
        number = told(each.number) if leaving else each.number
        lines.append((str(QUESTIONS[each.question]), [*counts.values(), number, mean if each.number else "–"]))
    return Section(
        _("Satisfaction"),
        [_("Fully"), _("Mostly"), _("Partly"), _("Hardly"), _("Not at all"), _("Answers"), _("Mean of 5")],
        lines,
        _("Answers of the evaluation at the end of the course, one for each participant who gave one."),
    )


def report_sheet(title: str, report: Report, found: list[Section], zone: str) -> Sheet:
    """One number a line, with what it counts beside it."""
    as_of = format_datetime(report.as_of, zone)
    too_few = _("fewer than %(number)s", number=SMALLEST)
    rows: list[list[Cell]] = [
        [section.title, line, column, too_few if value is None else value, section.definition, as_of]
        for section in found
        for line, values in section.lines
        for column, value in zip(section.columns, values, strict=True)
    ]
    return Sheet(title, [_("Section"), _("Line"), _("Column"), _("Number"), _("Definition"), _("As of")], rows)


_NAMES: dict[str, Callable[[], Mapping[str, Any]]] = {
    "country": country_names,
    "gender": lambda: GENDERS,
    "organisation_type": lambda: ORGANISATION_TYPES,
}
_TITLES: dict[str, Any] = {
    "country": _l("Country"),
    "gender": _l("Gender"),
    "organisation_type": _l("Kind of organisation"),
}
QUESTIONS: dict[str, Any] = {
    "satisfaction": _l("Are you satisfied with the course?"),
    "expectations": _l("Did it meet your expectations?"),
    "equipped": _l("Do you feel equipped to use what you have learned in your work?"),
}
