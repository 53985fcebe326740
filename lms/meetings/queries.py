"""Reads of live sessions: when they are, who attended, what was asked, what stands in calendars."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import func, literal, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from lms.accounts.models import Person
from lms.accounts.rules import LEADING, TEACHING
from lms.catalog.models import Course
from lms.catalog.queries import Reading
from lms.catalog.source.parts import ActivityKind
from lms.kernel.i18n import current_language
from lms.kernel.refusals import NotFound, Refused
from lms.meetings.exchange.calendar import Entry
from lms.meetings.links import read_feed_token
from lms.meetings.models import (
    AttendanceEvidence,
    AttendanceLine,
    AttendanceReport,
    CalendarFeed,
    Meeting,
    Question,
    QuestionVote,
)
from lms.meetings.policy import ends_at, may_join
from lms.meetings.rules import Evidence, EvidenceKind, MeetingKind, Wall, credited_minutes, on_the_wall
from lms.runs.models import Enrolment, Run
from lms.runs.queries import Participant, participants, reading_of_run
from lms.settings import Settings
from lms.translation.rules import Passage

# -- sessions


@dataclass(frozen=True, slots=True)
class MeetingLine:
    """A session on a page."""

    public_id: str
    kind: MeetingKind
    activity: str | None
    title: Passage
    note: str | None
    resource_persons: str | None
    starts_at: datetime
    ends_at: datetime
    zone: str
    minutes: int
    cancelled: bool
    cancel_reason: str | None
    over: bool
    skipped: bool
    """Its hour does not exist on that day: the clocks are put forward over it."""
    refused: str | None
    """Why the room cannot be entered now, where that is so."""
    recording_url: str | None
    recording_bytes: int | None
    slides_url: str | None
    slides_bytes: int | None


def meeting_in(db: Session, run: Run, public_id: str) -> Meeting:
    """NotFound for any other run's."""
    found = db.scalar(select(Meeting).where(Meeting.run_id == run.id, Meeting.public_id == public_id))
    if found is None:
        raise NotFound
    return found


def meetings_of(db: Session, run: Run) -> list[Meeting]:
    """All of a run, in the order of their times."""
    found = db.scalars(select(Meeting).where(Meeting.run_id == run.id))
    return sorted(found, key=lambda each: (each.starts_at, each.id))


def meeting_lines(
    db: Session, run: Run, reading: Reading, now: datetime, activity: str | None = None
) -> list[MeetingLine]:
    """The sessions of a run as somebody reads them; with `activity`, those that are this activity of the course."""
    found = [each for each in meetings_of(db, run) if activity is None or each.activity == activity]
    return [meeting_line(each, reading, now) for each in found]


def meeting_line(meeting: Meeting, reading: Reading, now: datetime) -> MeetingLine:
    verdict = may_join(meeting, now)
    return MeetingLine(
        public_id=meeting.public_id,
        kind=MeetingKind(meeting.kind),
        activity=meeting.activity,
        title=title_of(meeting, reading),
        note=meeting.note,
        resource_persons=meeting.resource_persons,
        starts_at=meeting.starts_at,
        ends_at=ends_at(meeting),
        zone=meeting.time_zone,
        minutes=meeting.minutes,
        cancelled=meeting.cancelled_at is not None,
        cancel_reason=meeting.cancel_reason,
        over=now >= ends_at(meeting),
        skipped=on_the_wall(meeting.held_on, meeting.hour, meeting.time_zone) is Wall.NEVER,
        refused=verdict.reason if isinstance(verdict, Refused) else None,
        recording_url=meeting.recording_url,
        recording_bytes=meeting.recording_bytes,
        slides_url=meeting.slides_url,
        slides_bytes=meeting.slides_bytes,
    )


def title_of(meeting: Meeting, reading: Reading) -> Passage:
    """Its own, or the activity's in the reader's language; what the course no longer has keeps its key."""
    activity = reading.package.activity(meeting.activity) if meeting.activity else None
    if meeting.title is None and activity is not None:
        return reading.text("course", activity.title)
    reader = current_language()
    return Passage(meeting.title or meeting.activity or "", reader.code, reader.dir)


def activities_to_hold(reading: Reading) -> list[tuple[str, Passage]]:
    """The live sessions that the course names, by key and title."""
    return [
        (each.key, reading.text("course", each.title))
        for each in reading.package.activities
        if each.kind == ActivityKind.MEETING
    ]


def zones_of_roster(db: Session, run: Run) -> dict[str, int]:
    """How many participants live by the clocks of each zone."""
    query = (
        select(Person.time_zone, func.count().label("people"))
        .join(Enrolment, Enrolment.person_id == Person.id)
        .where(Enrolment.run_id == run.id, Enrolment.withdrawn_at.is_(None))
        .group_by(Person.time_zone)
    )
    return {row.time_zone: row.people for row in db.execute(query)}


# -- attendance


@dataclass(frozen=True, slots=True)
class Attended:
    """A participant in one session, and all that tells it."""

    person: Participant
    minutes: int
    clicked: bool
    told: tuple[EvidenceKind, ...]
    """What there is about them, each kind once."""

    @property
    def absent(self) -> bool:
        """Expected, and nothing tells that they came."""
        return self.minutes == 0 and not self.clicked


def attendance(db: Session, run: Run, meeting: Meeting) -> list[Attended]:
    """Everybody who was expected, and whoever else there is evidence about, by name."""
    told: dict[int, list[AttendanceEvidence]] = defaultdict(list)
    for each in db.scalars(_evidence(meeting)):
        told[each.enrolment_id].append(each)
    return [
        Attended(
            person=person,
            minutes=credited_minutes(map(_weighed, told[person.enrolment_id]), meeting.minutes),
            clicked=any(each.kind == EvidenceKind.CLICK for each in told[person.enrolment_id]),
            told=tuple(kind for kind in EvidenceKind if any(each.kind == kind for each in told[person.enrolment_id])),
        )
        for person in participants(db, run, withdrawn=True)
        if is_expected(person.withdrawn_at, meeting) or told[person.enrolment_id]
    ]


def is_expected(withdrawn_at: datetime | None, meeting: Meeting) -> bool:
    """Whether a participant had not left the run by then."""
    return withdrawn_at is None or withdrawn_at > meeting.starts_at


def _evidence(meeting: Meeting) -> Any:
    return (
        select(AttendanceEvidence)
        .where(AttendanceEvidence.meeting_id == meeting.id)
        .order_by(AttendanceEvidence.told_at, AttendanceEvidence.id)
    )


def _weighed(evidence: AttendanceEvidence) -> Evidence:
    spans = tuple((datetime.fromisoformat(begin), datetime.fromisoformat(end)) for begin, end in evidence.spans)
    return Evidence(EvidenceKind(evidence.kind), evidence.minutes, spans)


def evidence_about(db: Session, meeting: Meeting, enrolment: Enrolment) -> Sequence[AttendanceEvidence]:
    """All that was ever told about one participant in one session, the oldest first."""
    query = _evidence(meeting).where(AttendanceEvidence.enrolment_id == enrolment.id)
    return db.scalars(query.options(joinedload(AttendanceEvidence.told_by))).all()


def minutes_of(db: Session, meeting: Meeting, enrolment: Enrolment) -> int:
    query = _evidence(meeting).where(AttendanceEvidence.enrolment_id == enrolment.id)
    return credited_minutes(map(_weighed, db.scalars(query)), meeting.minutes)


def minutes_by_meeting(db: Session, enrolments: Sequence[int]) -> dict[int, dict[int, int]]:
    """Minutes of live sessions credited, by enrolment and session; of cancelled sessions nothing counts."""
    told: dict[int, dict[int, list[Evidence]]] = defaultdict(lambda: defaultdict(list))
    planned: dict[int, int] = {}
    query = (
        select(AttendanceEvidence, Meeting.minutes)
        .join(Meeting, Meeting.id == AttendanceEvidence.meeting_id)
        .where(AttendanceEvidence.enrolment_id.in_(enrolments), Meeting.cancelled_at.is_(None))
        .order_by(AttendanceEvidence.told_at, AttendanceEvidence.id)
    )
    for evidence, minutes in db.execute(query):
        planned[evidence.meeting_id] = minutes
        told[evidence.enrolment_id][evidence.meeting_id].append(_weighed(evidence))
    return {
        enrolment: {meeting: credited_minutes(each, planned[meeting]) for meeting, each in meetings.items()}
        for enrolment, meetings in told.items()
    }


def minutes_attended(db: Session, enrolments: Sequence[int]) -> dict[int, int]:
    """Whole minutes of live sessions credited, by enrolment; 0 for who attended nothing."""
    credited = minutes_by_meeting(db, enrolments)
    return {enrolment: sum(credited.get(enrolment, {}).values()) for enrolment in enrolments}


def reports_of(db: Session, meeting: Meeting) -> Sequence[AttendanceReport]:
    query = select(AttendanceReport).where(AttendanceReport.meeting_id == meeting.id)
    return db.scalars(query.order_by(AttendanceReport.imported_at, AttendanceReport.id)).all()


def waiting_lines(db: Session, meeting: Meeting) -> Sequence[AttendanceLine]:
    """Lines of reports of which nobody has said yet whose they are."""
    query = (
        select(AttendanceLine)
        .join(AttendanceReport, AttendanceReport.id == AttendanceLine.report_id)
        .where(AttendanceReport.meeting_id == meeting.id, AttendanceLine.decision.is_(None))
    )
    return db.scalars(query.order_by(AttendanceLine.name, AttendanceLine.id)).all()


def line_of(db: Session, meeting: Meeting, public_id: str) -> AttendanceLine:
    """NotFound for another session's."""
    query = (
        select(AttendanceLine)
        .join(AttendanceReport, AttendanceReport.id == AttendanceLine.report_id)
        .where(AttendanceReport.meeting_id == meeting.id, AttendanceLine.public_id == public_id)
    )
    found = db.scalar(query.options(joinedload(AttendanceLine.report)))
    if found is None:
        raise NotFound
    return found


# -- clinics


@dataclass(frozen=True, slots=True)
class QuestionLine:
    public_id: str
    text: str
    asked_at: datetime
    by: str
    """For those who teach; the other participants do not see who asks."""
    mine: bool
    votes: int
    voted: bool
    answer: str | None
    answered_by: str | None


def questions_of(db: Session, meeting: Meeting, reader: Enrolment | None = None) -> list[QuestionLine]:
    """What was sent to a clinic, the most wanted first."""
    votes: dict[int, set[int]] = defaultdict(set)
    cast = select(QuestionVote).join(Question, Question.id == QuestionVote.question_id)
    for vote in db.scalars(cast.where(Question.meeting_id == meeting.id)):
        votes[vote.question_id].add(vote.enrolment_id)
    query = (
        select(Question)
        .options(joinedload(Question.enrolment).joinedload(Enrolment.person), joinedload(Question.answered_by))
        .where(Question.meeting_id == meeting.id, Question.text != "")
        .order_by(Question.asked_at, Question.id)
    )
    lines = [
        QuestionLine(
            public_id=each.public_id,
            text=each.text,
            asked_at=each.asked_at,
            by=each.enrolment.person.name,
            mine=reader is not None and each.enrolment_id == reader.id,
            votes=len(votes[each.id]),
            voted=reader is not None and reader.id in votes[each.id],
            answer=each.answer,
            answered_by=each.answered_by.name if each.answered_by else None,
        )
        for each in db.scalars(query)
    ]
    return sorted(lines, key=lambda line: -line.votes)


def question_of(db: Session, meeting: Meeting, public_id: str) -> Question:
    """NotFound for another session's."""
    found = db.scalar(select(Question).where(Question.meeting_id == meeting.id, Question.public_id == public_id))
    if found is None or not found.text:
        raise NotFound
    return found


# -- calendars


def calendar_entry(settings: Settings, run: Run, meeting: Meeting, reading: Reading, *, teaches: bool = False) -> Entry:
    """A session as it stands in a calendar, in the language of the moment. It leads to a page of ours, never straight
    to the room.
    """
    language = current_language().code
    place = f"teaching/{run.slug}" if teaches else f"learn/{run.slug}"
    course = reading.text("course", reading.package.title).text
    url = f"{settings.base_url}/{language}/{place}/sessions/{meeting.public_id}/"
    return Entry(
        uid=f"{meeting.public_id}@{urlsplit(settings.base_url).hostname}",
        sequence=meeting.sequence,
        summary=f"{course}: {title_of(meeting, reading).text}",
        description="\n\n".join(filter(None, [meeting.note, url])),
        url=url,
        starts_at=meeting.starts_at,
        zone=meeting.time_zone,
        minutes=meeting.minutes,
        cancelled=meeting.cancelled_at is not None,
        changed_at=meeting.changed_at,
    )


def who_subscribes(db: Session, settings: Settings, token: str) -> Person:
    """The person whose calendar address this is, with their roles. NotFound when it is not ours, was revoked, or the
    account is closed.
    """
    read = read_feed_token(settings, token)
    if read is None:
        raise NotFound
    query = (
        select(Person)
        .options(selectinload(Person.grants))
        .join(CalendarFeed, CalendarFeed.person_id == Person.id)
        .where(Person.public_id == read[0], CalendarFeed.number == read[1], CalendarFeed.active.is_(True))
        .where(Person.deleted_at.is_(None), Person.suspended_at.is_(None))
    )
    found = db.scalar(query)
    if found is None:
        raise NotFound
    return found


def feed_of(db: Session, person: Person) -> CalendarFeed | None:
    found = db.get(CalendarFeed, person.id)
    return found if found is not None and found.active else None


def calendar_of(db: Session, settings: Settings, person: Person, now: datetime) -> list[Entry]:
    """All sessions of the runs the person takes part in, and of those they were given to teach or lead."""
    runs: dict[int, tuple[Run, bool]] = {}
    scopes = [each.scope for each in person.grants if each.role in (*LEADING, *TEACHING) and each.valid_at(now)]
    in_hand = [(literal("run:") + Run.slug).in_(scopes), (literal("course:") + Course.slug).in_(scopes)]
    query = select(Run).join(Course, Course.id == Run.course_id).where(Run.stage.is_not(None))
    for run in db.scalars(query.where(or_(*in_hand))) if scopes else ():
        runs[run.id] = (run, True)
    mine = select(Run).join(Enrolment, Enrolment.run_id == Run.id)
    for run in db.scalars(mine.where(Enrolment.person_id == person.id, Enrolment.withdrawn_at.is_(None))):
        runs[run.id] = (run, False)
    return list(_entries(db, settings, runs))


def _entries(db: Session, settings: Settings, runs: Mapping[int, tuple[Run, bool]]) -> Iterable[Entry]:
    meetings = db.scalars(select(Meeting).where(Meeting.run_id.in_(runs)).order_by(Meeting.held_on, Meeting.id)).all()
    readings = {
        run_id: reading_of_run(db, runs[run_id][0], current_language().code)
        for run_id in {each.run_id for each in meetings}
    }
    for meeting in meetings:
        run, teaches = runs[meeting.run_id]
        yield calendar_entry(settings, run, meeting, readings[run.id], teaches=teaches)


@dataclass(frozen=True, slots=True)
class Recipient:
    """A participant, as letters need them."""

    enrolment: Enrolment
    person: Person


def recipients(db: Session, run_id: int) -> list[Recipient]:
    """Everybody in a run who can be written to."""
    query = (
        select(Enrolment, Person)
        .join(Person, Person.id == Enrolment.person_id)
        .where(Enrolment.run_id == run_id, Enrolment.withdrawn_at.is_(None))
        .where(Person.deleted_at.is_(None), Person.suspended_at.is_(None))
        .order_by(Enrolment.id)
    )
    return [Recipient(enrolment, person) for enrolment, person in db.execute(query)]


def meetings_near(db: Session, now: datetime, ahead: timedelta) -> Sequence[Meeting]:
    """Sessions that begin within so long, whatever day it is where they are held."""
    days = (now - timedelta(days=2)).date(), (now + ahead + timedelta(days=2)).date()
    query = select(Meeting).options(joinedload(Meeting.run)).where(Meeting.held_on.between(*days))
    found = db.scalars(query.where(Meeting.cancelled_at.is_(None)).order_by(Meeting.id))
    return [each for each in found if now < each.starts_at <= now + ahead]


def coming_meetings(db: Session, run_id: int, now: datetime) -> list[Meeting]:
    """What is still to be held."""
    found = db.scalars(select(Meeting).where(Meeting.run_id == run_id, Meeting.cancelled_at.is_(None)))
    return sorted((each for each in found if now < each.starts_at), key=lambda each: (each.starts_at, each.id))
