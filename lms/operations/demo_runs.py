"""Dated runs to try the platform with: one that is over, one in its fourth week, one that people have applied to.

What they did is a story with turns: most keep up, some are a module behind, some came for a week, a few never came.
Everything is done through the verbs that people use, at the moments at which it would have happened; nobody is sent a
letter about it.
"""

import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, joinedload

from lms.accounts.models import Person, Unsubscription
from lms.accounts.rules import LetterKind
from lms.accounts.service import keep_words
from lms.assessment.queries import sitting
from lms.assessment.service import save_answer, start_attempt, submit_attempt
from lms.catalog.models import Course
from lms.catalog.source.parts import Activity, ActivityKind, Assignment
from lms.coursework.models import Work as CourseworkWork
from lms.coursework.rules import Outcome
from lms.coursework.service import Seen, give_grade, hand_in, release_grades
from lms.coursework.service import Written as Work
from lms.discussion.queries import hall, topics
from lms.discussion.rules import Audience, Said
from lms.discussion.service.announcing import publish_announcement
from lms.discussion.service.talking import answer_thread, open_thread
from lms.facilitation.models import FinalOutcome
from lms.facilitation.service import close_run, settle_outcome
from lms.intake.exchange import Invitee
from lms.intake.models import Application
from lms.intake.rules import ApplicationState, Criterion
from lms.intake.service import Written, confirm_place, decide, invite, score_application, submit_application
from lms.kernel.events import Within, follow
from lms.kernel.files import FileStore
from lms.kernel.models import OutboxJob
from lms.learning.service import complete_activity, confirm_certificate_details, hand_in_evaluation
from lms.meetings.rules import MeetingKind
from lms.meetings.service.attendance import call_roll
from lms.meetings.service.planning import MeetingDetails, plan_meeting
from lms.operations.demo_words import ANNOUNCEMENT, COUNTRIES, FEEDBACK, MOTIVATION, ORGANISATIONS, THREADS, WORKS
from lms.runs.models import Enrolment, Run
from lms.runs.policy import leads
from lms.runs.queries import Place, package_of_run, place
from lms.runs.rules import RunKind, RunStage, Visibility, today_in
from lms.runs.service import RunDetails, move_run, open_run
from lms.settings import Settings

COURSE = "building-social-protection-floors"
ZONE = "Africa/Nairobi"
ADDRESS = "@sample.example.org"
MADE_BY = ("gala@example.org", "femi@example.org")
"""Who selects: a coordinator and a programme manager."""


SCORED = (2, 2, 1, 2, 0)
"""By how many an application was read so far, one application after the other and over again."""
KEEPS_UP, BEHIND, CAME_ONCE, NEVER_CAME = "keeps up", "behind", "came once", "never came"
WHOLE_STORY = (10, 10, 5, 10, 10, 10, 10, 5, 10, 1)
"""How many weeks each took part in the run that is over."""
LETTERS = ("mail", "meeting.tell", "meeting.participant", "run.settle")
"""What would write to the sample people now about things of long ago."""
STORY = (*[KEEPS_UP] * 5, BEHIND, KEEPS_UP, CAME_ONCE, BEHIND, NEVER_CAME)
"""What participants did, one after the other and over again."""


def make_sample_runs(db: Session, settings: Settings, within: Within, now: datetime) -> None:
    """Once: a demonstration that has them, or was begun before there were runs, stays as it is."""
    course = db.scalar(select(Course).where(Course.slug == COURSE))
    if course is None or db.scalar(select(Run.id).where(Run.kind == RunKind.COHORT).limit(1)) is not None:
        return
    today = today_in(ZONE, now)
    monday = today - timedelta(days=today.weekday())
    stage = Stage(db, settings, within, course, [_staff(db, email) for email in MADE_BY], now)
    if not all(leads(each, COURSE, None, _at(monday - timedelta(weeks=45), 9)) for each in stage.staff):
        return
    asked = db.scalar(select(func.max(OutboxJob.id))) or 0
    _run_that_is_over(stage, monday - timedelta(weeks=30))
    _run_in_its_fourth_week(stage, monday - timedelta(weeks=3))
    _run_that_selects(stage, monday + timedelta(weeks=6))
    db.execute(delete(OutboxJob).where(OutboxJob.id > asked, OutboxJob.topic.in_(LETTERS)))


@dataclass(frozen=True, slots=True)
class Stage:
    """What every sample is made with."""

    db: Session
    settings: Settings
    within: Within
    course: Course
    staff: list[Person]
    now: datetime

    @property
    def files(self) -> FileStore:
        return FileStore(self.settings.data_dir / "files")

    def follow(self, now: datetime) -> None:
        follow(self.db, self.within, now)


def _staff(db: Session, email: str) -> Person:
    query = select(Person).options(joinedload(Person.grants)).where(Person.email == email)
    return db.scalars(query).unique().one()


def _at(day: date, hour: int, zone: str = ZONE) -> datetime:
    return datetime.combine(day, time(hour), ZoneInfo(zone)).astimezone(UTC)


def _people(db: Session, which: slice, now: datetime) -> list[Person]:
    """Some from every country; nobody can log in as one of them."""
    people = []
    for row, country in enumerate(COUNTRIES):
        for number, each in enumerate(country.people.split(", ")[which]):
            gender, name = each.split(" ", 1)
            kind, organisation, job = ORGANISATIONS[(2 * row + number) % len(ORGANISATIONS)]
            person = Person(
                email=f"{name.replace(' ', '.').lower()}.{country.code.lower()}{ADDRESS}",
                email_confirmed_at=now,
                password_hash=f"nobody-{secrets.token_urlsafe(9)}",
                name=name,
                language=country.language,
                time_zone=country.zone,
                country=country.code,
                gender=None if (row, number) == (4, 1) else {"f": "female", "m": "male"}[gender],
                organisation_type=kind,
                organisation=organisation,
                job=job,
                created_at=now,
                grants=[],
            )
            db.add(person)
            keep_words(db, person)
            people.append(person)
    db.flush()
    db.add_all(Unsubscription(person_id=person.id, kind=kind, since=now) for person in people for kind in LetterKind)
    return people


def _open(stage: Stage, slug: str, title: str, starts_on: date, seats: int, apply_until: date) -> Run:
    details = RunDetails(
        title=title,
        starts_on=starts_on,
        weeks=10,
        grace_days=14,
        time_zone=ZONE,
        seats=seats,
        languages=("en", "fr", "ar"),
        visibility=Visibility.PUBLIC,
        provisional=False,
        apply_from=apply_until - timedelta(weeks=3),
        apply_until=apply_until,
        early_days=3,
        confirm_days=7,
    )
    planned = _at(apply_until - timedelta(weeks=6), 9)
    run = open_run(stage.db, None, stage.course, slug, details, planned)
    move_run(stage.db, stage.staff[0], run, RunStage.APPLICATIONS_OPEN, _at(apply_until - timedelta(weeks=3), 9))
    return run


def _apply(stage: Stage, run: Run, people: list[Person], apply_until: date) -> list[Application]:
    applications = []
    for number, person in enumerate(people):
        at = _at(apply_until - timedelta(days=1 + number % 18), 8 + number % 10)
        written = Written(
            years=1 + number * 7 % 19,
            organisation=person.organisation or "",
            role=person.job or "",
            motivation=MOTIVATION[number % len(MOTIVATION)],
            hours=5 + number % 4,
            consent=True,
            answers={},
        )
        applications.append(submit_application(stage.db, stage.settings, person, run, written, at))
        stage.follow(at)
    return applications


def _admit(stage: Stage, run: Run, people: list[Person], invited: int, apply_until: date) -> None:
    """All of them but some apply and are accepted and confirm; the last are invited."""
    applied = people[: len(people) - invited]
    applications = _apply(stage, run, applied, apply_until)
    coordinator, decided = stage.staff[0], _at(apply_until + timedelta(days=6), 15)
    move_run(stage.db, coordinator, run, RunStage.SELECTING, decided)
    decide(
        stage.db, stage.settings, coordinator, run, applications, ApplicationState.ACCEPTED,
        message="", rest_waits=True, now=decided,
    )  # fmt: skip
    for application, person in zip(applications, applied, strict=True):
        at = decided + timedelta(hours=5 + application.id % 60)
        confirm_place(stage.db, stage.settings, person, run, application, person.language, at)
        stage.follow(at)
    invitees = [Invitee(each.email, each.email, each.name) for each in people[len(people) - invited :]]
    invite(stage.db, stage.settings, coordinator, run, invitees, "en", decided)
    stage.follow(decided)


def _run_in_its_fourth_week(stage: Stage, starts_on: date) -> None:
    apply_until = starts_on - timedelta(weeks=4)
    people = _people(stage.db, slice(0, 2), _at(apply_until - timedelta(weeks=4), 9))
    run = _open(stage, "floors-this-season", f"{starts_on:%B %Y}", starts_on, 40, apply_until)
    _admit(stage, run, people, 6, apply_until)
    move_run(stage.db, stage.staff[0], run, RunStage.RUNNING, _at(starts_on, 7))
    weeks = {KEEPS_UP: 4, BEHIND: 2, CAME_ONCE: 1, NEVER_CAME: 0}
    came = {person.id: weeks[STORY[number % len(STORY)]] for number, person in enumerate(people)}
    _hold_sessions(stage, run, came)
    for person in people:
        _take_part(stage, run, person, came[person.id])
    _mark(stage, run, up_to=2, at=_at(starts_on + timedelta(days=16), 17))
    _talk(stage, run, people)


def _run_that_is_over(stage: Stage, starts_on: date) -> None:
    """Closed long ago: most have their certificate of completion, some one of participation."""
    apply_until = starts_on - timedelta(weeks=4)
    people = _people(stage.db, slice(3, 4), _at(apply_until - timedelta(weeks=4), 9))
    run = _open(stage, "floors-first-season", f"{starts_on:%B %Y}", starts_on, 20, apply_until)
    _admit(stage, run, people, 4, apply_until)
    move_run(stage.db, stage.staff[0], run, RunStage.RUNNING, _at(starts_on, 7))
    came = {person.id: WHOLE_STORY[number % len(WHOLE_STORY)] for number, person in enumerate(people)}
    _hold_sessions(stage, run, came)
    for person in people:
        _take_part(stage, run, person, came[person.id])
    closed = _at(starts_on + timedelta(weeks=12), 10)
    _mark(stage, run, up_to=10, at=closed - timedelta(days=3))
    close_run(stage.db, stage.staff[0], run, closed)
    for enrolment in stage.db.scalars(select(FinalOutcome.enrolment_id).where(FinalOutcome.run_id == run.id)).all():
        settle_outcome(stage.db, stage.settings, enrolment, closed)
        stage.follow(closed)


def _hold_sessions(stage: Stage, run: Run, came: dict[int, int]) -> None:
    """One each Thursday; who came is told by the roll. `came`: so many weeks, by person."""
    modules = package_of_run(stage.db, run).modules
    assert run.starts_on
    seats = {row.person_id: row for row in stage.db.scalars(select(Enrolment).where(Enrolment.run_id == run.id))}
    for week, module in enumerate(modules):
        for activity in module.activities:
            if activity.kind is not ActivityKind.MEETING:
                continue
            details = MeetingDetails(
                MeetingKind.LIVE, activity.key, None, None, None, run.starts_on + timedelta(weeks=week, days=3),
                time(15), ZONE, activity.minutes or 60, "https://meet.example.org/floors",
            )  # fmt: skip
            meeting = plan_meeting(stage.db, stage.staff[0], run, details, _at(run.starts_on - timedelta(days=5), 9))
            after = meeting.starts_at + timedelta(hours=3)
            if after < stage.now:
                present = [seats[each].public_id for each, weeks in came.items() if week < weeks and (each + week) % 7]
                call_roll(stage.db, stage.staff[0], run, meeting, present, after)
                stage.follow(after)


def _take_part(stage: Stage, run: Run, person: Person, weeks: int) -> None:
    """What a participant read, answered and handed in until now, in the first weeks of the run."""
    assert run.starts_on
    found = place(stage.db, person, run.slug, person.language)
    if weeks:
        at = _at(run.starts_on, 20, person.time_zone)
        confirm_certificate_details(
            stage.db, person, found.enrolment, name=person.name, local_name=None, language=person.language, now=at
        )
    for week, module in enumerate(found.reading.package.modules[:weeks]):
        for step, activity in enumerate(module.activities):
            day = run.starts_on + timedelta(weeks=week, days=1 + step % 5)
            at = _at(day, 18 + person.id % 3, person.time_zone)
            if at < stage.now:
                _do(stage, found, person, activity, at)
                stage.follow(at)


def _do(stage: Stage, found: Place, person: Person, activity: Activity, at: datetime) -> None:
    if activity.kind is ActivityKind.LESSON:
        complete_activity(stage.db, person, found.enrolment, activity.key, person.language, at)
    elif activity.kind is ActivityKind.QUIZ:
        _take_quiz(stage, found, person, activity.key, at)
    elif activity.kind is ActivityKind.ASSIGNMENT:
        text = WORKS[(person.id + len(activity.key)) % len(WORKS)]
        hand_in(stage.db, stage.files, stage.settings, person, found, activity.key, Work(text, (), (), 0), at)
    elif activity.kind is ActivityKind.EVALUATION:
        hand_in_evaluation(
            stage.db, person, found.enrolment, activity.key, satisfaction=3 + person.id % 3, expectations=3,
            equipped=3 + person.id % 2, comment=None, language=person.language, now=at,
        )  # fmt: skip


def _take_quiz(stage: Stage, found: Place, person: Person, key: str, at: datetime) -> None:
    attempt = start_attempt(stage.db, person, found, key, at)
    sat = sitting(stage.db, person, attempt.public_id, person.language)
    for number, question in enumerate(attempt.question_keys, start=1):
        asked = sat.asked(question)
        save_answer(
            stage.db, attempt, client="sample-visit", client_seq=number, question_key=question,
            payload=asked.rules.right_answer(asked.question), language=person.language,
            now=at + timedelta(minutes=number),
        )  # fmt: skip
    submit_attempt(stage.db, person, attempt, {}, at + timedelta(minutes=9))


def _mark(stage: Stage, run: Run, *, up_to: int, at: datetime) -> None:
    """What was handed in for the first modules is marked and released; of the next, half is marked."""
    package = package_of_run(stage.db, run)
    for week, module in enumerate(package.modules[: up_to + 1]):
        for activity in module.activities:
            if activity.kind is ActivityKind.ASSIGNMENT:
                _mark_one(stage, run, package.assignments[activity.key], activity.key, whole=week < up_to, at=at)


def _mark_one(stage: Stage, run: Run, assignment: Assignment, key: str, *, whole: bool, at: datetime) -> None:
    query = select(CourseworkWork).join(Enrolment, Enrolment.id == CourseworkWork.enrolment_id)
    query = query.options(joinedload(CourseworkWork.enrolment)).order_by(CourseworkWork.id)
    for work in stage.db.scalars(query.where(Enrolment.run_id == run.id, CourseworkWork.activity == key)).all():
        if not whole and work.id % 2:
            continue
        levels = {each.key: len(each.levels) - 1 for each in assignment.rubric}
        give_grade(
            stage.db, stage.settings, stage.staff[work.id % 2], run, work, Seen(1, 0), outcome=Outcome.GRADED,
            levels=levels, feedback=FEEDBACK[work.id % len(FEEDBACK)], now=at,
        )  # fmt: skip
    if whole:
        release_grades(stage.db, stage.settings, stage.staff[0], run, key, at)
        stage.follow(at)


def _talk(stage: Stage, run: Run, people: list[Person]) -> None:
    """A thread about each of the first discussions, and the first announcement."""
    assert run.starts_on
    modules = package_of_run(stage.db, run).modules
    publish_announcement(
        stage.db, stage.staff[0], run, {"en": Said(*ANNOUNCEMENT)}, source="en", audience=Audience.ALL, value=None,
        by_mail=False, now=_at(run.starts_on, 8),
    )  # fmt: skip
    for week, (title, text, answers) in enumerate(THREADS):
        at = _at(run.starts_on + timedelta(weeks=week, days=1), 9)
        mine = hall(stage.db, people[week], run.slug, "en", at)
        about = next(each for each in topics(mine) if each.activity and each.module == modules[week].key)
        thread = open_thread(stage.db, mine, about, title=title, text=text, lang="en", mentioned=(), now=at)
        for number, answer in enumerate(answers, start=1):
            later = at + timedelta(hours=7 * number)
            theirs = hall(stage.db, people[week + 4 * number], run.slug, "en", later)
            answer_thread(stage.db, theirs, thread, text=answer, lang="en", mentioned=(), now=later)


def _run_that_selects(stage: Stage, starts_on: date) -> None:
    apply_until = today_in(ZONE, stage.now) - timedelta(days=2)
    people = _people(stage.db, slice(2, 3), _at(apply_until - timedelta(weeks=4), 9))
    run = _open(stage, "floors-next-season", f"{starts_on:%B %Y}", starts_on, 12, apply_until)
    applications = _apply(stage, run, people, apply_until)
    read = _at(apply_until + timedelta(days=1), 11)
    move_run(stage.db, stage.staff[0], run, RunStage.SELECTING, _at(apply_until + timedelta(days=1), 9))
    for number, application in enumerate(applications):
        for turn, reviewer in enumerate(stage.staff[: SCORED[number % len(SCORED)]]):
            scores = {
                str(each): (number * 7 + row * (1 + number % 3) + turn * (number % 4)) % 5
                for row, each in enumerate(Criterion)
            }
            score_application(stage.db, reviewer, run, application, scores, read)
