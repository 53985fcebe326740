"""Who was there, as evidence that is added and never changed: clicks, reports, roll calls, corrections."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lms.accounts.models import Person
from lms.accounts.rules import time_zones
from lms.kernel import events
from lms.kernel.audit import record_audit
from lms.kernel.i18n import _
from lms.kernel.refusals import Conflict, Invalid, require
from lms.meetings.exchange.reports import Line, Unreadable, UnreadableReport, read_report
from lms.meetings.models import AttendanceEvidence, AttendanceLine, AttendanceReport, Meeting
from lms.meetings.policy import ends_at, may_hold, may_join, may_tell_attendance
from lms.meetings.queries import attendance, is_expected, minutes_of
from lms.meetings.rules import Decision, EvidenceKind, MeetingKind, Span, Unmatched, minutes_in
from lms.runs.models import Enrolment, Run
from lms.runs.queries import Participant, participants


def enter_room(db: Session, person: Person, enrolment: Enrolment, meeting: Meeting, now: datetime) -> str:
    """Where the room is, for who goes there now; that they went is noted, but for hangouts. Raises Denied."""
    require(may_join(meeting, now))
    assert meeting.link is not None
    if meeting.kind != MeetingKind.HANGOUT:
        _tell(db, meeting, enrolment.id, EvidenceKind.CLICK, person, now, minutes=None)
        record_audit(db, person, "enter_room", f"meeting:{meeting.public_id}", now)
    return meeting.link


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of a report."""

    provider: str
    people: int
    credited: int

    @property
    def waiting(self) -> int:
        return self.people - self.credited


def import_report(
    db: Session, actor: Person, run: Run, meeting: Meeting, data: bytes, zone: str, now: datetime
) -> Imported:
    """Credit whom the report names by exact address or registration; all else waits, with the reason.

    Raises Denied, Invalid for what cannot be read, and Conflict for the same file again.
    """
    _require(actor, run, meeting, now)
    if zone not in time_zones():
        raise Invalid({"time_zone": _("Choose one from the list.")})
    try:
        report = read_report(data, zone, (meeting.starts_at, ends_at(meeting)))
    except UnreadableReport as error:
        raise Invalid(
            {"time_zone" if error.why is Unreadable.ANOTHER_TIME else "report": _sentence(error.why)}
        ) from error
    people = participants(db, run, withdrawn=True)
    found = [(line, _whose(line, people, meeting)) for line in report.lines]
    credited = [(line, whose) for line, whose in found if not isinstance(whose, Unmatched)]
    kept = AttendanceReport(
        meeting_id=meeting.id,
        provider=report.provider.value,
        digest=sha256(data).hexdigest(),
        time_zone=zone,
        people=len(found),
        credited=len(credited),
        imported_by_id=actor.id,
        imported_at=now,
    )
    _keep_once(db, kept)
    for line, whose in credited:
        _credit(db, meeting, whose, kept, line.spans, actor, now)
    for line, why in found:
        if isinstance(why, Unmatched):
            _let_wait(db, kept, line, why)
    db.flush()
    told = {"meeting": meeting.public_id, "provider": kept.provider, "people": len(found), "credited": len(credited)}
    record_audit(db, actor, "import_attendance", f"run:{run.slug}", now, after=told)
    return Imported(kept.provider, len(found), len(credited))


def _keep_once(db: Session, report: AttendanceReport) -> None:
    try:
        with db.begin_nested():
            db.add(report)
            db.flush()
    except IntegrityError as error:
        raise Conflict(_("This report was taken in already.")) from error


def _whose(line: Line, people: Collection[Participant], meeting: Meeting) -> int | Unmatched:
    """The enrolment of the one person this line names exactly. A name names nobody."""
    if not line.addresses and line.registration is None:
        return Unmatched.NO_ADDRESS
    found = {
        each.enrolment_id: each
        for each in people
        if each.email in line.addresses or (line.registration is not None and each.public_id == line.registration)
    }
    if len(found) != 1:
        return Unmatched.UNKNOWN
    [person] = found.values()
    return person.enrolment_id if is_expected(person.withdrawn_at, meeting) else Unmatched.LEFT


def _let_wait(db: Session, report: AttendanceReport, line: Line, why: Unmatched) -> None:
    db.add(
        AttendanceLine(
            report_id=report.id,
            name=line.name,
            email=line.addresses[0] if line.addresses else None,
            spans=_as_json(line.spans),
            minutes=minutes_in(line.spans),
            why=why.value,
        )
    )


def credit_line(
    db: Session, actor: Person, run: Run, meeting: Meeting, line: AttendanceLine, enrolment: Enrolment, now: datetime
) -> None:
    """Say whose a waiting line is. Raises Denied, and Conflict when somebody has said so already."""
    _require(actor, run, meeting, now)
    _decide(db, line, Decision.CREDITED, actor, now, enrolment_id=enrolment.id)
    spans = tuple((datetime.fromisoformat(begin), datetime.fromisoformat(end)) for begin, end in line.spans)
    _credit(db, meeting, enrolment.id, line.report, spans, actor, now)
    told = {"meeting": meeting.public_id, "line": line.public_id, "enrolment": enrolment.public_id}
    record_audit(db, actor, "credit_line", f"run:{run.slug}", now, after=told)


def dismiss_line(db: Session, actor: Person, run: Run, meeting: Meeting, line: AttendanceLine, now: datetime) -> None:
    """Say that a waiting line is no participant's: a guest, or one of those who teach."""
    _require(actor, run, meeting, now)
    _decide(db, line, Decision.DISMISSED, actor, now)
    told = {"meeting": meeting.public_id, "line": line.public_id}
    record_audit(db, actor, "dismiss_line", f"run:{run.slug}", now, after=told)


def _decide(
    db: Session, line: AttendanceLine, decision: Decision, actor: Person, now: datetime, enrolment_id: int | None = None
) -> None:
    change = update(AttendanceLine).where(AttendanceLine.id == line.id, AttendanceLine.decision.is_(None))
    values = {"decision": decision.value, "decided_by_id": actor.id, "decided_at": now, "enrolment_id": enrolment_id}
    if not db.execute(change.values(**values).returning(AttendanceLine.id)).all():
        raise Conflict(_("Somebody has decided about this line already."))


def call_roll(db: Session, actor: Person, run: Run, meeting: Meeting, present: Collection[str], now: datetime) -> None:
    """Everybody who was expected is told present, for the whole session, or absent: by the public ids of enrolments.

    Calling again tells only what is different from the last time.
    """
    _require(actor, run, meeting, now)
    last: dict[int, int] = {}
    query = select(AttendanceEvidence).where(
        AttendanceEvidence.meeting_id == meeting.id, AttendanceEvidence.kind == EvidenceKind.ROLL_CALL
    )
    for each in db.scalars(query.order_by(AttendanceEvidence.id)):
        last[each.enrolment_id] = each.minutes or 0
    count = 0
    for row in attendance(db, run, meeting):
        minutes = meeting.minutes if row.person.public_id in present else 0
        if last.get(row.person.enrolment_id) != minutes:
            _tell(db, meeting, row.person.enrolment_id, EvidenceKind.ROLL_CALL, actor, now, minutes=minutes)
        count += minutes > 0
    db.flush()
    told = {"meeting": meeting.public_id, "present": count}
    record_audit(db, actor, "call_roll", f"run:{run.slug}", now, after=told)


def correct_attendance(
    db: Session, actor: Person, run: Run, meeting: Meeting, enrolment: Enrolment, *, minutes: int, reason: str,
    now: datetime,
) -> None:  # fmt: skip
    """What counts from now on, whatever else was told. Raises Denied, and Invalid without a reason."""
    _require(actor, run, meeting, now)
    wrong = {}
    if not reason.strip():
        wrong["reason"] = _("Say why, so that it can be understood later.")
    if not 0 <= minutes <= meeting.minutes:
        wrong["minutes"] = _("Write at most the %(minutes)s minutes of the session.", minutes=meeting.minutes)
    if wrong:
        raise Invalid(wrong)
    before = minutes_of(db, meeting, enrolment)
    _tell(db, meeting, enrolment.id, EvidenceKind.CORRECTION, actor, now, minutes=minutes, reason=reason.strip())
    told = {"meeting": meeting.public_id, "enrolment": enrolment.public_id, "minutes": minutes}
    record_audit(
        db, actor, "correct_attendance", f"run:{run.slug}", now, before={"minutes": before},
        after=told | {"reason": reason.strip()},
    )  # fmt: skip


def _require(actor: Person, run: Run, meeting: Meeting, now: datetime) -> None:
    require(may_hold(actor, run.course.slug, run, now))
    require(may_tell_attendance(meeting, now))


def _credit(
    db: Session, meeting: Meeting, enrolment: int, report: AttendanceReport, spans: Collection[Span], actor: Person,
    now: datetime,
) -> None:  # fmt: skip
    _tell(
        db, meeting, enrolment, EvidenceKind.REPORT, actor, now, minutes=min(minutes_in(spans), 1440),
        spans=_as_json(spans), report_id=report.id,
    )  # fmt: skip


def _tell(
    db: Session, meeting: Meeting, enrolment: int, kind: EvidenceKind, by: Person, now: datetime, **facts: Any
) -> None:
    """Add one thing that is known. Who has attended has done what the course asks for."""
    evidence = AttendanceEvidence(
        meeting_id=meeting.id, meeting_kind=meeting.kind, enrolment_id=enrolment, kind=kind.value, told_by_id=by.id,
        told_at=now, **({"spans": []} | facts),
    )  # fmt: skip
    db.add(evidence)
    if evidence.minutes and meeting.activity is not None:
        events.record(db, "meeting.attended", enrolment_id=enrolment, activity=meeting.activity)


def _as_json(spans: Collection[Span]) -> list[list[str]]:
    return [[begin.isoformat(), end.isoformat()] for begin, end in spans]


def _sentence(why: Unreadable) -> str:
    sentences = {
        Unreadable.UNKNOWN: _("This is not a participant report of Zoom, Teams or BigBlueButton as they write it."),
        Unreadable.EMPTY: _("This report names nobody who was there."),
        Unreadable.TOO_LONG: _("This report is too long."),
        Unreadable.TIMES: _("The times in this report cannot be read."),
        Unreadable.ANOTHER_TIME: _(
            "Nothing in this report falls into the session. Choose the zone in which it tells the times, or the report"
            " of this session."
        ),
    }
    return sentences[why]
