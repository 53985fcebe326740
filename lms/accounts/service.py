"""Verbs of people: register, log in and out, change, be given roles, be suspended, leave.

Passwords come here hashed (`accounts.passwords`), because hashing must not hold the write lock. The ledger says which
facts changed and never what they were: it stays when a person's data must go.
"""

import secrets
from collections.abc import Collection
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime, timedelta
from hashlib import sha256

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lms.accounts import letters
from lms.accounts.letters import Words
from lms.accounts.links import Link, Purpose, make_link, seal, seal_of_email
from lms.accounts.models import LoginSession, Person, PersonWord, RoleGrant, Unsubscription, search_text, search_words
from lms.accounts.passwords import NO_PASSWORD
from lms.accounts.policy import may_change_roles, may_suspend
from lms.accounts.queries import unwanted_letters
from lms.accounts.rules import (
    CONFIRMATION_LASTS,
    EMAIL_CHANGE_LASTS,
    EVERYWHERE,
    LOGIN_LASTS,
    LONGEST_NAME,
    LONGEST_TEXT,
    RESET_LASTS,
    WORKS_ON_A_LANGUAGE,
    Gender,
    LetterKind,
    OrganisationType,
    Role,
    fold_email,
    has_hidden_letters,
    hash_token,
    is_email,
    is_latin_name,
    is_scope,
    tidy,
    time_zones,
)
from lms.kernel import events
from lms.kernel.audit import record_audit
from lms.kernel.db import new_public_id
from lms.kernel.i18n import LANGUAGES, SOURCE_LANGUAGE, _, country_names, current_language, use_language
from lms.kernel.mail import queue_letter
from lms.kernel.models import AuditEntry, Epoch
from lms.kernel.rates import count_try, tries
from lms.kernel.refusals import Conflict, Invalid, TooMany, require
from lms.settings import Settings

# -- how often


@dataclass(frozen=True, slots=True)
class Limit:
    """How often one thing may be tried."""

    name: str
    most: int
    within: timedelta

    def key(self, of: str) -> str:
        return f"{self.name}:{sha256(of.encode()).hexdigest()[:32]}"


WRONG_PASSWORDS = Limit("password", 10, timedelta(minutes=15))
"""For one account from one address: whoever guesses elsewhere does not lock the owner out."""
WRONG_PASSWORDS_FOR = Limit("password-for", 100, timedelta(minutes=15))
"""For one account, from anywhere."""
WRONG_PASSWORDS_FROM = Limit("password-from", 100, timedelta(minutes=15))
"""From one address; a whole training room may share it."""
LETTERS = Limit("letters", 5, timedelta(hours=1))
"""To one mailbox, at the wish of somebody who need not own it."""
LETTERS_FROM = Limit("letters-from", 100, timedelta(hours=1))
"""At the wish of one address."""


def refuse_too_many(db: Session, limit: Limit, of: str, now: datetime) -> None:
    """TooMany when the limit is reached already; counts nothing, so it also works in a reading session."""
    if tries(db, limit.key(of), within=limit.within, now=now) >= limit.most:
        raise TooMany(int(limit.within.total_seconds()))


def count(db: Session, limit: Limit, of: str, now: datetime) -> None:
    """Count one try; TooMany beyond the limit. A caller that refuses answers with a page, so that the count is kept."""
    count_try(db, limit.key(of), most=limit.most, within=limit.within, now=now)


# -- joining


@dataclass(frozen=True, slots=True)
class Profile:
    """What people say about themselves. None: not stated."""

    name: str
    language: str
    time_zone: str = "UTC"
    local_name: str | None = None
    country: str | None = None
    gender: str | None = None
    organisation_type: str | None = None
    organisation: str | None = None
    job: str | None = None


def tidy_profile(profile: Profile) -> Profile:
    """The profile as it will be kept; Invalid when it cannot be."""
    kept = {
        each.name: tidy(value) or None if (value := getattr(profile, each.name)) else None for each in fields(Profile)
    }
    wrong: dict[str, str] = {}
    for field, longest in {
        "name": LONGEST_NAME,
        "local_name": LONGEST_NAME,
        "organisation": LONGEST_TEXT,
        "job": LONGEST_TEXT,
    }.items():
        value = kept[field]
        if value and len(value) > longest:
            wrong[field] = _("This is too long.")
        elif value and has_hidden_letters(value):
            wrong[field] = _("This contains characters that cannot be shown. Type it again instead of pasting it.")
    if kept["name"] is None:
        wrong["name"] = _("Write the name that your certificate will carry.")
    elif "name" not in wrong and not is_latin_name(kept["name"]):
        wrong["name"] = _("Write your name in Latin letters, with spaces, hyphens, apostrophes and points only.")
    choices = {
        "language": set(LANGUAGES),
        "time_zone": time_zones(),
        "country": {None, *country_names()},
        "gender": {None, *Gender},
        "organisation_type": {None, *OrganisationType},
    }
    for field, known in choices.items():
        if kept[field] not in known:
            wrong.setdefault(field, _("Choose one from the list."))
    if wrong:
        raise Invalid(wrong)
    return Profile(**kept)  # type: ignore[arg-type]


def check_email(email: str) -> str:
    """The address in the form in which it is unique; Invalid when it is none."""
    folded = fold_email(email)
    if not is_email(folded):
        raise Invalid({"email": _("Write an e-mail address like name@example.org.")})
    return folded


def register(
    db: Session, settings: Settings, profile: Profile, *, email: str, password_hash: str, now: datetime, place: str = ""
) -> None:
    """Create an account and send its confirmation; to an address that has one already, a letter that says so.

    The caller cannot tell which of the two happened, and must not.
    """
    profile, email = tidy_profile(profile), check_email(email)
    person = None if _person_by_email(db, email) else _insert(db, profile, email, password_hash, now)
    if person is None:
        _tell_of_account(db, settings, db.scalars(select(Person).where(Person.email == email)).one(), now)
        return
    record_audit(db, person, "register", _thing(person), now)
    send_confirmation(db, settings, person, now, place=place)


def _tell_of_account(db: Session, settings: Settings, person: Person, now: datetime) -> None:
    with use_language(_language_of(person)):
        link = _forgotten_password(settings)
        _send(db, person, letters.account_exists(name=person.name, platform=settings.platform_name, link=link), now)
    record_audit(db, None, "register_again", _thing(person), now)


def add_person(db: Session, profile: Profile, *, email: str, password_hash: str, now: datetime) -> Person:
    """From the command line: an account with a confirmed address. Conflict when the address has one."""
    profile, email = tidy_profile(profile), check_email(email)
    person = None if _person_by_email(db, email) else _insert(db, profile, email, password_hash, now)
    if person is None:
        raise Conflict(_("There is an account with this e-mail address already."))
    person.email_confirmed_at = now
    record_audit(db, None, "add_person", _thing(person), now)
    db.flush()
    events.record(db, "email.confirmed", person=person)
    return person


def _insert(db: Session, profile: Profile, email: str, password_hash: str, now: datetime) -> Person | None:
    person = Person(email=email, password_hash=password_hash, created_at=now, grants=[], **asdict(profile))
    try:
        with db.begin_nested():
            db.add(person)
            db.flush()
    except IntegrityError:  # the same address, this very moment
        return None
    keep_words(db, person)
    return person


def keep_words(db: Session, person: Person) -> None:
    """What the person can be found by, after any change of names or address; nothing for a deleted account."""
    db.flush()  # first: whoever changes the same person waits here, and then reads what the other one wrote
    db.refresh(person, ["email", "name", "local_name"])
    db.execute(delete(PersonWord).where(PersonWord.person_id == person.id))
    if person.deleted_at is not None:
        person.folded = ""
        return
    known = person.email, person.name, person.local_name
    person.folded = search_text(*known)
    db.execute(insert(PersonWord), [{"person_id": person.id, "word": word} for word in search_words(*known)])


def send_confirmation(db: Session, settings: Settings, person: Person, now: datetime, *, place: str = "") -> None:
    """Send the link that confirms the e-mail address, unless it is confirmed."""
    if person.email_confirmed_at is not None:
        raise Conflict(_("Your e-mail address is confirmed already."))
    with use_language(_language_of(person)):
        link = make_link(
            settings,
            Purpose.CONFIRM_EMAIL,
            Link(person.public_id, seal_of_email(person), person.email, place),
            language=current_language().code,
            lasts=CONFIRMATION_LASTS,
            now=now,
        )
        words = letters.confirm_email(
            name=person.name, platform=settings.platform_name, link=link, days=CONFIRMATION_LASTS.days
        )
        _send(db, person, words, now)
    record_audit(db, person, "send_confirmation", _thing(person), now)


def confirm_email(db: Session, person: Person, now: datetime) -> None:
    if person.email_confirmed_at is None:
        person.email_confirmed_at = now
        record_audit(db, person, "confirm_email", _thing(person), now)
        db.flush()
        events.record(db, "email.confirmed", person=person)


# -- coming and going


@dataclass(frozen=True, slots=True)
class OpenedLogIn:
    login_session: LoginSession
    token: str
    """The secret for the cookie; the database keeps only its hash."""


def log_in(
    db: Session, person: Person, *, device: str, now: datetime, replaces: LoginSession | None = None
) -> OpenedLogIn:
    """Begin a log-in session with a new secret; the one it replaces on this device is over."""
    if replaces is not None:
        _end_sessions(db, replaces.person_id, now, only=replaces)
    opened = _open_session(db, person, device, now)
    record_audit(db, person, "log_in", _thing(person), now)
    return opened


def _open_session(db: Session, person: Person, device: str, now: datetime) -> OpenedLogIn:
    token = secrets.token_urlsafe(32)
    login_session = LoginSession(
        token_hash=hash_token(token),
        person_id=person.id,
        person=person,
        device="".join(letter for letter in device if letter.isprintable())[:LONGEST_TEXT],
        epoch=db.scalars(select(Epoch.number)).one(),
        created_at=now,
        expires_at=now + LOGIN_LASTS,
    )
    db.add(login_session)
    db.flush()
    return OpenedLogIn(login_session, token)


def log_out(db: Session, login_session: LoginSession, now: datetime) -> None:
    _end_sessions(db, login_session.person_id, now, only=login_session)
    record_audit(db, login_session.person, "log_out", _thing(login_session.person), now)


def end_login_session(db: Session, person: Person, login_session: LoginSession, now: datetime) -> None:
    """End one device's log-in."""
    _end_sessions(db, person.id, now, only=login_session)
    record_audit(db, person, "end_login_session", f"login-session:{login_session.public_id}", now)


def end_other_login_sessions(db: Session, person: Person, keep: LoginSession, now: datetime) -> None:
    """End the log-ins of all devices but this one."""
    _end_sessions(db, person.id, now, but=keep)
    record_audit(db, person, "end_other_login_sessions", _thing(person), now)


def _end_sessions(
    db: Session, person_id: int, now: datetime, *, only: LoginSession | None = None, but: LoginSession | None = None
) -> None:
    statement = update(LoginSession).where(LoginSession.person_id == person_id, LoginSession.ended_at.is_(None))
    if only is not None:
        statement = statement.where(LoginSession.id == only.id)
    if but is not None:
        statement = statement.where(LoginSession.id != but.id)
    db.execute(statement.values(ended_at=now).execution_options(synchronize_session=False))


# -- passwords and addresses


def renew_hash(db: Session, person: Person, *, old_hash: str, new_hash: str) -> None:
    """The same password, hashed with today's parameters."""
    _swap_hash(db, person, old_hash, new_hash)


def change_password(
    db: Session, settings: Settings, person: Person, *, old_hash: str, new_hash: str, device: str, now: datetime
) -> OpenedLogIn:
    """Set the new password; every device is logged out, this one gets a new session at once."""
    if not _swap_hash(db, person, old_hash, new_hash):
        raise Conflict(_("Your password was changed on another device in the meantime. Log in again."))
    _end_sessions(db, person.id, now)
    record_audit(db, person, "change_password", _thing(person), now)
    _tell_password_changed(db, settings, person, now)
    return _open_session(db, person, device, now)


def ask_new_password(db: Session, settings: Settings, *, email: str, now: datetime) -> None:
    """Send a link with which a new password can be chosen; to an address without account, a letter that says so.

    The letter to a stranger is in the language of the moment.
    """
    email = check_email(email)
    person = _person_by_email(db, email)
    platform = settings.platform_name
    if person is None:
        words = letters.no_account(platform=platform, link=f"{settings.base_url}/{current_language().code}/register/")
        _send_to(db, "", email, words, now)
        record_audit(db, None, "ask_new_password", "person:unknown", now)
        return
    with use_language(_language_of(person)):
        if person.suspended_at is not None:
            words = letters.account_suspended(name=person.name, platform=platform)
        else:
            said = Link(person.public_id, seal(person), person.email, "")
            link = make_link(
                settings, Purpose.NEW_PASSWORD, said, language=current_language().code, lasts=RESET_LASTS, now=now
            )
            words = letters.new_password(name=person.name, platform=platform, link=link, hours=_hours(RESET_LASTS))
        _send(db, person, words, now)
    record_audit(db, None, "ask_new_password", _thing(person), now)


def set_new_password(db: Session, settings: Settings, person: Person, *, new_hash: str, now: datetime) -> None:
    """After the link in the letter: the new password stands, all devices are logged out, the address is proven."""
    person.password_hash = new_hash
    person.email_confirmed_at = person.email_confirmed_at or now
    _end_sessions(db, person.id, now)
    record_audit(db, person, "set_new_password", _thing(person), now)
    _tell_password_changed(db, settings, person, now)
    db.flush()
    events.record(db, "email.confirmed", person=person)


def ask_email_change(db: Session, settings: Settings, person: Person, *, email: str, now: datetime) -> None:
    """Send a link to the new address and a word to the old one. Whether the new one is free is told only there."""
    email = check_email(email)
    if email == person.email:
        raise Invalid({"email": _("This is your address already.")})
    platform = settings.platform_name
    taken = _person_by_email(db, email) is not None
    with use_language(_language_of(person)):
        said = Link(person.public_id, seal(person), email, "")
        link = make_link(
            settings, Purpose.CHANGE_EMAIL, said, language=current_language().code, lasts=EMAIL_CHANGE_LASTS, now=now
        )
        words = (
            letters.new_email_taken(name=person.name, platform=platform)
            if taken
            else letters.new_email(name=person.name, platform=platform, link=link, hours=_hours(EMAIL_CHANGE_LASTS))
        )
        _send(db, person, words, now, to=email)
        asked = letters.email_change_asked(name=person.name, platform=platform, link=_forgotten_password(settings))
        _send(db, person, asked, now)
    record_audit(db, person, "ask_email_change", _thing(person), now)


def change_email(db: Session, settings: Settings, person: Person, *, email: str, now: datetime) -> None:
    """After the link in the letter to the new address. Conflict when somebody took it meanwhile."""
    old = person.email
    taken = Conflict(_("This e-mail address has an account of its own."))
    if _person_by_email(db, email) is not None:
        raise taken
    try:
        with db.begin_nested():
            person.email, person.email_confirmed_at = email, now
            db.flush()
    except IntegrityError:  # this very moment
        raise taken from None
    keep_words(db, person)
    with use_language(_language_of(person)):
        _send(db, person, letters.email_changed(name=person.name, platform=settings.platform_name), now, to=old)
    record_audit(db, person, "change_email", _thing(person), now)
    events.record(db, "email.confirmed", person=person)


def change_profile(db: Session, person: Person, profile: Profile, now: datetime) -> None:
    profile = tidy_profile(profile)
    changed = [name for name, value in asdict(profile).items() if getattr(person, name) != value]
    for name in changed:
        setattr(person, name, getattr(profile, name))
    if changed:
        keep_words(db, person)
        record_audit(db, person, "change_profile", _thing(person), now, after={"changed": changed})
        db.flush()


def choose_digest(db: Session, person: Person, *, wanted: bool, now: datetime) -> None:
    """Letters in the morning about translations that wait: yes or no."""
    if person.digest != wanted:
        person.digest = wanted
        record_audit(db, person, "choose_digest", _thing(person), now, after={"digest": wanted})
        db.flush()


def choose_letters(db: Session, person: Person, *, wanted: Collection[LetterKind], now: datetime) -> None:
    """Get letters of these kinds, and no others that one can do without."""
    _stop_letters(db, person, person, {each for each in LetterKind if each not in wanted}, now)


def unsubscribe(db: Session, person: Person, kinds: Collection[LetterKind], now: datetime) -> None:
    """Stop letters of these kinds besides those stopped before: whoever holds a letter's link may."""
    _stop_letters(db, None, person, unwanted_letters(db, person) | set(kinds), now)


def _stop_letters(db: Session, actor: Person | None, person: Person, unwanted: set[LetterKind], now: datetime) -> None:
    before = unwanted_letters(db, person)
    if before == unwanted:
        return
    mine = Unsubscription.person_id == person.id
    db.execute(delete(Unsubscription).where(mine, Unsubscription.kind.not_in(unwanted)))
    quiet = sqlite.insert if db.get_bind().dialect.name == "sqlite" else postgresql.insert
    for kind in sorted(unwanted - before):
        values = {"person_id": person.id, "kind": kind.value, "since": now}
        db.execute(quiet(Unsubscription).values(**values).on_conflict_do_nothing())  # the link was pressed twice
    was, becomes = {"unwanted": sorted(before)}, {"unwanted": sorted(unwanted)}
    record_audit(db, actor, "choose_letters", _thing(person), now, before=was, after=becomes)
    db.flush()


# -- taking along, leaving

_TAKEN_ALONG = [
    *("email", "email_confirmed_at", "name", "local_name", "language", "time_zone", "created_at"),
    *("country", "gender", "organisation_type", "organisation", "job", "digest"),
]


def personal_data(db: Session, person: Person) -> dict[str, object]:
    """What this feature keeps about a person, for them to take along."""
    sessions = db.scalars(select(LoginSession).where(LoginSession.person_id == person.id).order_by(LoginSession.id))
    entries = db.scalars(
        select(AuditEntry)
        .where(or_(AuditEntry.actor == _thing(person), AuditEntry.thing == _thing(person)))
        .order_by(AuditEntry.id)
    )
    return {
        "account": {name: getattr(person, name) for name in _TAKEN_ALONG},
        "roles": [
            {name: getattr(each, name) for name in ("role", "scope", "language", "due_on", "valid_from", "valid_until")}
            for each in _grants(db, person)
        ],
        "log_ins": [
            {"device": each.device, "created_at": each.created_at, "ended_at": each.ended_at} for each in sessions
        ],
        "letters_not_wanted": sorted(unwanted_letters(db, person)),
        "deeds": [{"at": each.at, "action": each.action, "thing": each.thing} for each in entries],
    }


def delete_account(db: Session, settings: Settings, person: Person, *, old_hash: str, now: datetime) -> None:
    """Forget who this was. What remains is a pseudonym that ledgers point to; other floors hear `person.deleted`."""
    if not _swap_hash(db, person, old_hash, NO_PASSWORD):
        raise Conflict(_("Your password was changed on another device in the meantime. Log in again."))
    with use_language(_language_of(person)):
        _send(db, person, letters.account_deleted(name=person.name, platform=settings.platform_name), now)
    db.execute(
        delete(LoginSession).where(LoginSession.person_id == person.id).execution_options(synchronize_session=False)
    )
    db.execute(delete(Unsubscription).where(Unsubscription.person_id == person.id))
    for grant in _grants(db, person):
        if grant.valid_until is None or grant.valid_until > now:
            grant.valid_until = max(now, grant.valid_from)
    person.email = f"deleted-{secrets.token_hex(16)}@deleted.invalid"
    person.name = "Deleted account"
    person.language, person.time_zone = SOURCE_LANGUAGE, "UTC"
    person.local_name = person.country = person.gender = person.organisation_type = person.organisation = person.job = (
        None
    )
    person.email_confirmed_at, person.digest_said, person.deleted_at = None, None, now
    keep_words(db, person)
    record_audit(db, person, "delete_account", _thing(person), now)
    db.flush()
    events.record(db, "person.deleted", person=person)


# -- administration


def grant_role(
    db: Session,
    actor: Person | None,
    person: Person,
    *,
    role: Role,
    now: datetime,
    scope: str = EVERYWHERE,
    language: str | None = None,
    due_on: date | None = None,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
) -> RoleGrant:
    """Give a role, somewhere, for a time. `actor` None is the command line. Who did not have it logs in anew."""
    require(may_change_roles(actor, person, now, role, scope))
    start = valid_from or now
    if not is_scope(scope):
        raise Invalid({"scope": _("Choose one from the list.")})
    if language is not None and role not in WORKS_ON_A_LANGUAGE:
        raise Invalid({"language": _("Only translators and reviewers are given one language.")})
    if valid_until is not None and valid_until <= start:
        raise Invalid({"valid_until": _("The role must end after it begins.")})
    others = _grants(db, person)
    for other in others:
        same = (other.role, other.scope) == (role, scope) and other.language in {None, language}
        if same and _overlap(other, start, valid_until):
            raise Conflict(_("The person has this role there already at that time."))
    grant = RoleGrant(
        person_id=person.id,
        role=role,
        scope=scope,
        language=language,
        due_on=due_on,
        valid_from=start,
        valid_until=valid_until,
        granted_by_id=actor.id if actor else None,
    )
    db.add(grant)
    if not _is_one_of_several(grant, others, now):
        _end_sessions(db, person.id, now)
    after = _said_of(grant) | {"from": start.isoformat(), "until": valid_until.isoformat() if valid_until else None}
    record_audit(db, actor, "grant_role", _thing(person), now, after=after)
    db.flush()
    return grant


def end_grant(db: Session, actor: Person | None, person: Person, grant: RoleGrant, now: datetime) -> None:
    """Take a role back from now on. Conflict when it is over already."""
    _require_running(actor, person, grant, now)
    said = _said_of(grant)
    before = said | {"until": grant.valid_until.isoformat() if grant.valid_until else None}
    grant.valid_until = max(now, grant.valid_from)
    if not _is_one_of_several(grant, [each for each in _grants(db, person) if each.id != grant.id], now):
        _end_sessions(db, person.id, now)
    after = said | {"until": grant.valid_until.isoformat()}
    record_audit(db, actor, "end_grant", _thing(person), now, before=before, after=after)
    db.flush()


def change_due_date(
    db: Session, actor: Person | None, person: Person, grant: RoleGrant, due_on: date | None, now: datetime
) -> None:
    """Ask for the work by another day, or by none. Conflict when the role is over."""
    _require_running(actor, person, grant, now)
    before, grant.due_on = _said_of(grant), due_on
    record_audit(db, actor, "change_due_date", _thing(person), now, before=before, after=_said_of(grant))
    db.flush()


def _require_running(actor: Person | None, person: Person, grant: RoleGrant, now: datetime) -> None:
    require(may_change_roles(actor, person, now, grant.role, grant.scope))
    if grant.valid_until is not None and grant.valid_until <= now:
        raise Conflict(_("This role has ended already."))


def _is_one_of_several(grant: RoleGrant, others: list[RoleGrant], now: datetime) -> bool:
    """Whether it makes one course or language more or less of work that the person does anyhow.

    Such a change is no reason to end their log-ins: what they may do is read with every request, and somebody who is
    logged out in the middle of a text loses it. A role they did not have, or have no longer, is one.
    """
    return (
        grant.role in WORKS_ON_A_LANGUAGE
        and grant.scope != EVERYWHERE
        and any(each.role == grant.role and each.valid_at(now) for each in others)
    )


def _said_of(grant: RoleGrant) -> dict[str, str | None]:
    """A grant as the ledger tells of it; language and due date where the role can have them."""
    said: dict[str, str | None] = {"role": grant.role, "scope": grant.scope}
    if grant.role in WORKS_ON_A_LANGUAGE:
        said |= {"language": grant.language, "due": grant.due_on.isoformat() if grant.due_on else None}
    return said


def suspend(db: Session, actor: Person | None, person: Person, *, reason: str, now: datetime) -> None:
    """Close the account until further notice; all its devices are logged out at once."""
    require(may_suspend(actor, person, now))
    reason = tidy_reason(reason)
    if not _swap_suspension(db, person, now):
        raise Conflict(_("This account is suspended already."))
    _end_sessions(db, person.id, now)
    record_audit(db, actor, "suspend", _thing(person), now, after={"reason": reason})


def lift_suspension(db: Session, actor: Person | None, person: Person, *, reason: str, now: datetime) -> None:
    require(may_suspend(actor, person, now))
    reason = tidy_reason(reason)
    if not _swap_suspension(db, person, None):
        raise Conflict(_("This account is not suspended."))
    record_audit(db, actor, "lift_suspension", _thing(person), now, after={"reason": reason})


def tidy_reason(reason: str) -> str:
    """A reason as the audit log keeps it; Invalid when it is none."""
    reason = tidy(reason)
    if not reason or len(reason) > LONGEST_TEXT or has_hidden_letters(reason):
        raise Invalid({"reason": _("Write the reason in one short line; it is kept in the audit log.")})
    return reason


# -- smaller steps


def _swap_hash(db: Session, person: Person, old_hash: str, new_hash: str) -> bool:
    """Only from the hash that was checked: whoever changed it in between wins."""
    statement = (
        update(Person).where(Person.id == person.id, Person.password_hash == old_hash).values(password_hash=new_hash)
    )
    done = db.execute(statement.execution_options(synchronize_session=False))
    if done.rowcount != 1:  # type: ignore[attr-defined]
        return False
    db.refresh(person, ["password_hash"])
    return True


def _swap_suspension(db: Session, person: Person, at: datetime | None) -> bool:
    state = Person.suspended_at.is_not(None) if at is None else Person.suspended_at.is_(None)
    statement = update(Person).where(Person.id == person.id, state).values(suspended_at=at)
    done = db.execute(statement.execution_options(synchronize_session=False))
    db.refresh(person, ["suspended_at"])
    return bool(done.rowcount == 1)  # type: ignore[attr-defined]


def _overlap(grant: RoleGrant, start: datetime, until: datetime | None) -> bool:
    return (grant.valid_until is None or grant.valid_until > start) and (until is None or grant.valid_from < until)


def _grants(db: Session, person: Person) -> list[RoleGrant]:
    return list(db.scalars(select(RoleGrant).where(RoleGrant.person_id == person.id)))


def _person_by_email(db: Session, email: str) -> Person | None:
    return db.scalar(select(Person).where(Person.email == email))


def _tell_password_changed(db: Session, settings: Settings, person: Person, now: datetime) -> None:
    with use_language(_language_of(person)):
        link = _forgotten_password(settings)
        _send(db, person, letters.password_changed(name=person.name, platform=settings.platform_name, link=link), now)


def _send(db: Session, person: Person, words: Words, now: datetime, *, to: str | None = None) -> None:
    _send_to(db, person.name, to or person.email, words, now)


def _send_to(db: Session, name: str, email: str, words: Words, now: datetime) -> None:
    """Queue a letter whose words are said in the recipient's language, which is the language of the moment."""
    language = current_language().code
    queue_letter(
        db,
        key=new_public_id(),
        to_name=name,
        to_email=email,
        subject=words.subject,
        text=words.text,
        language=language,
        now=now,
    )


def _language_of(person: Person) -> str:
    return person.language if person.language in LANGUAGES else SOURCE_LANGUAGE


def _forgotten_password(settings: Settings) -> str:
    return f"{settings.base_url}/{current_language().code}/forgotten-password/"


def _thing(person: Person) -> str:
    return f"person:{person.public_id}"


def _hours(lasts: timedelta) -> int:
    return int(lasts.total_seconds()) // 3600
