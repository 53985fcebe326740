"""Reads of learning: where a learner stands in a course, and what is still missing."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from lms.accounts.models import Person
from lms.assessment.models import Attempt
from lms.assessment.rules import QuizKind, percent
from lms.catalog.models import Course, CourseLanguage, Edition
from lms.catalog.queries import Reading, activity_path, lesson_minutes, reading_of
from lms.catalog.rules import WHOLE, lessons_needed
from lms.catalog.source.parts import ActivityKind, Package, Requirement
from lms.coursework.queries import dues_here, in_our_hands
from lms.kernel.i18n import format_number, format_percent, gettext, ngettext
from lms.kernel.refusals import Refused
from lms.learning.models import ActivityCompletion, CertificateDetails, CourseCompletion
from lms.learning.rules import CompletionKind, Standing, weigh
from lms.meetings.queries import coming_meetings
from lms.runs.models import Enrolment, Run
from lms.runs.policy import may_open, opens_at
from lms.runs.queries import Place, may_work_here, works_until
from lms.runs.rules import end_of_day, start_of_day
from lms.translation.rules import Passage

COUNTED = (ActivityKind.LESSON, ActivityKind.QUIZ, ActivityKind.ASSIGNMENT, ActivityKind.EVALUATION)
"""What is done by each for themselves and may be asked for by a rule: what one can be behind with."""


@dataclass(frozen=True, slots=True)
class Step:
    """An activity in the outline."""

    key: str
    kind: str
    title: Passage
    minutes: int | None
    url: str
    done: bool
    current: bool


@dataclass(frozen=True, slots=True)
class ModuleSteps:
    key: str
    title: Passage
    steps: list[Step]
    closed: str | None
    """Why it cannot be entered yet, as a sentence with the day on which it opens."""


@dataclass(frozen=True, slots=True)
class Outline:
    """The course as a list of steps, with what is done."""

    slug: str
    course_slug: str
    course: Passage
    run: str | None
    """What tells the run from others, for a dated one."""
    modules: list[ModuleSteps]

    @property
    def steps(self) -> list[Step]:
        """Of the modules that are open."""
        return [step for module in self.modules for step in module.steps if module.closed is None]

    @property
    def done(self) -> int:
        return sum(step.done for step in self.steps)

    @property
    def total(self) -> int:
        """Of the whole course."""
        return sum(len(module.steps) for module in self.modules)

    @property
    def next(self) -> Step | None:
        """The first step that is not done; a live session is held at its time, and missed is missed."""
        return next((step for step in self.steps if not step.done and step.kind != ActivityKind.MEETING), None)

    def step(self, key: str) -> Step | None:
        return next((step for step in self.steps if step.key == key), None)

    def before(self, key: str) -> Step | None:
        steps = self.steps
        place = [step.key for step in steps].index(key)
        return steps[place - 1] if place else None

    def after(self, key: str) -> Step | None:
        steps = self.steps
        place = [step.key for step in steps].index(key)
        return steps[place + 1] if place + 1 < len(steps) else None


def done_activities(db: Session, enrolment: Enrolment) -> set[str]:
    return set(db.scalars(_DONE, {"enrolment": enrolment.id}))


_DONE = select(ActivityCompletion.activity).where(ActivityCompletion.enrolment_id == bindparam("enrolment"))


def outline(place: Place, done: set[str], language: str, now: datetime, current: str | None = None) -> Outline:
    reading, slug = place.reading, place.slug
    base = f"/{language}/learn/{slug}"
    return Outline(
        slug=slug,
        course_slug=place.course.slug,
        course=reading.text("course", reading.package.title),
        run=place.run.title,
        modules=[
            ModuleSteps(
                key=module.key,
                closed=_closed(place.run, module.key, now),
                title=reading.text("course", module.title),
                steps=[
                    Step(
                        key=activity.key,
                        kind=activity.kind,
                        title=reading.text("course", activity.title),
                        minutes=lesson_minutes(reading.package, activity),
                        url=activity_path(base, activity),
                        done=activity.key in done,
                        current=activity.key == current,
                    )
                    for activity in module.activities
                ],
            )
            for module in reading.package.modules
        ],
    )


def _closed(run: Run, module: str, now: datetime) -> str | None:
    verdict = may_open(run, module, now)
    return verdict.reason if isinstance(verdict, Refused) else None


# -- this week


@dataclass(frozen=True, slots=True)
class Due:
    """Something of the open module that is not done yet."""

    step: Step
    by: datetime | None
    """The last minute in time; for a live session, when it begins. None: until the end of the week."""


@dataclass(frozen=True, slots=True)
class ThisWeek:
    """What is on for a participant of a dated run, with moments to be read in their own zone."""

    title: Passage | None
    """Of the module that opened last; None before the first one opens, and when the weeks are over."""
    until: datetime | None
    """The last minute of its week."""
    early_until: date | None
    """The day its week begins on, while it is open early for who reads ahead."""
    due: list[Due]
    following: Passage | None
    opens_at: datetime | None
    """When the next module opens."""
    works_until: datetime | None
    """The last minute in which anything can be completed, extensions counted."""
    closed: str | None
    """Why nothing counts any more."""


_LAST_MINUTE = timedelta(minutes=1)


def this_week(db: Session, place: Place, outline: Outline, now: datetime) -> ThisWeek | None:
    """None in a self-paced run."""
    run = place.run
    if run.stage is None or run.starts_on is None or run.ends_on is None:
        return None
    opening = {each.key: start_of_day(_opens_on(run, each.key), run.time_zone) for each in outline.modules}
    entered = {each.key: opens_at(run, each.key) or opening[each.key] for each in outline.modules}
    begun = [each for each in outline.modules if entered[each.key] <= now]
    coming = [each for each in outline.modules if entered[each.key] > now]
    current = max(begun, key=lambda each: opening[each.key], default=None)
    following = min(coming, key=lambda each: entered[each.key], default=None)
    later = min((each for each in opening.values() if current and each > opening[current.key]), default=None)
    ends = later or end_of_day(run.ends_on, run.time_zone)
    verdict, until = may_work_here(db, place, now), works_until(db, place)
    if now >= ends or isinstance(verdict, Refused):
        current = None
    early = current is not None and now < opening[current.key]
    return ThisWeek(
        title=current.title if current else None,
        until=ends - _LAST_MINUTE if current else None,
        early_until=_opens_on(run, current.key) if current and early else None,
        due=_due(db, place, current, now) if current else [],
        following=following.title if following else None,
        opens_at=entered[following.key] if following else None,
        works_until=until - _LAST_MINUTE if until else None,
        closed=verdict.reason if isinstance(verdict, Refused) else None,
    )


def _opens_on(run: Run, module: str) -> date:
    assert run.starts_on
    return date.fromisoformat(run.openings[module]) if module in run.openings else run.starts_on


def _due(db: Session, place: Place, module: ModuleSteps, now: datetime) -> list[Due]:
    """What is left for the participant to do: an assignment by its own day, a live session by when it begins."""
    ours = {activity for _enrolment, activity in in_our_hands(db, Enrolment.id == place.enrolment.id)}
    left = [step for step in module.steps if not step.done and step.key not in ours]
    assignments = [step.key for step in left if step.key in place.reading.package.assignments]
    by = (
        {key: day - _LAST_MINUTE for key, day in dues_here(db, place, assignments).items() if day}
        if assignments
        else {}
    )
    if any(step.kind == ActivityKind.MEETING for step in left):
        held = coming_meetings(db, place.run.id, now)
        by |= {meeting.activity: meeting.starts_at for meeting in reversed(held) if meeting.activity}
    return [Due(step, by.get(step.key)) for step in left]


def requirements(package: Package) -> dict[CompletionKind, Requirement]:
    """What each kind of certificate of this course asks for."""
    rule = package.certificate
    found = {CompletionKind.COMPLETION: rule.completion}
    if rule.participation is not None:
        found[CompletionKind.PARTICIPATION] = rule.participation
    return found


def weigh_requirement(package: Package, requirement: Requirement, done: set[str], minutes: int) -> Standing:
    """What is there of it: activities done (an assignment is done once it is passed), minutes of live sessions."""
    lessons = [each.key for each in package.activities if each.kind == ActivityKind.LESSON]
    return weigh(
        lessons=lessons,
        lessons_needed=lessons_needed(len(lessons), requirement.lessons),
        quizzes=requirement.quizzes,
        assignments=requirement.assignments,
        minutes_needed=requirement.attendance_minutes,
        evaluations=[each.key for each in package.activities if each.kind == ActivityKind.EVALUATION],
        evaluation_needed=requirement.evaluation,
        done=done,
        minutes=minutes,
    )


@dataclass(frozen=True, slots=True)
class Item:
    """One line of what a certificate asks for."""

    done: bool
    sentence: str
    url: str | None


@dataclass(frozen=True, slots=True)
class CertificateStanding:
    kind: CompletionKind
    items: list[Item]
    earned: bool
    """The rule is met and the course counts as completed."""
    waits_for_details: bool
    """Everything is there but the confirmed name."""


def certificate_standings(
    place: Place, outline: Outline, done: set[str], minutes: int, earned: set[str], details: CertificateDetails | None
) -> list[CertificateStanding]:
    """For each kind of certificate what is done and what is missing, as sentences that lead to the place to do it."""
    package = place.reading.package
    return [
        CertificateStanding(
            kind=kind,
            items=_items(place, outline, weigh_requirement(package, requirement, done, minutes), details),
            earned=kind.value in earned,
            waits_for_details=kind.value in earned and details is None,
        )
        for kind, requirement in requirements(package).items()
    ]


def _items(place: Place, outline: Outline, standing: Standing, details: CertificateDetails | None) -> list[Item]:
    items = []
    if standing.lessons_needed:
        undone = next((step.url for step in outline.steps if step.kind == ActivityKind.LESSON and not step.done), None)
        sentence = ngettext(
            "%(done)s of 1 lesson read",
            "%(done)s of %(number)s lessons read",
            standing.lessons_needed,
            done=standing.lessons_done,
        )
        complete = standing.lessons_done >= standing.lessons_needed
        items.append(Item(complete, sentence, None if complete else undone))
    for key in (*standing.quizzes_passed, *standing.quizzes_missing):
        step = outline.step(key)
        mark = format_percent((place.reading.package.quizzes[key].pass_mark or 0) / WHOLE)
        title = step.title.text if step else key
        passed = key in standing.quizzes_passed
        sentence = (
            gettext("“%(quiz)s” passed", quiz=title)
            if passed
            else gettext("Pass “%(quiz)s” with %(share)s or more", quiz=title, share=mark)
        )
        items.append(Item(passed, sentence, None if passed or step is None else step.url))
    items += [_assignment_item(place, outline, key, passed=True) for key in standing.assignments_passed]
    items += [_assignment_item(place, outline, key, passed=False) for key in standing.assignments_missing]
    if standing.minutes_needed:
        undone = next((step.url for step in outline.steps if step.kind == ActivityKind.MEETING and not step.done), None)
        sentence = ngettext(
            "%(done)s of %(number)s minute of live sessions attended",
            "%(done)s of %(number)s minutes of live sessions attended",
            standing.minutes_needed,
            done=format_number(standing.minutes_attended),
        )
        complete = standing.minutes_attended >= standing.minutes_needed
        items.append(Item(complete, sentence, None if complete else undone))
    if standing.evaluation_needed:
        step = next((step for step in outline.steps if step.kind == ActivityKind.EVALUATION), None)
        sentence = (
            gettext("Evaluation handed in") if standing.evaluation_done else gettext("Give your view of the course")
        )
        items.append(
            Item(standing.evaluation_done, sentence, None if standing.evaluation_done or step is None else step.url)
        )
    sentence = (
        gettext("Name and language of the certificate confirmed")
        if details
        else gettext("Confirm your name and the language of the certificate")
    )
    items.append(Item(details is not None, sentence, f"/{place.reading.language}/learn/{place.slug}/certificate/"))
    return items


def _assignment_item(place: Place, outline: Outline, key: str, *, passed: bool) -> Item:
    step, assignment = outline.step(key), place.reading.package.assignments[key]
    title = step.title.text if step else key
    if passed:
        return Item(True, gettext("Assignment “%(assignment)s” passed", assignment=title), None)
    sentence = ngettext(
        "Hand in “%(assignment)s” and earn at least %(number)s of %(most)s point",
        "Hand in “%(assignment)s” and earn at least %(number)s of %(most)s points",
        assignment.pass_points,
        assignment=title,
        most=format_number(assignment.most_points),
    )
    return Item(False, sentence, step.url if step else None)


def languages_of(db: Session, course: Course) -> list[CourseLanguage]:
    rows = select(CourseLanguage).where(CourseLanguage.course_id == course.id)
    return sorted(db.scalars(rows), key=lambda row: (row.language != course.source_language, row.language))


def best_scores(db: Session, enrolment: Enrolment) -> dict[str, float]:
    """The best score so far of each quiz, as a share of 1."""
    best = func.max(Attempt.score / Attempt.max_score)
    rows = db.execute(
        select(Attempt.quiz_key, best)
        .where(Attempt.enrolment_id == enrolment.id, Attempt.kind == QuizKind.QUIZ, Attempt.score.is_not(None))
        .group_by(Attempt.quiz_key)
    )
    return {key: percent(score, 1) / WHOLE for key, score in rows if score is not None}


def earned_completions(db: Session, enrolment: Enrolment) -> set[str]:
    return set(db.scalars(select(CourseCompletion.kind).where(CourseCompletion.enrolment_id == enrolment.id)))


# -- my learning


@dataclass(frozen=True, slots=True)
class CourseInHand:
    slug: str
    """Of the run: a self-paced one has the course's."""
    run: str | None
    """What tells the run from others, for a dated one."""
    title: Passage
    done: int
    total: int
    language: str
    """Last read in."""
    completed: bool
    enrolled_at: datetime


def courses_in_hand(db: Session, person: Person, language: str) -> list[CourseInHand]:
    """The person's courses, the latest first; a constant number of queries once the courses are on the shelf."""
    done = (  # for these enrolments alone: a joined table of counts would be counted for everybody
        select(func.count())
        .where(ActivityCompletion.enrolment_id == Enrolment.id)
        .correlate(Enrolment)
        .scalar_subquery()
    )
    rows = db.execute(
        select(
            Enrolment,
            Run,
            Edition.id,
            CourseLanguage.revision,
            done,
            CourseCompletion.id,
        )
        .join(Run, Run.id == Enrolment.run_id)
        .join(Course, Course.id == Run.course_id)
        .join(Edition, (Edition.course_id == Course.id) & (Edition.number == Course.edition_number))
        .outerjoin(CourseLanguage, (CourseLanguage.course_id == Course.id) & (CourseLanguage.language == language))
        .outerjoin(
            CourseCompletion,
            (CourseCompletion.enrolment_id == Enrolment.id)
            & (CourseCompletion.kind == CompletionKind.COMPLETION.value),
        )
        .where(Enrolment.person_id == person.id, Enrolment.withdrawn_at.is_(None))
        .order_by(Enrolment.enrolled_at.desc())
    ).all()
    return [
        _in_hand(
            reading_of(db, edition, language, revision or 0), enrolment, run, count, completed=completion is not None
        )
        for enrolment, run, edition, revision, count, completion in rows
    ]


def _in_hand(reading: Reading, enrolment: Enrolment, run: Run, done: int, *, completed: bool) -> CourseInHand:
    total = len(reading.package.activities)
    return CourseInHand(
        slug=run.slug,
        run=run.title,
        title=reading.text("course", reading.package.title),
        done=min(done, total),
        total=total,
        language=enrolment.language,
        completed=completed,
        enrolled_at=enrolment.enrolled_at,
    )
