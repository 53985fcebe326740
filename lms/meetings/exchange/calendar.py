"""Live sessions as iCalendar (RFC 5545): for a calendar that subscribes, and in letters that invite, change and cancel.

Begin and zone stand as on the wall, with the zone's own changes beside them; the length is a duration, which no change
of clocks makes longer or shorter. Cancelled sessions stay in, as cancelled: who leaves them out leaves them standing in
people's calendars.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard, vCalAddress, vText

BEFORE_AND_AFTER = timedelta(days=400)
"""So far around the sessions the changes of clocks are told."""
DAY = timedelta(days=1)
PRODUCT = "-//Masar//Live sessions//EN"


class Method(StrEnum):
    """What the calendar is to do with it."""

    PUBLISH = "PUBLISH"
    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


@dataclass(frozen=True, slots=True)
class Entry:
    """A session in somebody's calendar."""

    uid: str
    sequence: int
    summary: str
    description: str
    url: str
    starts_at: datetime
    zone: str
    minutes: int
    cancelled: bool
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Mailbox:
    name: str
    email: str


def write_calendar(
    entries: Sequence[Entry],
    *,
    method: Method,
    name: str = "",
    sender: Mailbox | None = None,
    to: Mailbox | None = None,
) -> str:
    """The whole file. `sender` and `to` stand in invitations, where calendars look for their own address."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", method.value)
    if name:
        calendar.add("x-wr-calname", name)
    for zone in sorted({entry.zone for entry in entries} - {"UTC"}):
        calendar.add_component(_time_zone(zone, [each.starts_at for each in entries if each.zone == zone]))
    for entry in entries:
        calendar.add_component(_event(entry, method, sender, to))
    return str(calendar.to_ical().decode())


def _event(entry: Entry, method: Method, sender: Mailbox | None, to: Mailbox | None) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", entry.changed_at.astimezone(UTC))
    event.add("last-modified", entry.changed_at.astimezone(UTC))
    if entry.zone == "UTC":
        event.add("dtstart", entry.starts_at.astimezone(UTC))
    else:
        wall = entry.starts_at.astimezone(ZoneInfo(entry.zone)).replace(tzinfo=None)
        event.add("dtstart", wall, parameters={"TZID": entry.zone})
    event.add("duration", timedelta(minutes=entry.minutes))
    event.add("summary", entry.summary)
    event.add("description", entry.description)
    event.add("url", entry.url)
    event.add("location", entry.url)
    event.add("status", "CANCELLED" if entry.cancelled or method is Method.CANCEL else "CONFIRMED")
    if sender is not None:
        event.add("organizer", _address(sender))
    if to is not None:
        attendee = _address(to)
        attendee.params["ROLE"], attendee.params["RSVP"] = vText("REQ-PARTICIPANT"), vText("FALSE")
        attendee.params["PARTSTAT"] = vText("NEEDS-ACTION")
        event.add("attendee", attendee)
    return event


def _address(mailbox: Mailbox) -> vCalAddress:
    address = vCalAddress(f"mailto:{mailbox.email}")
    if mailbox.name:
        address.params["CN"] = vText(mailbox.name)
    return address


def _time_zone(zone: str, moments: Iterable[datetime]) -> Timezone:
    """The zone as it is around these moments: how it stands at first, and every change of its clocks.

    Our own, since the library tells where clocks go forward by the hour after the change, and readers expect the one
    before.
    """
    place, told = ZoneInfo(zone), sorted(moments)
    begin = datetime.combine(told[0].date() - BEFORE_AND_AFTER, time.min, UTC)
    timezone = Timezone()
    timezone.add("tzid", zone)
    timezone.add_component(_observance(begin, place, _offset(begin, place)))
    for change in changes_of_clocks(zone, begin.date(), told[-1].date() + BEFORE_AND_AFTER):
        timezone.add_component(_observance(change, place, _offset(change - timedelta(seconds=1), place)))
    return timezone


def _observance(change: datetime, place: ZoneInfo, before: timedelta) -> TimezoneStandard | TimezoneDaylight:
    local = change.astimezone(place)
    observance = TimezoneDaylight() if local.dst() else TimezoneStandard()
    observance.add("dtstart", (change + before).replace(tzinfo=None))
    observance.add("tzoffsetfrom", before)
    observance.add("tzoffsetto", _offset(change, place))
    observance.add("tzname", local.tzname())
    return observance


def changes_of_clocks(zone: str, first: date, last: date) -> Iterator[datetime]:
    """The moments between two days at which the offset of a zone changes."""
    place = ZoneInfo(zone)
    moment, end = datetime.combine(first, time.min, UTC), datetime.combine(last, time.min, UTC)
    while moment < end:
        after = moment + DAY
        if _offset(moment, place) != _offset(after, place):
            yield _change_between(moment, after, place)
        moment = after


def _change_between(before: datetime, after: datetime, place: ZoneInfo) -> datetime:
    offset = _offset(before, place)
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=int((after - before).total_seconds()) // 2)
        before, after = (middle, after) if _offset(middle, place) == offset else (before, middle)
    return after


def _offset(moment: datetime, place: ZoneInfo) -> timedelta:
    return moment.astimezone(place).utcoffset() or timedelta()
