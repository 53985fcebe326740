"""Sessions in people's calendars: letters that invite, change and cancel, reminders, an address to subscribe to.

Letters go to everybody in their own language and with their own time. Each is written once, whatever is tried twice.
"""

from datetime import datetime, timedelta
from email.utils import parseaddr

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, joinedload

from lms.accounts.letters import Words
from lms.accounts.models import Person
from lms.catalog.queries import Reading
from lms.kernel.audit import record_audit
from lms.kernel.i18n import LANGUAGES, SOURCE_LANGUAGE, current_language, format_datetime, use_language
from lms.kernel.mail import ForCalendar, queue_letter
from lms.kernel.models import OutboxJob
from lms.kernel.outbox import enqueue
from lms.meetings import letters
from lms.meetings.exchange.calendar import Mailbox, Method, write_calendar
from lms.meetings.letters import About, When
from lms.meetings.models import CalendarFeed, Meeting
from lms.meetings.policy import ends_at
from lms.meetings.queries import Recipient, calendar_entry, coming_meetings, meetings_near, recipients, title_of
from lms.runs.models import Enrolment, Run
from lms.runs.queries import reading_of_run
from lms.runs.rules import RunStage
from lms.settings import Settings

LEADS = {"day": timedelta(days=1), "hour": timedelta(hours=1)}
"""How long before a session it is reminded of."""

# -- letters about one session


def tell_meeting(db: Session, settings: Settings, public_id: str, sequence: int, now: datetime) -> None:
    """Write to everybody in the run that a session is planned, changed or cancelled. Who was overtaken says nothing."""
    meeting = _meeting(db, public_id)
    if meeting is None or meeting.sequence != sequence or now >= ends_at(meeting):
        return
    everybody = recipients(db, meeting.run_id)
    for each in everybody:
        _invite(db, settings, meeting, each, now)
    if everybody:
        record_audit(db, None, "tell_meeting", f"meeting:{public_id}", now, after={"people": len(everybody)})


def _invite(db: Session, settings: Settings, meeting: Meeting, to: Recipient, now: datetime) -> None:
    with use_language(_language(to.person)):
        reading = reading_of_run(db, meeting.run, current_language().code)
        about = _about(settings, meeting.run, reading, to.person, f"sessions/{meeting.public_id}/")
        when = _when(meeting, title_of(meeting, reading).text, to.person)
        method = Method.REQUEST
        if meeting.cancelled_at is not None:
            method, words = Method.CANCEL, letters.cancelled(about, when, meeting.cancel_reason or "")
        elif meeting.sequence:
            words = letters.changed(about, when, meeting.note)
        else:
            words = letters.invited(about, when, meeting.note)
        entry = calendar_entry(settings, meeting.run, meeting, reading)
        name, address = parseaddr(settings.mail_from)
        text = write_calendar(
            [entry], method=method, sender=Mailbox(name, address), to=Mailbox(to.person.name, to.person.email)
        )
        key = f"meeting:{meeting.public_id}:{meeting.sequence}:{to.enrolment.public_id}"
        _send(db, key, to.person, words, now, ForCalendar(text, method.value))


def ask_for_reminders(db: Session, now: datetime) -> None:
    """Queue a letter a day and an hour before each session, once each; two queries when all are asked for.

    Who planned or changed a session later than that has just told everybody when it is.
    """
    wanted = {}
    for meeting in meetings_near(db, now, LEADS["day"]):
        if meeting.run.stage == RunStage.CLOSED:
            continue
        left = meeting.starts_at - now
        which = "hour" if left <= LEADS["hour"] else "day"
        if meeting.changed_at <= meeting.starts_at - LEADS[which]:
            key = f"meeting.remind:{meeting.public_id}:{meeting.starts_at.isoformat()}:{which}"
            wanted[key] = {"meeting": meeting.public_id, "sequence": meeting.sequence, "which": which}
    asked = set(db.scalars(select(OutboxJob.key).where(OutboxJob.key.in_(wanted)))) if wanted else set()
    for key in sorted(set(wanted) - asked):
        enqueue(db, "meeting.remind", key, wanted[key], now)


def remind(db: Session, settings: Settings, public_id: str, sequence: int, which: str, now: datetime) -> None:
    """Write to everybody in the run that a session begins soon, unless it was changed since, or has begun."""
    meeting = _meeting(db, public_id)
    if meeting is None or meeting.sequence != sequence or meeting.cancelled_at or now >= meeting.starts_at:
        return
    everybody = recipients(db, meeting.run_id)
    for each in everybody:
        with use_language(_language(each.person)):
            reading = reading_of_run(db, meeting.run, current_language().code)
            about = _about(settings, meeting.run, reading, each.person, f"sessions/{public_id}/")
            words = letters.reminder(about, _when(meeting, title_of(meeting, reading).text, each.person))
            key = f"remind:{public_id}:{meeting.starts_at.isoformat()}:{which}:{each.enrolment.public_id}"
            _send(db, key, each.person, words, now)
    if everybody:
        record_audit(db, None, "remind", f"meeting:{public_id}", now, after={"people": len(everybody), "before": which})


# -- letters to who comes and goes


def ask_to_tell_participant(db: Session, enrolment: Enrolment, now: datetime) -> None:
    """Somebody came into a run or left it: their calendar follows, once this is committed."""
    payload = {"enrolment": enrolment.public_id}
    enqueue(db, "meeting.participant", f"meeting.participant:{enrolment.public_id}:{now.isoformat()}", payload, now)


def tell_participant(db: Session, settings: Settings, public_id: str, now: datetime) -> None:
    """All coming sessions of a run to who is in it; to who has left, the same as cancelled. Nothing where none come."""
    query = select(Enrolment).options(joinedload(Enrolment.person), joinedload(Enrolment.run))
    enrolment = db.scalar(query.where(Enrolment.public_id == public_id))
    if enrolment is None or enrolment.person.deleted_at or enrolment.person.suspended_at:
        return
    coming, person, run = coming_meetings(db, enrolment.run_id, now), enrolment.person, enrolment.run
    if not coming:
        return
    left = enrolment.withdrawn_at is not None
    with use_language(_language(person)):
        reading = reading_of_run(db, run, current_language().code)
        about = _about(settings, run, reading, person, "sessions/")
        times = [_when(each, title_of(each, reading).text, person) for each in coming]
        words = letters.farewell(about) if left else letters.welcome(about, times)
        entries = [calendar_entry(settings, run, each, reading) for each in coming]
        method = Method.CANCEL if left else Method.PUBLISH
        name, address = parseaddr(settings.mail_from)
        text = write_calendar(entries, method=method, sender=Mailbox(name, address))
        key = f"meetings:{public_id}:{now.isoformat()}"
        _send(db, key, person, words, now, ForCalendar(text, method.value))
    record_audit(db, None, "tell_participant", f"run:{run.slug}", now, after={"enrolment": public_id})


# -- the address to subscribe to


def make_feed(db: Session, person: Person, now: datetime) -> CalendarFeed:
    """A new address for the person's calendar; an older one is dead from now on."""
    insert = sqlite.insert if db.get_bind().dialect.name == "sqlite" else postgresql.insert
    values = {"person_id": person.id, "number": 0, "active": False, "changed_at": now}
    db.execute(insert(CalendarFeed).values(**values).on_conflict_do_nothing())
    feed = db.get_one(CalendarFeed, person.id, with_for_update=True)
    feed.number, feed.active, feed.changed_at = feed.number + 1, True, now
    db.flush()
    record_audit(db, person, "make_calendar_feed", f"person:{person.public_id}", now)
    return feed


def revoke_feed(db: Session, person: Person, now: datetime) -> None:
    """No address leads to the person's calendar any more."""
    feed = db.get(CalendarFeed, person.id, with_for_update=True)
    if feed is not None and feed.active:
        feed.active, feed.changed_at = False, now
        db.flush()
        record_audit(db, person, "revoke_calendar_feed", f"person:{person.public_id}", now)


# -- smaller steps


def _meeting(db: Session, public_id: str) -> Meeting | None:
    return db.scalar(select(Meeting).options(joinedload(Meeting.run)).where(Meeting.public_id == public_id))


def _language(person: Person) -> str:
    return person.language if person.language in LANGUAGES else SOURCE_LANGUAGE


def _about(settings: Settings, run: Run, reading: Reading, person: Person, page: str) -> About:
    return About(
        name=person.name,
        platform=settings.platform_name,
        course=" ".join(reading.text("course", reading.package.title).text.split()),
        run=run.title or "",
        link=f"{settings.base_url}/{current_language().code}/learn/{run.slug}/{page}",
    )


def _when(meeting: Meeting, title: str, person: Person) -> When:
    return When(
        title=" ".join(title.split()),
        your_time=format_datetime(meeting.starts_at, person.time_zone),
        session_time=format_datetime(meeting.starts_at, meeting.time_zone),
        zone=meeting.time_zone,
    )


def _send(
    db: Session, key: str, person: Person, words: Words, now: datetime, calendar: ForCalendar | None = None
) -> None:
    queue_letter(
        db,
        key=key,
        to_name=person.name,
        to_email=person.email,
        subject=words.subject,
        text=words.text,
        language=current_language().code,
        now=now,
        calendar=calendar,
    )
