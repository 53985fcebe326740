"""Reads of people: for log-in, for the profile, for administrators."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any, cast
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from lms.accounts.links import Link, Purpose, read_link, read_unsubscribe_link, seal, seal_of_email
from lms.accounts.models import LONGEST_WORD, LoginSession, Person, PersonWord, RoleGrant, Unsubscription
from lms.accounts.rules import LetterKind, device_label, fold_email, is_email, is_public_id
from lms.kernel.models import AuditEntry, Epoch
from lms.kernel.refusals import NotFound
from lms.kernel.text import fold
from lms.settings import Settings

PEOPLE_ON_A_PAGE = 50
ENTRIES_ON_A_PAGE = 100
MOST_WORDS = 6
LOOKED_AT = 1_000
"""How many accounts or words of accounts a search goes through at most, however many there are."""
_LAST_LETTER = "\U0010ffff"

# -- for log-in and letters


def person_by_email(db: Session, email: str) -> Person | None:
    """Whose address this is. Anything that is no address belongs to nobody."""
    folded = fold_email(email)
    return db.scalar(select(Person).where(Person.email == folded)) if is_email(folded) else None


@dataclass(frozen=True, slots=True)
class Behind:
    """The person a letter's link speaks of, and what it says."""

    person: Person
    link: Link


def behind_link(db: Session, settings: Settings, purpose: Purpose, token: str, now: datetime) -> Behind | None:
    """None when the link is not ours, too old, used already, or its account is gone or suspended."""
    link = read_link(settings, purpose, token, now)
    if link is None:
        return None
    person = db.scalar(
        select(Person).where(
            Person.public_id == link.person, Person.deleted_at.is_(None), Person.suspended_at.is_(None)
        )
    )
    if person is None:
        return None
    sealed = seal_of_email(person) if purpose is Purpose.CONFIRM_EMAIL else seal(person)
    return Behind(person, link) if link.seal == sealed else None


# -- the profile


@dataclass(frozen=True, slots=True)
class Device:
    """A device someone is logged in on."""

    public_id: str
    name: str
    since: datetime
    this_one: bool


def devices(db: Session, person: Person, this_one: LoginSession, now: datetime) -> list[Device]:
    """Where the person is logged in now, this device first."""
    rows = db.scalars(_open_sessions(person, now).order_by(LoginSession.created_at.desc(), LoginSession.id.desc()))
    found = [Device(row.public_id, device_label(row.device), row.created_at, row.id == this_one.id) for row in rows]
    return sorted(found, key=lambda device: not device.this_one)


def open_login_session(db: Session, person: Person, public_id: str, now: datetime) -> LoginSession:
    """One of the person's own log-in sessions; NotFound for anybody else's."""
    found = (
        db.scalar(_open_sessions(person, now).where(LoginSession.public_id == public_id))
        if is_public_id(public_id)
        else None
    )
    if found is None:
        raise NotFound
    return found


def _open_sessions(person: Person, now: datetime) -> Select[LoginSession]:
    return select(LoginSession).where(
        LoginSession.person_id == person.id,
        LoginSession.ended_at.is_(None),
        LoginSession.expires_at > now,
        LoginSession.epoch == select(Epoch.number).scalar_subquery(),
    )


Gather = Callable[[Session, Person], Mapping[str, object]]
"""Gives what one feature keeps about a person: facts by name, and perhaps under `files` bytes by file name."""


def pack_personal_data(parts: Iterable[Mapping[str, object]]) -> bytes:
    """A zip with data.json and the files."""
    facts: dict[str, object] = {}
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for part in parts:
            facts |= {name: value for name, value in part.items() if name != "files"}
            for name, data in cast("Mapping[str, bytes]", part.get("files", {})).items():
                archive.writestr(_entry(f"files/{name}"), data)
        archive.writestr(_entry("data.json"), json.dumps(facts, ensure_ascii=False, indent=2, default=_plain))
    return packed.getvalue()


def _entry(name: str) -> ZipInfo:
    entry = ZipInfo(name)
    entry.compress_type = ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


# -- letters one can do without


def unwanted_letters(db: Session, person: Person) -> set[LetterKind]:
    """The kinds that the person has stopped."""
    rows = db.scalars(select(Unsubscription.kind).where(Unsubscription.person_id == person.id))
    return {LetterKind(kind) for kind in rows}


def may_be_written_to(*kinds: LetterKind) -> ColumnElement[bool]:
    """Of a `Person` in a query: their address is confirmed, and they have not stopped all letters of these kinds."""
    stopped = (
        select(func.count())
        .where(Unsubscription.person_id == Person.id, Unsubscription.kind.in_(kinds))
        .correlate(Person)
        .scalar_subquery()
    )
    known = Person.email_confirmed_at.is_not(None) & Person.suspended_at.is_(None) & Person.deleted_at.is_(None)
    return known & (stopped < len(kinds))


@dataclass(frozen=True, slots=True)
class Stopping:
    """Whose letters of which kinds a link stops."""

    person: Person
    kinds: list[LetterKind]


def behind_unsubscribe_link(db: Session, settings: Settings, token: str) -> Stopping:
    """NotFound when the link is not ours or its account is gone."""
    said = read_unsubscribe_link(settings, token)
    query = select(Person).where(Person.public_id == (said[0] if said else ""), Person.deleted_at.is_(None))
    person = db.scalar(query)
    if said is None or person is None:
        raise NotFound
    return Stopping(person, said[1])


# -- for administrators


@dataclass(frozen=True, slots=True)
class PersonLine:
    public_id: str
    name: str
    email: str
    created_at: datetime
    suspended: bool
    roles: list[str]


@dataclass(frozen=True, slots=True)
class People:
    search: str
    lines: list[PersonLine]
    total: int
    more: bool
    """Whether others fit that were not looked at."""
    page: int
    pages: int


def people(db: Session, search: str, now: datetime, page: int = 1) -> People:
    """Accounts of which each typed word begins a word, by name; without words the newest. The same cost whatever their
    number: no more than LOOKED_AT are looked at, and the page says so.
    """
    words = _typed_words(search)
    ids, more = _ids_with(db, words) if words else _newest_ids(db)
    shown = ids[(page - 1) * PEOPLE_ON_A_PAGE : page * PEOPLE_ON_A_PAGE]
    found = {each.id: each for each in db.scalars(_with_grants(shown))}
    lines = [
        PersonLine(
            person.public_id,
            person.name,
            person.email,
            person.created_at,
            person.suspended_at is not None,
            sorted({grant.role for grant in person.grants if grant.valid_at(now)}),
        )
        for person in (found[each] for each in shown)
    ]
    return People(search, lines, len(ids), more, page, max(1, -(-len(ids) // PEOPLE_ON_A_PAGE)))


def _typed_words(search: str) -> list[str]:
    """Beginnings of words; an address, or the beginning of one, stays whole."""
    pieces = [piece.strip("<>,;") for piece in search.split()]
    words = [word for piece in pieces for word in ([fold_email(piece)] if "@" in piece[1:] else fold(piece).split())]
    return [word[:LONGEST_WORD] for word in dict.fromkeys(words)][:MOST_WORDS]


def _newest_ids(db: Session) -> tuple[list[int], bool]:
    query = select(Person.id).where(Person.deleted_at.is_(None)).order_by(Person.id.desc()).limit(LOOKED_AT + 1)
    ids = list(db.scalars(query))
    return ids[:LOOKED_AT], len(ids) > LOOKED_AT


def _ids_with(db: Session, words: list[str]) -> tuple[list[int], bool]:
    """Whoever has all these words, by name: looked for among those with the rarest one, of common ones the longest."""
    sizes = [select(func.count()).select_from(_who_has(word, LOOKED_AT + 1).subquery()) for word in words]
    counted = db.execute(select(*(size.scalar_subquery() for size in sizes))).one()
    number, rarest = min(zip(counted, words, strict=True), key=lambda each: (each[0], -len(each[1])))
    candidate = _who_has(rarest, LOOKED_AT).subquery().c.person_id
    others = [
        select(PersonWord).where(PersonWord.person_id == candidate, _begins_with(word)).exists()
        for word in words
        if word != rarest
    ]
    query = select(Person.id).where(Person.id.in_(select(candidate).where(*others)))
    return list(db.scalars(query.order_by(Person.folded, Person.id))), number > LOOKED_AT


def _who_has(word: str, most: int) -> Select[int]:
    query = select(PersonWord.person_id).where(_begins_with(word))
    return query.order_by(PersonWord.word, PersonWord.person_id).limit(most)


def _begins_with(word: str) -> ColumnElement[bool]:
    """As a range, which the index gives on both databases."""
    return (PersonWord.word >= word) & (PersonWord.word < word + _LAST_LETTER)


def _with_grants(ids: list[int]) -> Select[Person]:
    return select(Person).where(Person.id.in_(ids)).options(selectinload(Person.grants))


def person_with_roles(db: Session, public_id: str) -> Person:
    """Any account, deleted ones too; NotFound otherwise."""
    query = select(Person).where(Person.public_id == public_id).options(joinedload(Person.grants))
    found = db.scalars(query).unique().one_or_none() if is_public_id(public_id) else None
    if found is None:
        raise NotFound
    return found


def grant_of(db: Session, person: Person, public_id: str) -> RoleGrant:
    """One of this very person's grants; NotFound for anybody else's."""
    query = select(RoleGrant).where(RoleGrant.person_id == person.id, RoleGrant.public_id == public_id)
    found = db.scalar(query) if is_public_id(public_id) else None
    if found is None:
        raise NotFound
    return found


def count_of_devices(db: Session, person: Person, now: datetime) -> int:
    return db.scalar(select(func.count()).select_from(_open_sessions(person, now).subquery())) or 0


@dataclass(frozen=True, slots=True)
class AuditFilters:
    actor: str = ""
    """`system`, a person's public id or e-mail address; empty: everybody."""
    action: str = ""
    thing: str = ""
    """The beginning of the thing's name."""


@dataclass(frozen=True, slots=True)
class AuditLine:
    id: int
    at: datetime
    actor: str
    """The name of the person, or empty for the system."""
    actor_id: str
    action: str
    thing: str
    thing_name: str
    """The name, where the thing is a person."""
    person_id: str
    facts: list[str]


@dataclass(frozen=True, slots=True)
class AuditLog:
    filters: AuditFilters
    lines: list[AuditLine]
    older: int | None
    """From where the next page goes on; None: this is the last."""


def audit_log(db: Session, filters: AuditFilters, before: int | None = None) -> AuditLog:
    """Entries that fit, the newest first; a constant number of queries."""
    query = _fitting(db, filters).order_by(AuditEntry.id.desc()).limit(ENTRIES_ON_A_PAGE + 1)
    if before is not None:
        query = query.where(AuditEntry.id < before)
    entries = list(db.scalars(query))
    shown = entries[:ENTRIES_ON_A_PAGE]
    ids = {_person_id(text) for entry in shown for text in (entry.actor, entry.thing)} - {""}
    rows = db.execute(select(Person.public_id, Person.name).where(Person.public_id.in_(ids)))
    names = {public_id: name for public_id, name in rows}  # noqa: C416 - a dict of rows is not one of strings to the type checker
    lines = [
        AuditLine(
            id=entry.id,
            at=entry.at,
            actor=names.get(_person_id(entry.actor), ""),
            actor_id=_person_id(entry.actor),
            action=entry.action,
            thing=entry.thing,
            thing_name=names.get(_person_id(entry.thing), ""),
            person_id=_person_id(entry.thing) if _person_id(entry.thing) in names else "",
            facts=_facts(entry),
        )
        for entry in shown
    ]
    return AuditLog(filters, lines, shown[-1].id if len(entries) > ENTRIES_ON_A_PAGE else None)


def _fitting(db: Session, filters: AuditFilters) -> Select[AuditEntry]:
    query = select(AuditEntry)
    if filters.actor:
        query = query.where(AuditEntry.actor == _actor(db, filters.actor))
    if filters.action:
        query = query.where(AuditEntry.action == filters.action)
    if filters.thing:
        query = query.where(AuditEntry.thing.startswith(filters.thing, autoescape=True))
    return query


def _actor(db: Session, asked: str) -> str:
    if asked == "system":
        return asked
    person = person_by_email(db, asked)
    return f"person:{person.public_id if person else asked}"


def _person_id(text: str) -> str:
    kind, _, public_id = text.partition(":")
    return public_id if kind == "person" and is_public_id(public_id) else ""


def _facts(entry: AuditEntry) -> list[str]:
    """What changed, as `name: old → new`."""
    before, after = entry.before or {}, entry.after or {}
    names = list(dict.fromkeys([*before, *after]))
    return [
        f"{name}: {_short(after.get(name))}"
        if name not in before or before[name] == after.get(name)
        else f"{name}: {_short(before[name])} → {_short(after.get(name))}"
        for name in names
    ]


def _short(value: Any) -> str:
    if value is None:
        return "—"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
