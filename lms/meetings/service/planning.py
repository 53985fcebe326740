"""Sessions are planned, changed and cancelled; afterwards recording and slides are found beside them."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lms.accounts.models import Person
from lms.accounts.rules import time_zones
from lms.catalog.source.parts import ActivityKind
from lms.kernel.audit import record_audit
from lms.kernel.i18n import _, format_time
from lms.kernel.outbox import enqueue
from lms.kernel.refusals import Conflict, Denied, Invalid, require
from lms.meetings.models import Meeting
from lms.meetings.policy import ends_at, may_hold
from lms.meetings.rules import LONGEST, SHORTEST, MeetingKind, Wall, on_the_wall, starts_at
from lms.runs.models import Run
from lms.runs.queries import package_of_run


@dataclass(frozen=True, slots=True)
class MeetingDetails:
    """What is said about a session when it is planned or changed."""

    kind: MeetingKind
    activity: str | None
    title: str | None
    note: str | None
    resource_persons: str | None
    held_on: date
    hour: time
    time_zone: str
    minutes: int
    link: str | None


NOT_IN_CALENDARS = {"link", "resource_persons"}


def plan_meeting(db: Session, actor: Person, run: Run, details: MeetingDetails, now: datetime) -> Meeting:
    """Plan a session and invite everybody in the run. Raises Denied, and Invalid: also for an hour that does not exist
    on that day.
    """
    require(may_hold(actor, run.course.slug, run, now))
    _check(db, run, details)
    meeting = Meeting(run_id=run.id, created_at=now, changed_at=now, **_columns(details))
    db.add(meeting)
    db.flush()
    record_audit(db, actor, "plan_meeting", f"run:{run.slug}", now, after=_told(meeting))
    _tell(db, meeting, now)
    return meeting


def change_meeting(
    db: Session, actor: Person, run: Run, meeting: Meeting, sequence: int, details: MeetingDetails, now: datetime
) -> None:
    """Another hour, title or length goes to every calendar; another link to the page alone. The kind stays.

    Raises as `plan_meeting` does, and Conflict when somebody else changed it or it is cancelled.
    """
    require(may_hold(actor, run.course.slug, run, now))
    details = replace(details, kind=MeetingKind(meeting.kind))
    _check(db, run, details)
    before, columns = _told(meeting), _columns(details)
    changed = {name for name, value in columns.items() if getattr(meeting, name) != value}
    if not changed:
        return
    values: dict[str, Any] = dict(columns)
    if changed - NOT_IN_CALENDARS:
        values |= {"sequence": Meeting.sequence + 1, "changed_at": now}
    _swap(db, meeting, sequence, values)
    record_audit(db, actor, "change_meeting", f"run:{run.slug}", now, before=before, after=_told(meeting))
    if changed - NOT_IN_CALENDARS:
        _tell(db, meeting, now)


def cancel_meeting(db: Session, actor: Person, run: Run, meeting: Meeting, *, reason: str, now: datetime) -> None:
    """It does not take place: it stays on the pages and in calendars as cancelled. Raises Denied, Invalid, Conflict."""
    require(may_hold(actor, run.course.slug, run, now))
    if not reason.strip():
        raise Invalid({"reason": _("Say why, in a sentence for the participants.")})
    if now >= ends_at(meeting):
        raise Conflict(_("This session is over."))
    values = {"cancelled_at": now, "cancel_reason": reason.strip(), "sequence": Meeting.sequence + 1, "changed_at": now}
    _swap(db, meeting, meeting.sequence, values)
    record_audit(db, actor, "cancel_meeting", f"run:{run.slug}", now, after=_told(meeting, reason=reason.strip()))
    _tell(db, meeting, now)


@dataclass(frozen=True, slots=True)
class Materials:
    """What is left of a session, with the bytes that whoever opens it loads."""

    recording_url: str | None
    recording_bytes: int | None
    slides_url: str | None
    slides_bytes: int | None


def set_materials(db: Session, actor: Person, run: Run, meeting: Meeting, materials: Materials, now: datetime) -> None:
    """Say where recording and slides are. A hangout has none."""
    require(may_hold(actor, run.course.slug, run, now))
    if meeting.kind == MeetingKind.HANGOUT:
        raise Denied(_("Hangouts are never recorded."))
    wrong = {}
    for name in ("recording", "slides"):
        url, size = getattr(materials, f"{name}_url"), getattr(materials, f"{name}_bytes")
        if url and not _is_link(url):
            wrong[name] = _("Write an address that begins with https://.")
        elif url and not size:
            wrong[f"{name}_size"] = _("Write how large it is, so that people on slow lines can decide.")
    if wrong:
        raise Invalid(wrong)
    for name in ("recording", "slides"):
        url = getattr(materials, f"{name}_url")
        setattr(meeting, f"{name}_url", url)
        setattr(meeting, f"{name}_bytes", getattr(materials, f"{name}_bytes") if url else None)
    db.flush()
    told = _told(meeting, recording=meeting.recording_url or "", slides=meeting.slides_url or "")
    record_audit(db, actor, "set_materials", f"run:{run.slug}", now, after=told)


def count_heads(db: Session, actor: Person, run: Run, meeting: Meeting, heads: int, now: datetime) -> None:
    """How many came to a hangout: the one thing that is kept about it."""
    require(may_hold(actor, run.course.slug, run, now))
    if meeting.kind != MeetingKind.HANGOUT:
        raise Denied(_("Only in hangouts heads are counted; here attendance is told by name."))
    if now < meeting.starts_at:
        raise Conflict(_("This session has not begun yet."))
    meeting.headcount = heads
    db.flush()
    record_audit(db, actor, "count_heads", f"run:{run.slug}", now, after=_told(meeting, heads=heads))


def copy_meetings(db: Session, run: Run, copy: Run, days: int, now: datetime) -> None:
    """The same sessions in a copied run: so many days later, at the same hour on the wall, without rooms."""
    kept = ("kind", "activity", "title", "note", "resource_persons", "hour", "time_zone", "minutes")
    query = select(Meeting).where(Meeting.run_id == run.id, Meeting.cancelled_at.is_(None)).order_by(Meeting.id)
    for each in db.scalars(query):
        values = {name: getattr(each, name) for name in kept}
        moved = each.held_on + timedelta(days=days)
        db.add(Meeting(run_id=copy.id, held_on=moved, created_at=now, changed_at=now, **values))
    db.flush()


def _tell(db: Session, meeting: Meeting, now: datetime) -> None:
    """Everybody in the run gets a letter, once this is committed."""
    payload = {"meeting": meeting.public_id, "sequence": meeting.sequence}
    enqueue(db, "meeting.tell", f"meeting.tell:{meeting.public_id}:{meeting.sequence}", payload, now)


def _swap(db: Session, meeting: Meeting, sequence: int, values: dict[str, Any]) -> None:
    change = update(Meeting).where(
        Meeting.id == meeting.id, Meeting.sequence == sequence, Meeting.cancelled_at.is_(None)
    )
    if not db.execute(change.values(**values).returning(Meeting.id)).all():
        db.refresh(meeting)
        if meeting.cancelled_at is not None:
            raise Conflict(_("This session is cancelled."))
        raise Conflict(_("Somebody else changed this session. Look at it again and repeat what is still to be done."))
    db.refresh(meeting)


def _check(db: Session, run: Run, details: MeetingDetails) -> None:
    wrong = {}
    known = {each.key for each in package_of_run(db, run).activities if each.kind == ActivityKind.MEETING}
    if details.activity is not None and details.activity not in known:
        wrong["activity"] = _("Choose one from the list.")
    if details.activity is None and not details.title:
        wrong["title"] = _("Write a title, or choose the live session of the course that it is.")
    if not SHORTEST <= details.minutes <= LONGEST:
        wrong["minutes"] = _("A session takes between %(least)s and %(most)s minutes.", least=SHORTEST, most=LONGEST)
    if details.link and not _is_link(details.link):
        wrong["link"] = _("Write an address that begins with https://.")
    if details.time_zone not in time_zones():
        wrong["time_zone"] = _("Choose one from the list.")
    elif on_the_wall(details.held_on, details.hour, details.time_zone) is Wall.NEVER:
        moment = starts_at(details.held_on, details.hour, details.time_zone)
        wrong["hour"] = _(
            "This hour does not exist on that day: clocks in %(zone)s are put forward over it. The next hour that"
            " exists is %(hour)s.",
            zone=details.time_zone,
            hour=format_time(moment.astimezone(ZoneInfo(details.time_zone)), details.time_zone),
        )
    if wrong:
        raise Invalid(wrong)


def _is_link(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("https", "http") and bool(parts.hostname) and not any(each.isspace() for each in text)


def _columns(details: MeetingDetails) -> dict[str, Any]:
    return {
        "kind": details.kind.value,
        "activity": details.activity,
        "title": details.title,
        "note": details.note,
        "resource_persons": details.resource_persons if details.kind is MeetingKind.CLINIC else None,
        "held_on": details.held_on,
        "hour": details.hour,
        "time_zone": details.time_zone,
        "minutes": details.minutes,
        "link": details.link,
    }


def details_of(meeting: Meeting) -> MeetingDetails:
    return MeetingDetails(
        kind=MeetingKind(meeting.kind),
        activity=meeting.activity,
        title=meeting.title,
        note=meeting.note,
        resource_persons=meeting.resource_persons,
        held_on=meeting.held_on,
        hour=meeting.hour,
        time_zone=meeting.time_zone,
        minutes=meeting.minutes,
        link=meeting.link,
    )


def _told(meeting: Meeting, **more: object) -> dict[str, Any]:
    """For the audit log: which session, and when it is."""
    return {
        "meeting": meeting.public_id,
        "on": meeting.held_on.isoformat(),
        "hour": meeting.hour.isoformat("minutes"),
        "zone": meeting.time_zone,
        "minutes": meeting.minutes,
    } | more
