"""Reads of coursework: a participant's own work, the queue of those who mark, one work to mark."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, joinedload

from lms.accounts.models import Person, RoleGrant
from lms.accounts.rules import EVERYWHERE, LEADING, TEACHING
from lms.catalog.models import CourseLanguage
from lms.catalog.queries import Reading, reading_of
from lms.catalog.source.parts import Accepted, Assignment
from lms.coursework.exchange import ENDINGS
from lms.coursework.models import CourseworkPlan, Feedback, Grade, GradeRelease, PeerReview, Submission, Work
from lms.coursework.policy import due_at, due_day, may_see_whose, may_write
from lms.coursework.rules import MOST_FILES, TO_MARK, Outcome, WorkState
from lms.kernel.refusals import NotFound, Refused
from lms.runs.models import Enrolment, Run
from lms.runs.queries import Place, extended_until, may_work_here
from lms.runs.rules import RunKind
from lms.translation.rules import Passage

# -- what a run set


@dataclass(frozen=True, slots=True)
class Plan:
    due_days: Mapping[str, int]
    blind: Sequence[str]
    version: int


def coursework_plan(db: Session, run: Run) -> Plan:
    found = db.get(CourseworkPlan, run.id)
    return Plan(found.due_days, found.blind, found.version) if found else Plan({}, (), 0)


# -- the rubric


@dataclass(frozen=True, slots=True)
class LevelLine:
    points: int
    text: Passage


@dataclass(frozen=True, slots=True)
class CriterionLine:
    key: str
    title: Passage
    levels: list[LevelLine]


def rubric(reading: Reading, activity: str) -> list[CriterionLine]:
    """As somebody reads it in their language."""
    document = f"assignment {activity}"
    return [
        CriterionLine(
            each.key,
            reading.text(document, each.title),
            [LevelLine(level.points, reading.text(document, level.text)) for level in each.levels],
        )
        for each in reading.package.assignments[activity].rubric
    ]


# -- what was said


@dataclass(frozen=True, slots=True)
class Mark:
    """What a marker said, as it is shown: to the participant only once it is released."""

    number: int
    submission: int
    outcome: Outcome
    points: int | None
    most_points: int | None
    passed: bool | None
    levels: Mapping[str, int]
    chosen: list[tuple[Passage, LevelLine]]
    """The level reached in each criterion, in words."""
    feedback: str
    marker: str
    given_at: datetime
    released_at: datetime | None


def marks_of(db: Session, run: Run, work: Work, language: str) -> list[Mark]:
    """All that was said of a work, the latest first, by the rubric that it was marked by."""
    rows = db.execute(
        select(Grade, Feedback.text, GradeRelease.released_at, Submission.number, CourseLanguage.revision)
        .join(Submission, Submission.id == Grade.submission_id)
        .outerjoin(Feedback, Feedback.grade_id == Grade.id)
        .outerjoin(GradeRelease, GradeRelease.grade_id == Grade.id)
        .outerjoin(CourseLanguage, (CourseLanguage.course_id == run.course_id) & (CourseLanguage.language == language))
        .options(joinedload(Grade.marker))
        .where(Grade.work_id == work.id)
        .order_by(Grade.number.desc())
    ).all()
    return [
        Mark(
            number=grade.number,
            submission=number,
            outcome=Outcome(grade.outcome),
            points=grade.points,
            most_points=grade.most_points,
            passed=grade.passed,
            levels=grade.levels,
            chosen=_chosen(reading_of(db, grade.edition_id, language, revision or 0), work.activity, grade.levels),
            feedback=feedback or "",
            marker=grade.marker.name,
            given_at=grade.given_at,
            released_at=released_at,
        )
        for grade, feedback, released_at, number, revision in rows
    ]


def _chosen(reading: Reading, activity: str, levels: Mapping[str, int]) -> list[tuple[Passage, LevelLine]]:
    return [
        (each.title, each.levels[levels[each.key]])
        for each in rubric(reading, activity)
        if levels.get(each.key, len(each.levels)) < len(each.levels)
    ]


def shown_to_author(marks: Sequence[Mark]) -> list[Mark]:
    """A wish to revise is shown at once, a grade when it is released."""
    return [mark for mark in marks if mark.outcome is Outcome.REVISE or mark.released_at]


# -- what classmates said


@dataclass(frozen=True, slots=True)
class PeerWords:
    """What a classmate said of a submission. Nobody is told who."""

    submission: int
    chosen: list[tuple[Passage, LevelLine]]
    feedback: str


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """A classmate's work that one is to review."""

    public_id: str
    given: bool


def reviews_of(db: Session, work: Work, reading: Reading) -> list[PeerWords]:
    """Those that are written."""
    query = (
        select(PeerReview, Submission.number)
        .join(Submission, Submission.id == PeerReview.submission_id)
        .where(PeerReview.work_id == work.id, PeerReview.given_at.is_not(None))
        .order_by(PeerReview.id)
    )
    return [
        PeerWords(number, _chosen(reading, work.activity, review.levels), review.text)
        for review, number in db.execute(query)
    ]


def reviews_by(db: Session, enrolment: Enrolment, activity: str) -> list[ReviewLine]:
    """What a participant is to review, and has reviewed."""
    query = select(PeerReview).join(Work, Work.id == PeerReview.work_id)
    query = query.where(PeerReview.reviewer_id == enrolment.id, Work.activity == activity).order_by(PeerReview.id)
    return [ReviewLine(each.public_id, each.given_at is not None) for each in db.scalars(query)]


def review_here(db: Session, place: Place, activity: str, public_id: str) -> tuple[PeerReview, Submission]:
    """One of those with what is to be read; NotFound for anybody else's."""
    query = (
        select(PeerReview, Submission)
        .join(Submission, Submission.id == PeerReview.submission_id)
        .join(Work, Work.id == PeerReview.work_id)
        .where(PeerReview.public_id == public_id, PeerReview.reviewer_id == place.enrolment.id)
        .where(Work.activity == activity)
    )
    found = db.execute(query).one_or_none()
    if found is None:
        raise NotFound
    return found[0], found[1]


def review_counts(db: Session, run: Run) -> dict[str, tuple[int, int]]:
    """Reviews that were given out and that are written, by assignment."""
    query = (
        select(Work.activity, func.count(), func.count(PeerReview.given_at))
        .join(PeerReview, PeerReview.work_id == Work.id)
        .join(Enrolment, Enrolment.id == Work.enrolment_id)
        .where(Enrolment.run_id == run.id)
        .group_by(Work.activity)
    )
    return {activity: (out, written) for activity, out, written in db.execute(query)}


def handed_in_for(db: Session, run: Run, activity: str) -> dict[int, tuple[Work, Submission]]:
    """The latest submission of everybody who takes part, by enrolment."""
    query = (
        select(Work, Submission)
        .join(Enrolment, Enrolment.id == Work.enrolment_id)
        .join(Submission, (Submission.work_id == Work.id) & (Submission.number == Work.submissions))
        .where(Enrolment.run_id == run.id, Enrolment.withdrawn_at.is_(None), Work.activity == activity)
        .order_by(Work.id)
    )
    return {work.enrolment_id: (work, submission) for work, submission in db.execute(query)}


def given_out(db: Session, run: Run, activity: str) -> dict[int, set[int]]:
    """Whose work each reviewer has already: enrolments."""
    query = (
        select(PeerReview.reviewer_id, Work.enrolment_id)
        .join(Work, Work.id == PeerReview.work_id)
        .join(Enrolment, Enrolment.id == Work.enrolment_id)
        .where(Enrolment.run_id == run.id, Work.activity == activity)
    )
    found: dict[int, set[int]] = defaultdict(set)
    for reviewer, author in db.execute(query):
        found[reviewer].add(author)
    return found


# -- a participant's own work


@dataclass(frozen=True, slots=True)
class Handed:
    """A submission, with what the participant may know of what was said about it."""

    number: int
    text: str
    files: list[dict[str, Any]]
    handed_in_at: datetime
    late: bool
    marks: list[Mark]
    reviews: list[PeerWords]
    """Shown with the first thing that a marker says."""


@dataclass(frozen=True, slots=True)
class MyWork:
    """One's own work for an assignment."""

    slug: str
    key: str
    due_at: datetime | None
    """The first moment that is too late, for this participant."""
    last_day: date | None
    """The day of the run before it."""
    time_zone: str
    late_now: bool
    accepts_text: bool
    accepts_files: bool
    most_files: int
    kinds: Sequence[str]
    refused: str | None
    """Why nothing can be written now, where that is so."""
    asked_to_revise: bool
    left: int
    """How often it may still be handed in, this time included."""
    text: str
    files: list[dict[str, Any]]
    version: int
    handed: list[Handed]
    """The latest first."""
    rubric: list[CriterionLine]
    pass_points: int
    most_points: int
    reviews: list[ReviewLine]
    """Classmates' works to review."""


def find_work(db: Session, enrolment: Enrolment, activity: str) -> Work | None:
    query = select(Work).where(Work.enrolment_id == enrolment.id, Work.activity == activity)
    return db.scalar(query)


def submissions_of(db: Session, work: Work) -> list[Submission]:
    """The latest first."""
    query = select(Submission).where(Submission.work_id == work.id).order_by(Submission.number.desc())
    return list(db.scalars(query))


def due_here(db: Session, place: Place, activity: str) -> datetime | None:
    """When this participant's work is due."""
    return dues_here(db, place, [activity])[activity]


def dues_here(db: Session, place: Place, activities: Sequence[str]) -> dict[str, datetime | None]:
    """The same for several assignments; two queries."""
    days, until = coursework_plan(db, place.run).due_days, extended_until(db, place.enrolment)
    return {
        each: due_at(place.run, due_day(place.run, days, place.reading.package, each), until) for each in activities
    }


def my_work(db: Session, place: Place, activity: str, now: datetime) -> MyWork | None:
    """For the page of an assignment; None in a self-paced run, where nobody marks."""
    if place.run.kind == RunKind.SELF_PACED:
        return None
    reading, assignment = place.reading, place.reading.package.assignments[activity]
    work = find_work(db, place.enrolment, activity)
    marks = shown_to_author(marks_of(db, place.run, work, reading.language)) if work else []
    verdict = may_write(work, assignment, may_work_here(db, place, now), passed=any(mark.passed for mark in marks))
    due = due_here(db, place, activity)
    again = work is not None and work.submissions > 0
    return MyWork(
        slug=place.slug,
        key=activity,
        due_at=due,
        last_day=due_day(place.run, coursework_plan(db, place.run).due_days, reading.package, activity),
        time_zone=place.run.time_zone,
        late_now=due is not None and now >= due and not again,
        accepts_text=Accepted.TEXT in assignment.accepts,
        accepts_files=Accepted.FILE in assignment.accepts,
        most_files=MOST_FILES,
        kinds=ENDINGS,
        refused=verdict.reason if isinstance(verdict, Refused) else None,
        asked_to_revise=work is not None and work.state == WorkState.REVISE,
        left=1 + assignment.resubmissions - (work.submissions if work else 0),
        text=work.text if work else "",
        files=list(work.files) if work else [],
        version=work.version if work else 0,
        handed=_handed(submissions_of(db, work), marks, reviews_of(db, work, reading)) if work else [],
        rubric=rubric(reading, activity),
        pass_points=assignment.pass_points,
        most_points=assignment.most_points,
        reviews=reviews_by(db, place.enrolment, activity) if assignment.peer_reviews else [],
    )


def _handed(submissions: Sequence[Submission], marks: Sequence[Mark], reviews: Sequence[PeerWords]) -> list[Handed]:
    shown = {mark.submission for mark in marks}
    return [
        Handed(
            number=each.number,
            text=each.text,
            files=list(each.files),
            handed_in_at=each.handed_in_at,
            late=each.late,
            marks=[mark for mark in marks if mark.submission == each.number],
            reviews=[one for one in reviews if one.submission == each.number and each.number in shown],
        )
        for each in submissions
    ]


def file_of(db: Session, work: Work, digest: str, *, drafts: bool) -> dict[str, Any]:
    """One of the files of a work, of its draft only with `drafts`; NotFound for every other."""
    lists = [each.files for each in submissions_of(db, work)] + ([work.files] if drafts else [])
    found = next((file for files in lists for file in files if file["digest"] == digest), None)
    if found is None:
        raise NotFound
    return dict(found)


def named_digests(db: Session) -> set[str]:
    """SHA-256 of every file that some work names."""
    lists = [*db.scalars(select(Work.files)), *db.scalars(select(Submission.files))]
    return {file["digest"] for files in lists for file in files}


# -- the queue


@dataclass(frozen=True, slots=True)
class WorkLine:
    """One work, as those who mark see it in a list."""

    public_id: str
    number: int
    """What it is called while nobody may see whose it is."""
    name: str | None
    """None while marking is blind."""
    activity: str
    state: WorkState
    submission: int
    handed_in_at: datetime
    late: bool
    marker_id: int | None
    marker: str | None


def works_of_run(db: Session, run: Run) -> list[WorkLine]:
    """Everything handed in by who is in the run, what waits longest first; one query, one more for the plan."""
    blind = coursework_plan(db, run).blind
    marker = select(Person.name).where(Person.id == Work.marker_id).correlate(Work).scalar_subquery()
    rows = db.execute(
        select(Work, Submission, Person.name, marker)
        .join(Enrolment, Enrolment.id == Work.enrolment_id)
        .join(Person, Person.id == Enrolment.person_id)
        .join(Submission, (Submission.work_id == Work.id) & (Submission.number == Work.submissions))
        .where(Enrolment.run_id == run.id, Enrolment.withdrawn_at.is_(None))
        .order_by(Submission.handed_in_at, Work.id)
    )
    return [
        WorkLine(
            public_id=work.public_id,
            number=work.id,
            name=name if may_see_whose(work, blind=work.activity in blind) else None,
            activity=work.activity,
            state=WorkState(work.state),
            submission=work.submissions,
            handed_in_at=submission.handed_in_at,
            late=submission.late,
            marker_id=work.marker_id,
            marker=marked_by,
        )
        for work, submission, name, marked_by in rows
    ]


@dataclass(frozen=True, slots=True)
class Waiting:
    """What of a run waits for those who mark."""

    to_mark: int
    to_release: int
    """Marked, and its author does not know yet."""


def in_our_hands(db: Session, *where: ColumnElement[bool]) -> set[tuple[int, str]]:
    """Enrolment and assignment of what is handed in and not released: its author has done their part."""
    query = select(Work.enrolment_id, Work.activity).join(Enrolment, Enrolment.id == Work.enrolment_id)
    states = Work.state.in_([WorkState.HANDED_IN, WorkState.GRADED])
    return {(enrolment, activity) for enrolment, activity in db.execute(query.where(states, *where))}


def waiting_works(db: Session, run: Run) -> Waiting:
    states = select(Work.state, func.count()).join(Enrolment, Enrolment.id == Work.enrolment_id)
    states = states.where(Enrolment.run_id == run.id, Enrolment.withdrawn_at.is_(None)).group_by(Work.state)
    found = {WorkState(state): number for state, number in db.execute(states)}
    return Waiting(sum(found.get(state, 0) for state in TO_MARK), found.get(WorkState.GRADED, 0))


@dataclass(frozen=True, slots=True)
class Tally:
    """One assignment of a run in numbers."""

    key: str
    title: Passage
    due_on: date | None
    handed_in: int
    waiting: int
    to_release: int
    released: int
    blind: bool
    peer_reviews: int
    """So many works each participant reviews."""
    reviews_out: int
    reviews_written: int


def tallies(
    run: Run, plan: Plan, reading: Reading, works: Sequence[WorkLine], reviews: Mapping[str, tuple[int, int]]
) -> list[Tally]:
    """In the order of the course."""
    states: dict[str, list[WorkState]] = defaultdict(list)
    for work in works:
        states[work.activity].append(work.state)
    return [
        Tally(
            key=activity.key,
            title=reading.text("course", activity.title),
            due_on=due_day(run, plan.due_days, reading.package, activity.key),
            handed_in=len(states[activity.key]),
            waiting=sum(state in TO_MARK for state in states[activity.key]),
            to_release=states[activity.key].count(WorkState.GRADED),
            released=states[activity.key].count(WorkState.RELEASED),
            blind=activity.key in plan.blind,
            peer_reviews=reading.package.assignments[activity.key].peer_reviews,
            reviews_out=reviews.get(activity.key, (0, 0))[0],
            reviews_written=reviews.get(activity.key, (0, 0))[1],
        )
        for activity in reading.package.activities
        if activity.key in reading.package.assignments
    ]


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody who can be given work to mark."""

    id: int
    public_id: str
    name: str


def colleagues(db: Session, run: Run, now: datetime) -> list[Colleague]:
    """Those who teach or lead in the run now, by name."""
    scopes = [EVERYWHERE, f"course:{run.course.slug}", f"run:{run.slug}"]
    query = (
        select(Person.id, Person.public_id, Person.name, Person.folded)
        .join(RoleGrant, RoleGrant.person_id == Person.id)
        .where(RoleGrant.role.in_([*TEACHING, *LEADING]), RoleGrant.scope.in_(scopes))
        .where(RoleGrant.valid_from <= now, (RoleGrant.valid_until.is_(None)) | (RoleGrant.valid_until > now))
        .where(Person.deleted_at.is_(None), Person.suspended_at.is_(None))
        .distinct()
        .order_by(Person.folded, Person.id)
    )
    return [Colleague(id_, public_id, name) for id_, public_id, name, _folded in db.execute(query)]


# -- one work to mark


def work_to_mark(db: Session, run: Run, public_id: str) -> Work:
    """A work of this run that was handed in; NotFound for every other."""
    query = (
        select(Work)
        .options(joinedload(Work.enrolment).joinedload(Enrolment.person))
        .join(Enrolment, Enrolment.id == Work.enrolment_id)
        .where(Work.public_id == public_id, Enrolment.run_id == run.id, Work.state != WorkState.DRAFT)
    )
    found = db.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFound
    return found


def works_by_public_id(db: Session, run: Run, public_ids: Sequence[str]) -> list[Work]:
    """Those of them that are handed in in this run."""
    sent = [each for each in public_ids if "\0" not in each]  # which PostgreSQL cannot even look for
    query = select(Work).join(Enrolment, Enrolment.id == Work.enrolment_id)
    query = query.where(Work.public_id.in_(sent), Enrolment.run_id == run.id, Work.state != WorkState.DRAFT)
    return list(db.scalars(query.order_by(Work.id)))


def next_to_mark(db: Session, run: Run, person: Person, than: Work) -> str | None:
    """Of the same assignment, the work that waits longest for this marker or for whoever comes first."""
    query = (
        select(Work.public_id)
        .join(Enrolment, Enrolment.id == Work.enrolment_id)
        .join(Submission, (Submission.work_id == Work.id) & (Submission.number == Work.submissions))
        .where(Enrolment.run_id == run.id, Enrolment.withdrawn_at.is_(None), Enrolment.person_id != person.id)
        .where(Work.activity == than.activity, Work.id != than.id, Work.state.in_(TO_MARK))
        .where((Work.marker_id.is_(None)) | (Work.marker_id == person.id))
        .order_by(Submission.handed_in_at, Work.id)
    )
    return db.scalar(query.limit(1))


def name_of(db: Session, person_id: int | None) -> str | None:
    return db.scalar(select(Person.name).where(Person.id == person_id)) if person_id is not None else None


def latest_submission(db: Session, work: Work) -> Submission:
    query = select(Submission).where(Submission.work_id == work.id, Submission.number == work.submissions)
    return db.scalars(query).one()


def grades_to_release(db: Session, run: Run, activity: str) -> list[tuple[Work, Grade]]:
    """The latest of each work that is graded and not released; who left the run is not told anything more."""
    query = (
        select(Work, Grade)
        .join(Enrolment, Enrolment.id == Work.enrolment_id)
        .join(Grade, (Grade.work_id == Work.id) & (Grade.number == Work.grades))
        .options(joinedload(Work.enrolment).joinedload(Enrolment.person))
        .where(Enrolment.run_id == run.id, Enrolment.withdrawn_at.is_(None))
        .where(Work.activity == activity, Work.state == WorkState.GRADED)
        .order_by(Work.id)
    )
    return [(work, grade) for work, grade in db.execute(query)]


def has_passed(db: Session, work: Work) -> bool:
    """Some grade that the participant knows of passed."""
    query = select(func.count()).select_from(Grade).join(GradeRelease, GradeRelease.grade_id == Grade.id)
    return bool(db.scalar(query.where(Grade.work_id == work.id, Grade.passed.is_(True))))


def assignment_of(reading: Reading, activity: str) -> Assignment:
    """NotFound for what is no assignment of the course."""
    found = reading.package.assignments.get(activity)
    if found is None:
        raise NotFound
    return found
