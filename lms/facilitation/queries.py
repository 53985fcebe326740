"""Reads across a whole run: the final list, who is behind or silent, the gradebook, the numbers of the report.

Each screen asks the same number of queries however many people are in the run.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session, joinedload

from lms.assessment.models import Attempt
from lms.assessment.rules import QuizKind
from lms.catalog.models import Course, Edition
from lms.catalog.queries import Reading
from lms.catalog.source.parts import Activity, Package
from lms.certification.models import ActiveCertificate, PrintedCertificate
from lms.coursework.queries import Waiting, in_our_hands, waiting_works
from lms.facilitation.models import FinalOutcome, OutcomeOverride, RunClosing, SummaryDraft
from lms.facilitation.rules import (
    SILENT_AFTER,
    SMALLEST,
    Outcome,
    OverrideState,
    Phase,
    Week,
    current_week,
    outcome_by_rule,
    told,
    weeks_of,
)
from lms.intake.models import Application, Invitation
from lms.intake.rules import ApplicationState
from lms.kernel.i18n import gettext, ngettext
from lms.kernel.refusals import NotFound
from lms.learning.models import ActivityCompletion, CertificateDetails, Evaluation
from lms.learning.queries import COUNTED, requirements, weigh_requirement
from lms.learning.rules import CompletionKind, Standing
from lms.meetings.queries import MeetingLine, coming_meetings, meeting_line, minutes_attended
from lms.runs.models import Enrolment, Run
from lms.runs.queries import Participant, participants, reading_of_run
from lms.runs.rules import RunStage, Track, today_in
from lms.translation.rules import Passage

DIMENSIONS = ("country", "gender", "organisation_type")
"""What the report tells people apart by."""
MOST_SHOWN = 50
"""Of who is behind; the gradebook shows everybody."""
A_PAGE = 50
"""People on a page of the gradebook."""


def done_by_enrolment(db: Session, run: Run) -> dict[int, set[str]]:
    """What everybody in the run has done, by enrolment."""
    query = select(ActivityCompletion.enrolment_id, ActivityCompletion.activity)
    query = query.join(Enrolment, Enrolment.id == ActivityCompletion.enrolment_id).where(Enrolment.run_id == run.id)
    found: dict[int, set[str]] = {}
    for enrolment, activity in db.execute(query):
        found.setdefault(enrolment, set()).add(activity)
    return found


# -- the final list


@dataclass(frozen=True, slots=True)
class Line:
    """One participant on the final list."""

    participant: Participant
    standing: Standing
    """Against the rule for the certificate of completion."""
    minutes: int
    by_rule: Outcome
    override: OutcomeOverride | None
    """The one that is proposed or confirmed."""
    named: bool
    """The name on the certificate is confirmed; without it the certificate waits."""
    missing: list[str]
    """What the certificate of completion still asks for, in words."""

    @property
    def outcome(self) -> Outcome:
        """The rule's, or what two people say instead."""
        return _settled(self.by_rule, self.override)


@dataclass(frozen=True, slots=True)
class FinalList:
    lines: list[Line]
    counts: dict[str, int]
    """People by outcome."""
    unconfirmed: int
    """Overrides that wait for a second person: nothing can be closed before they are decided."""
    unnamed: int
    """Of those who receive a certificate."""


def final_list(db: Session, run: Run, language: str) -> FinalList:
    """What closing the run now would come to: everybody in it, weighed by the rule of the course as it stands."""
    reading = reading_of_run(db, run, language)
    people = participants(db, run)
    minutes = minutes_attended(db, [each.enrolment_id for each in people])
    done, overrides, named = done_by_enrolment(db, run), _overrides(db, run), _named(db, run)
    lines = [
        _line(
            reading,
            each,
            done.get(each.enrolment_id, set()),
            minutes[each.enrolment_id],
            overrides.get(each.enrolment_id),
            named=each.enrolment_id in named,
        )
        for each in people
    ]
    counts = Counter(line.outcome.value for line in lines)
    return FinalList(
        lines=lines,
        counts={each.value: counts[each.value] for each in Outcome},
        unconfirmed=sum(each.state == OverrideState.PROPOSED for each in overrides.values()),
        unnamed=sum(line.outcome is not Outcome.NONE and not line.named for line in lines),
    )


def _line(
    reading: Reading,
    participant: Participant,
    done: set[str],
    minutes: int,
    override: OutcomeOverride | None,
    *,
    named: bool,
) -> Line:
    weighed = _weighed(reading.package, done, minutes)
    standing = weighed[CompletionKind.COMPLETION]
    return Line(
        participant=participant,
        standing=standing,
        minutes=minutes,
        by_rule=_by_rule(weighed),
        override=override,
        named=named,
        missing=_missing(reading, standing),
    )


def _weighed(package: Package, done: set[str], minutes: int) -> dict[CompletionKind, Standing]:
    return {kind: weigh_requirement(package, each, done, minutes) for kind, each in requirements(package).items()}


def _by_rule(weighed: Mapping[CompletionKind, Standing]) -> Outcome:
    return outcome_by_rule([kind.value for kind, each in weighed.items() if each.met])


def _settled(by_rule: Outcome, override: OutcomeOverride | None) -> Outcome:
    confirmed = override is not None and override.state == OverrideState.CONFIRMED
    return Outcome(override.outcome) if override and confirmed else by_rule


def line_of(db: Session, run: Run, enrolment: Enrolment, language: str) -> Line:
    """One participant's line."""
    lines = final_list(db, run, language).lines
    return next(line for line in lines if line.participant.enrolment_id == enrolment.id)


def _missing(reading: Reading, standing: Standing) -> list[str]:
    said = []
    if lessons := standing.lessons_needed - standing.lessons_done:
        said.append(ngettext("1 lesson", "%(number)s lessons", lessons))
    said += [gettext("the quiz “%(title)s”", title=_title(reading, key)) for key in standing.quizzes_missing]
    said += [gettext("the assignment “%(title)s”", title=_title(reading, key)) for key in standing.assignments_missing]
    if minutes := standing.minutes_needed - standing.minutes_attended:
        said.append(ngettext("1 minute of live sessions", "%(number)s minutes of live sessions", minutes))
    if standing.evaluation_needed and not standing.evaluation_done:
        said.append(gettext("the evaluation"))
    return said


def _title(reading: Reading, key: str) -> str:
    activity = reading.package.activity(key)
    return reading.text("course", activity.title).text if activity else key


def _overrides(db: Session, run: Run) -> dict[int, OutcomeOverride]:
    query = select(OutcomeOverride).join(Enrolment, Enrolment.id == OutcomeOverride.enrolment_id)
    query = query.options(joinedload(OutcomeOverride.proposed_by), joinedload(OutcomeOverride.decided_by))
    standing = OutcomeOverride.state.in_([OverrideState.PROPOSED, OverrideState.CONFIRMED])
    query = query.where(Enrolment.run_id == run.id, Enrolment.withdrawn_at.is_(None), standing)
    return {each.enrolment_id: each for each in db.scalars(query)}


def _named(db: Session, run: Run) -> set[int]:
    query = select(CertificateDetails.enrolment_id).join(Enrolment, Enrolment.id == CertificateDetails.enrolment_id)
    return set(db.scalars(query.where(Enrolment.run_id == run.id)))


def overrides_of(db: Session, enrolment: Enrolment) -> list[OutcomeOverride]:
    """All there ever were for one participant, the latest first."""
    query = select(OutcomeOverride).where(OutcomeOverride.enrolment_id == enrolment.id)
    query = query.options(joinedload(OutcomeOverride.proposed_by), joinedload(OutcomeOverride.decided_by))
    return list(db.scalars(query.order_by(OutcomeOverride.id.desc())))


def override_of(db: Session, enrolment: Enrolment, public_id: str) -> OutcomeOverride:
    query = select(OutcomeOverride).where(OutcomeOverride.enrolment_id == enrolment.id)
    found = db.scalar(query.where(OutcomeOverride.public_id == public_id))
    if found is None:
        raise NotFound
    return found


def edition_of_run(db: Session, run: Run) -> int:
    """The edition whose rule holds now."""
    query = select(Edition.id).join(
        Course, (Course.id == Edition.course_id) & (Course.edition_number == Edition.number)
    )
    return db.scalars(query.where(Course.id == run.course_id)).one()


@dataclass(frozen=True, slots=True)
class ClosedLine:
    name: str
    participant: str
    """Public id of the enrolment."""
    outcome: Outcome
    overridden: bool
    settled: bool
    named: bool
    certificate: bool
    """One counts now."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the closing of a run has come."""

    closed_at: datetime
    people: int
    settled: int
    certificates: int
    unnamed: int
    """People whose certificate waits until they confirm their name."""
    printed: int

    @property
    def over(self) -> bool:
        return self.settled == self.people


@dataclass(frozen=True, slots=True)
class ClosedList:
    lines: list[ClosedLine]
    counts: dict[str, int]
    progress: Progress


def closed_list(db: Session, run: Run) -> ClosedList | None:
    """The final list of a closed run with what became of it; None while it is not closed."""
    closing = db.get(RunClosing, run.id)
    if closing is None:
        return None
    people = {each.enrolment_id: each for each in participants(db, run)}
    outcomes = db.scalars(select(FinalOutcome).where(FinalOutcome.run_id == run.id)).all()
    held = select(ActiveCertificate.enrolment_id, PrintedCertificate.certificate_id)
    held = held.outerjoin(PrintedCertificate, PrintedCertificate.certificate_id == ActiveCertificate.certificate_id)
    held = held.join(FinalOutcome, FinalOutcome.enrolment_id == ActiveCertificate.enrolment_id)
    certificates: dict[int, int | None] = dict(db.execute(held.where(FinalOutcome.run_id == run.id)).all())
    named = _named(db, run)
    lines = [
        ClosedLine(
            name=people[each.enrolment_id].name,
            participant=people[each.enrolment_id].public_id,
            outcome=Outcome(each.outcome),
            overridden=each.override_id is not None,
            settled=each.settled_at is not None,
            named=each.enrolment_id in named,
            certificate=each.enrolment_id in certificates,
        )
        for each in outcomes
    ]
    order = {each.public_id: place for place, each in enumerate(people.values())}
    counts = Counter(line.outcome.value for line in lines)
    return ClosedList(
        lines=sorted(lines, key=lambda line: order[line.participant]),
        counts={each.value: counts[each.value] for each in Outcome},
        progress=Progress(
            closed_at=closing.closed_at,
            people=len(lines),
            settled=sum(line.settled for line in lines),
            certificates=len(certificates),
            unnamed=sum(line.outcome is not Outcome.NONE and not line.named for line in lines),
            printed=sum(printed is not None for printed in certificates.values()),
        ),
    )


# -- the dashboard


@dataclass(frozen=True, slots=True)
class Behind:
    """Somebody who is behind, or has done nothing for long."""

    participant: Participant
    modules: dict[str, Passage]
    """Over already, with something not done in each, by key."""
    undone: int
    """Activities in them."""
    last_seen: datetime | None
    """When they last did something in this run; None: never."""
    silent: bool


@dataclass(frozen=True, slots=True)
class InModule:
    """The module of the week, and how far people are in it."""

    title: Passage
    week: Week
    people: int
    """Who did at least one thing in it."""
    finished: int
    """Who did all of it that each does for themselves."""


@dataclass(frozen=True, slots=True)
class Task:
    """A line of the checklist."""

    done: bool
    sentence: str
    endpoint: str
    """The page on which it is done."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """What the weekly summary is written from."""

    participants: int
    active: int
    """Did something in the last seven days."""
    behind: int
    silent: int


@dataclass(frozen=True, slots=True)
class LateModule:
    """A module that is over, and how many have not done all of it."""

    key: str
    title: Passage
    people: int


@dataclass(frozen=True, slots=True)
class Dashboard:
    phase: Phase
    tasks: list[Task]
    module: InModule | None
    following: Week | None
    """The module that opens next."""
    following_title: Passage | None
    numbers: Numbers
    next_session: MeetingLine | None
    works: Waiting
    late_modules: list[LateModule]
    behind: list[Behind]
    """Who is furthest behind first, at most MOST_SHOWN."""
    all_behind: int
    """How many there are."""


PHASES = {
    RunStage.PLANNED: Phase.BEFORE,
    RunStage.APPLICATIONS_OPEN: Phase.BEFORE,
    RunStage.SELECTING: Phase.BEFORE,
    RunStage.RUNNING: Phase.MODULE,
    RunStage.GRACE: Phase.AFTER,
    RunStage.CLOSED: Phase.AFTER,
}


def run_weeks(run: Run, reading: Reading) -> list[Week]:
    assert run.starts_on
    assert run.ends_on
    return weeks_of([each.key for each in reading.package.modules], run.openings, run.starts_on, run.ends_on)


def dashboard(db: Session, run: Run, language: str, now: datetime) -> Dashboard:
    reading, people = reading_of_run(db, run, language), participants(db, run)
    done, seen = done_by_enrolment(db, run), _last_seen(db, run)
    for enrolment, activity in in_our_hands(db, Enrolment.run_id == run.id):
        done.setdefault(enrolment, set()).add(activity)
    today, weeks = today_in(run.time_zone, now), run_weeks(run, reading)
    phase = PHASES[RunStage(run.stage or "")]
    counted = _counted(reading)
    week = current_week(weeks, today)
    over = [each for each in weeks if each.ends_on < today] if phase is not Phase.BEFORE else []
    closed = run.stage == RunStage.CLOSED
    behind = [] if closed else _behind(reading, people, done, seen, over, counted, now, begun=week is not None)
    following = min((each for each in weeks if each.opens_on > today), key=lambda each: each.opens_on, default=None)
    return Dashboard(
        phase=phase,
        tasks=_tasks(db, run, phase, people),
        module=_in_module(reading, week, done, counted) if week and phase is Phase.MODULE else None,
        following=following,
        following_title=_module_title(reading, following.module) if following else None,
        numbers=Numbers(
            participants=len(people),
            active=sum(_active(seen.get(each.enrolment_id), now) for each in people),
            behind=sum(bool(each.undone) for each in behind),
            silent=sum(each.silent for each in behind),
        ),
        next_session=next((meeting_line(each, reading, now) for each in coming_meetings(db, run.id, now)), None),
        works=waiting_works(db, run),
        late_modules=_late_modules(behind),
        behind=behind[:MOST_SHOWN],
        all_behind=len(behind),
    )


def _counted(reading: Reading) -> dict[str, set[str]]:
    """By module, what is done by each for themselves."""
    return {
        module.key: {each.key for each in module.activities if each.kind in COUNTED}
        for module in reading.package.modules
    }


def _last_seen(db: Session, run: Run) -> dict[int, datetime]:
    """When each last did something in the run: completed an activity, or began or ended an attempt."""
    query = select(ActivityCompletion.enrolment_id, func.max(ActivityCompletion.completed_at))
    query = query.join(Enrolment, Enrolment.id == ActivityCompletion.enrolment_id).where(Enrolment.run_id == run.id)
    latest: dict[int, datetime] = dict(db.execute(query.group_by(ActivityCompletion.enrolment_id)).all())
    ended = func.max(func.coalesce(Attempt.finished_at, Attempt.started_at), type_=Attempt.started_at.type)
    tried = select(Attempt.enrolment_id, ended).join(Enrolment, Enrolment.id == Attempt.enrolment_id)
    for enrolment, at in db.execute(tried.where(Enrolment.run_id == run.id).group_by(Attempt.enrolment_id)):
        latest[enrolment] = max(latest.get(enrolment, at), at)
    return latest


def _active(seen: datetime | None, now: datetime) -> bool:
    return seen is not None and now - seen < SILENT_AFTER


def _behind(
    reading: Reading,
    people: Sequence[Participant],
    done: Mapping[int, Collection[str]],
    seen: Mapping[int, datetime],
    over: Sequence[Week],
    counted: Mapping[str, set[str]],
    now: datetime,
    *,
    begun: bool,
) -> list[Behind]:
    found = []
    for each in people:
        did, last = done.get(each.enrolment_id, set()), seen.get(each.enrolment_id)
        undone = {week.module: len(counted[week.module].difference(did)) for week in over}
        total = sum(undone.values())
        settled = last or each.enrolled_at
        silent = begun and now - settled >= SILENT_AFTER
        if total or silent:
            modules = {key: _module_title(reading, key) for key, number in undone.items() if number}
            found.append(Behind(each, modules, total, last, silent))
    return sorted(found, key=lambda each: (-each.undone, not each.silent, each.participant.name))


def _late_modules(behind: Sequence[Behind]) -> list[LateModule]:
    titles = {key: title for each in behind for key, title in each.modules.items()}
    people = Counter(key for each in behind for key in each.modules)
    return [LateModule(key, title, people[key]) for key, title in titles.items()]


def _module_title(reading: Reading, key: str) -> Passage:
    title = next(each.title for each in reading.package.modules if each.key == key)
    return reading.text("course", title)


def _in_module(
    reading: Reading, week: Week, done: Mapping[int, Collection[str]], counted: Mapping[str, set[str]]
) -> InModule:
    wanted = counted[week.module]
    return InModule(
        title=_module_title(reading, week.module),
        week=week,
        people=sum(not wanted.isdisjoint(did) for did in done.values()),
        finished=sum(wanted.issubset(did) for did in done.values()) if wanted else 0,
    )


def _tasks(db: Session, run: Run, phase: Phase, people: Sequence[Participant]) -> list[Task]:
    if phase is Phase.BEFORE:
        waiting = _waiting_applications(db, run)
        return [
            Task(not run.provisional, gettext("The dates are settled"), "run_management.plan"),
            Task(bool(run.openings), gettext("Every module has a day on which it opens"), "run_management.plan"),
            Task(bool(run.targets), gettext("Targets of the selection are set"), "selection.board"),
            Task(
                run.stage != RunStage.APPLICATIONS_OPEN and not waiting,
                ngettext("1 application waits for a decision", "%(number)s applications wait for a decision", waiting),
                "selection.board",
            ),
            Task(
                bool(people),
                ngettext("1 participant is in the run", "%(number)s participants are in the run", len(people)),
                "run_management.roster",
            ),
        ]
    waiting, given = _waiting_overrides(db, run), _evaluations(db, run)
    evaluated = gettext("%(done)s of %(total)s participants gave their view", done=given, total=len(people))
    unconfirmed = ngettext(
        "1 outcome waits for a second person", "%(number)s outcomes wait for a second person", waiting
    )
    if phase is Phase.MODULE:
        return [Task(not waiting, unconfirmed, "facilitation.closing")] if waiting else []
    return [
        Task(bool(people) and given == len(people), evaluated, "facilitation.report"),
        Task(not waiting, unconfirmed, "facilitation.closing"),
        Task(run.stage == RunStage.CLOSED, gettext("The run is closed"), "facilitation.closing"),
    ]


def _waiting_applications(db: Session, run: Run) -> int:
    query = select(func.count()).select_from(Application)
    return db.scalar(query.where(Application.run_id == run.id, Application.state == ApplicationState.SUBMITTED)) or 0


def _waiting_overrides(db: Session, run: Run) -> int:
    query = select(func.count()).select_from(OutcomeOverride).join(Enrolment)
    query = query.where(Enrolment.run_id == run.id, Enrolment.withdrawn_at.is_(None))
    return db.scalar(query.where(OutcomeOverride.state == OverrideState.PROPOSED)) or 0


def _evaluations(db: Session, run: Run) -> int:
    query = select(func.count()).select_from(Evaluation).join(Enrolment, Enrolment.id == Evaluation.enrolment_id)
    return db.scalar(query.where(Enrolment.run_id == run.id, Enrolment.withdrawn_at.is_(None))) or 0


def summary_draft(db: Session, run: Run, module: str, language: str) -> SummaryDraft | None:
    """What somebody kept, with their name."""
    query = select(SummaryDraft).options(joinedload(SummaryDraft.changed_by)).where(SummaryDraft.run_id == run.id)
    return db.scalar(query.where(SummaryDraft.module == module, SummaryDraft.language == language))


# -- the gradebook


def module_titles(db: Session, run: Run, language: str) -> list[tuple[str, Passage]]:
    reading = reading_of_run(db, run, language)
    return [(each.key, reading.text("course", each.title)) for each in reading.package.modules]


class Mark(NamedTuple):
    """What stands in one field: thirty thousand of them are in a large gradebook."""

    done: bool
    score: float | None
    """Best of a quiz so far, as a share of 1."""


@dataclass(frozen=True, slots=True)
class Row:
    participant: Participant
    marks: list[Mark]
    done: int


@dataclass(frozen=True, slots=True)
class Column:
    activity: Activity
    title: Passage


@dataclass(frozen=True, slots=True)
class Gradebook:
    modules: list[tuple[str, Passage, int]]
    """Key, title and number of activities."""
    columns: list[Column]
    rows: list[Row]
    number: int
    pages: int
    people: int


NOTHING, DONE = Mark(False, None), Mark(True, None)


def gradebook(db: Session, run: Run, language: str, number: int | None, module: str = "") -> Gradebook:
    """People by activities: one page of people, or everybody where `number` is None; one module, or all."""
    reading, people = reading_of_run(db, run, language), participants(db, run)
    pages = max(1, -(-len(people) // A_PAGE))
    page = min(number, pages) if number else 1
    shown = people[(page - 1) * A_PAGE : page * A_PAGE] if number else people
    wanted = [each for each in reading.package.modules if module in ("", each.key)]
    columns = [Column(each, reading.text("course", each.title)) for part in wanted for each in part.activities]
    keys = [column.activity.key for column in columns]
    who = [each.enrolment_id for each in shown] if number else None
    done, scores = _done_of(db, run, who), _best_scores(db, run, who)
    return Gradebook(
        modules=[(each.key, reading.text("course", each.title), len(each.activities)) for each in wanted],
        columns=columns,
        rows=[
            _row(each, keys, done.get(each.enrolment_id, frozenset()), scores.get(each.enrolment_id, {}))
            for each in shown
        ],
        number=page,
        pages=pages,
        people=len(people),
    )


def _done_of(db: Session, run: Run, who: Sequence[int] | None) -> Mapping[int, Collection[str]]:
    if who is None:
        return done_by_enrolment(db, run)
    query = select(ActivityCompletion.enrolment_id, ActivityCompletion.activity)
    found: dict[int, set[str]] = {}
    for enrolment, activity in db.execute(query.where(ActivityCompletion.enrolment_id.in_(who))):
        found.setdefault(enrolment, set()).add(activity)
    return found


def _best_scores(db: Session, run: Run, who: Sequence[int] | None) -> dict[int, dict[str, float]]:
    query = select(Attempt.enrolment_id, Attempt.quiz_key, func.max(Attempt.score / Attempt.max_score))
    query = query.where(Attempt.kind == QuizKind.QUIZ, Attempt.score.is_not(None))
    if who is None:
        query = query.join(Enrolment, Enrolment.id == Attempt.enrolment_id).where(Enrolment.run_id == run.id)
    else:
        query = query.where(Attempt.enrolment_id.in_(who))
    found: dict[int, dict[str, float]] = {}
    for enrolment, quiz, best in db.execute(query.group_by(Attempt.enrolment_id, Attempt.quiz_key)):
        found.setdefault(enrolment, {})[quiz] = best or 0.0
    return found


def _row(participant: Participant, keys: Sequence[str], done: Collection[str], scores: Mapping[str, float]) -> Row:
    marks = [Mark(key in done, scores[key]) if key in scores else DONE if key in done else NOTHING for key in keys]
    return Row(participant, marks, sum(mark.done for mark in marks))


# -- the report


@dataclass(frozen=True, slots=True)
class Funnel:
    """How many came how far on one track."""

    applied: int
    accepted: int
    confirmed: int
    started: int
    completed: int
    participated: int


@dataclass(frozen=True, slots=True)
class Spread:
    """People by the values of one dimension; None: not stated."""

    confirmed: dict[str | None, int]
    completed: dict[str | None, int]


@dataclass(frozen=True, slots=True)
class Answers:
    """To one question of the evaluation."""

    question: str
    counts: dict[int, int]
    """By answer, 5 (fully) to 1 (not at all)."""

    @property
    def number(self) -> int:
        return sum(self.counts.values())

    @property
    def mean(self) -> float | None:
        return sum(answer * count for answer, count in self.counts.items()) / self.number if self.number else None


@dataclass(frozen=True, slots=True)
class Attendance:
    asked: int
    """Minutes that the certificate of completion asks for."""
    met: int
    """Participants who were there for so long."""
    minutes: int
    """Of all participants together."""


@dataclass(frozen=True, slots=True)
class Report:
    as_of: datetime
    closed: bool
    """Before that, completed means: would complete if the run were closed now."""
    funnel: dict[str, Funnel]
    """By track."""
    withdrew: int
    spreads: dict[str, Spread]
    attendance: Attendance
    answers: list[Answers]
    certificates: int

    @property
    def total(self) -> Funnel:
        parts = self.funnel.values()
        return Funnel(
            applied=sum(each.applied for each in parts),
            accepted=sum(each.accepted for each in parts),
            confirmed=sum(each.confirmed for each in parts),
            started=sum(each.started for each in parts),
            completed=sum(each.completed for each in parts),
            participated=sum(each.participated for each in parts),
        )


QUESTIONS = ("satisfaction", "expectations", "equipped")


def report(db: Session, run: Run, language: str, now: datetime) -> Report:
    """The numbers of a run; of a closed one from its final list, else from what the rule says now."""
    everybody = participants(db, run, withdrawn=True)
    closed = db.get(RunClosing, run.id) is not None
    package = reading_of_run(db, run, language).package
    inside = [each for each in everybody if each.withdrawn_at is None]
    outcomes = _outcomes(db, run, package, inside, closed=closed)
    started = _last_seen(db, run).keys()
    completed = [each for each in everybody if outcomes.get(each.enrolment_id) is Outcome.COMPLETION]
    return Report(
        as_of=now,
        closed=closed,
        funnel={track.value: _funnel(db, run, track, everybody, started, outcomes) for track in Track},
        withdrew=len(everybody) - len(inside),
        spreads={
            name: Spread(
                dict(Counter(getattr(each, name) for each in everybody)),
                dict(Counter(getattr(each, name) for each in completed)),
            )
            for name in DIMENSIONS
        },
        attendance=_attendance(db, package.certificate.completion.attendance_minutes, inside),
        answers=_answers(db, run),
        certificates=_certificates(db, run),
    )


def _outcomes(
    db: Session, run: Run, package: Package, inside: Sequence[Participant], *, closed: bool
) -> Mapping[int, Outcome]:
    if closed:
        rows = db.execute(select(FinalOutcome.enrolment_id, FinalOutcome.outcome).where(FinalOutcome.run_id == run.id))
        return {enrolment: Outcome(outcome) for enrolment, outcome in rows}
    who = [each.enrolment_id for each in inside]
    done, minutes, overrides = done_by_enrolment(db, run), minutes_attended(db, who), _overrides(db, run)
    return {
        each: _settled(_by_rule(_weighed(package, done.get(each, set()), minutes[each])), overrides.get(each))
        for each in who
    }


def _funnel(
    db: Session,
    run: Run,
    track: Track,
    everybody: Sequence[Participant],
    started: Collection[int],
    outcomes: Mapping[int, Outcome],
) -> Funnel:
    applied, accepted = _applied(db, run) if track is Track.OPEN else _invited(db, run)
    people = [each for each in everybody if each.track == track]
    found = Counter(outcomes.get(each.enrolment_id) for each in people)
    return Funnel(
        applied=applied,
        accepted=accepted,
        confirmed=len(people),
        started=sum(each.enrolment_id in started for each in people),
        completed=found[Outcome.COMPLETION],
        participated=found[Outcome.PARTICIPATION],
    )


def _applied(db: Session, run: Run) -> tuple[int, int]:
    """How many handed an application in, and how many of them were ever offered a place."""
    offered = case((Application.offer_expires_at.is_not(None), 1))
    query = select(func.count(), func.count(offered)).select_from(Application)
    return db.execute(query.where(Application.run_id == run.id, Application.submitted_at.is_not(None))).one()


def _invited(db: Session, run: Run) -> tuple[int, int]:
    """How many were invited: nobody has to accept them any more."""
    number = db.scalar(select(func.count()).select_from(Invitation).where(Invitation.run_id == run.id)) or 0
    return number, number


def _attendance(db: Session, asked: int, inside: Sequence[Participant]) -> Attendance:
    minutes = minutes_attended(db, [each.enrolment_id for each in inside])
    return Attendance(asked, sum(each >= asked for each in minutes.values()), sum(minutes.values()))


def _answers(db: Session, run: Run) -> list[Answers]:
    query = select(Evaluation.satisfaction, Evaluation.expectations, Evaluation.equipped)
    query = query.join(Enrolment, Enrolment.id == Evaluation.enrolment_id).where(Enrolment.run_id == run.id)
    columns = list(zip(*db.execute(query), strict=True)) or [()] * len(QUESTIONS)
    return [
        Answers(question, {answer: column.count(answer) for answer in range(5, 0, -1)})
        for question, column in zip(QUESTIONS, columns, strict=True)
    ]


def _certificates(db: Session, run: Run) -> int:
    query = select(func.count()).select_from(ActiveCertificate)
    query = query.join(Enrolment, Enrolment.id == ActiveCertificate.enrolment_id)
    return db.scalar(query.where(Enrolment.run_id == run.id)) or 0


# -- the archive


@dataclass(frozen=True, slots=True)
class Archive:
    """What a closed run says of itself to anybody."""

    course: Passage
    starts_on: date
    ends_on: date
    closed_at: datetime
    modules: int
    languages: tuple[str, ...]
    applied: int | None
    """None, here and below: some, and too few to say how many."""
    participants: int | None
    countries: int
    completed: int | None
    participated: int | None
    satisfied: float | None
    """Share of the answers that say mostly or fully; None where too few answered."""


def archive(db: Session, run: Run, language: str, now: datetime) -> Archive:
    """NotFound while the run is not closed."""
    closing = db.get(RunClosing, run.id)
    if closing is None:
        raise NotFound
    reading, found = reading_of_run(db, run, language), report(db, run, language, now)
    answers, total = found.answers[0], found.total
    assert run.starts_on
    assert run.ends_on
    return Archive(
        course=reading.text("course", reading.package.title),
        starts_on=run.starts_on,
        ends_on=run.ends_on,
        closed_at=closing.closed_at,
        modules=len(reading.package.modules),
        languages=tuple(run.languages),
        applied=told(total.applied),
        participants=told(total.confirmed),
        countries=sum(value is not None for value in found.spreads["country"].confirmed),
        completed=told(total.completed),
        participated=told(total.participated),
        satisfied=(answers.counts[5] + answers.counts[4]) / answers.number if answers.number >= SMALLEST else None,
    )
