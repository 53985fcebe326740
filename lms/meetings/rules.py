"""Words of live sessions, the hour on the wall as a moment, and whose night that is. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

SHORTEST, LONGEST = 5, 720
"""Minutes of a session."""
DOORS_OPEN = timedelta(hours=1)
"""So long before its hour the room can be entered."""
OVERTIME = timedelta(hours=2)
"""So long after its planned end it still can, for a session that takes longer."""
NIGHT_FROM, NIGHT_UNTIL = time(22), time(7)
SLOT = timedelta(minutes=30)
"""What another hour is looked for in."""
MOST_SLOTS = 3


class MeetingKind(StrEnum):
    LIVE = "live"
    CLINIC = "clinic"
    """On one topic, with resource persons; questions are sent in advance."""
    HANGOUT = "hangout"
    """Informal: never recorded, counted by heads, and nobody is listed."""


class EvidenceKind(StrEnum):
    """What tells that somebody was there, the strongest last."""

    CLICK = "join-click"
    """They went to the room by their own link. How long they stayed is not known by it."""
    ROLL_CALL = "roll-call"
    REPORT = "report"
    CORRECTION = "correction"
    """By hand, with a reason, after all else."""


class Unmatched(StrEnum):
    """Why a line of a report was credited to nobody."""

    NO_ADDRESS = "no-address"
    UNKNOWN = "unknown"
    """The address or registration belongs to nobody in the run."""
    LEFT = "left"
    """They had left the run by then."""


class Decision(StrEnum):
    """What somebody said about such a line."""

    CREDITED = "credited"
    DISMISSED = "dismissed"


class Wall(StrEnum):
    """How often a clock on the wall shows an hour on one day."""

    ONCE = "once"
    NEVER = "never"
    """Clocks are put forward over it."""
    TWICE = "twice"
    """Clocks are put back to it."""


def starts_at(day: date, hour: time, zone: str) -> datetime:
    """The moment at which a clock in the zone shows this hour: the first of two; where it is skipped, as much later as
    the clocks skip.
    """
    return datetime.combine(day, hour, ZoneInfo(zone)).astimezone(UTC)


def on_the_wall(day: date, hour: time, zone: str) -> Wall:
    moment = starts_at(day, hour, zone)
    if moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != datetime.combine(day, hour):
        return Wall.NEVER
    again = datetime.combine(day, hour, ZoneInfo(zone)).replace(fold=1).astimezone(UTC)
    return Wall.ONCE if again == moment else Wall.TWICE


@dataclass(frozen=True, slots=True)
class Local:
    """A session on the clocks of one zone."""

    zone: str
    people: int
    starts_at: datetime
    """On the wall there."""
    ends_at: datetime
    night: bool


def local_hours(moment: datetime, minutes: int, roster: Mapping[str, int]) -> list[Local]:
    """What hour a session is for each zone of a roster (people by zone), from the west to the east."""
    end = moment + timedelta(minutes=minutes)
    hours = []
    for zone, people in roster.items():
        local = moment.astimezone(ZoneInfo(zone))
        hours.append(Local(zone, people, local, end.astimezone(ZoneInfo(zone)), is_night(moment, minutes, zone)))
    return sorted(hours, key=lambda each: (each.starts_at.utcoffset() or timedelta(), each.zone))


def is_night(moment: datetime, minutes: int, zone: str) -> bool:
    """Whether any of it falls between ten in the evening and seven in the morning on the clocks of the zone."""
    place = ZoneInfo(zone)
    local, end = moment.astimezone(place), (moment + timedelta(minutes=minutes)).astimezone(place)
    if local.time() < NIGHT_UNTIL or local.time() >= NIGHT_FROM:
        return True
    return end > datetime.combine(local.date(), NIGHT_FROM, place)


def sleepless(moment: datetime, minutes: int, roster: Mapping[str, int]) -> int:
    """For how many people it is night."""
    return sum(people for zone, people in roster.items() if is_night(moment, minutes, zone))


@dataclass(frozen=True, slots=True)
class Slot:
    """Another hour of the same day, that is night for fewer people."""

    hour: time
    sleepless: int


def better_slots(day: date, hour: time, zone: str, minutes: int, roster: Mapping[str, int]) -> list[Slot]:
    """The hours of the day that rob the fewest of their sleep, nearest to the asked one first; none if that is best."""
    asked = sleepless(starts_at(day, hour, zone), minutes, roster)
    begin, found = datetime.combine(day, time.min), []
    for step in range(int(timedelta(days=1) / SLOT)):
        other = (begin + step * SLOT).time()
        if on_the_wall(day, other, zone) is Wall.ONCE:
            awake = sleepless(starts_at(day, other, zone), minutes, roster)
            found.append((awake, abs(_minutes(other) - _minutes(hour)), other))
    fewest = min((awake for awake, _far, _other in found), default=asked)
    if fewest >= asked:
        return []
    best = sorted(each for each in found if each[0] == fewest)[:MOST_SLOTS]
    return [Slot(other, awake) for awake, _far, other in sorted(best, key=lambda each: each[2])]


def _minutes(hour: time) -> int:
    return hour.hour * 60 + hour.minute


Span = tuple[datetime, datetime]
"""From when to when somebody was in the room."""


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same time without overlaps, in order: who was there twice at once was there once."""
    whole: list[Span] = []
    for begin, end in sorted(span for span in spans if span[0] < span[1]):
        if whole and begin <= whole[-1][1]:
            whole[-1] = (whole[-1][0], max(end, whole[-1][1]))
        else:
            whole.append((begin, end))
    return whole


def minutes_in(spans: Iterable[Span]) -> int:
    """Whole minutes, rounded."""
    seconds = sum((end - begin).total_seconds() for begin, end in merged(spans))
    return int(seconds + 30) // 60


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that is known about somebody in one session, in the order in which it was told."""

    kind: EvidenceKind
    minutes: int | None
    spans: tuple[Span, ...] = ()


def credited_minutes(evidence: Iterable[Evidence], planned: int) -> int:
    """What counts: the last correction; else what reports measured, all together; else the last roll call.

    Never more than the session was planned for. A click alone credits nothing.
    """
    told = list(evidence)
    corrections = [each.minutes for each in told if each.kind is EvidenceKind.CORRECTION]
    if corrections:
        return min(corrections[-1] or 0, planned)
    reports = [each for each in told if each.kind is EvidenceKind.REPORT]
    if reports:
        return min(minutes_in(span for each in reports for span in each.spans), planned)
    calls = [each.minutes for each in told if each.kind is EvidenceKind.ROLL_CALL]
    return min(calls[-1] or 0, planned) if calls else 0
