"""Verbs of people told as stories: what happens, and every way to be refused."""

import json
from datetime import datetime, timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from lms.accounts import queries, service
from lms.accounts.links import Purpose
from lms.accounts.models import LoginSession, Person, RoleGrant
from lms.accounts.policy import holds, is_administrator
from lms.accounts.rules import EVERYWHERE, Role
from lms.accounts.service import Profile
from lms.accounts.session import find_login_session
from lms.kernel.i18n import use_language
from lms.kernel.models import AuditEntry
from lms.kernel.refusals import Conflict, Denied, Invalid, NotFound, TooMany
from lms.settings import Settings
from tests.accounts.visitor import letters, link_in
from tests.people import make_person

ADA = Profile("Ada Okafor", "en", "Africa/Lagos")


def audited(db: Session) -> list[tuple[str, str]]:
    db.flush()
    return [
        (row.actor, row.action)
        for row in db.execute(select(AuditEntry.actor, AuditEntry.action).order_by(AuditEntry.id))
    ]


def token_of(link: str) -> str:
    return link.rstrip("/").rpartition("/")[2]


def test_join_and_confirm(db: Session, settings: Settings, now: datetime) -> None:
    profile = Profile(" Ada  Okafor ", "fr", "Africa/Lagos", local_name="أدا", country="NG", organisation="Ministry")
    service.register(db, settings, profile, email=" Ada@Example.org", password_hash="h1", now=now)
    ada = db.scalars(select(Person)).one()
    assert (ada.email, ada.name, ada.local_name, ada.country, ada.email_confirmed_at) == (
        "ada@example.org",
        "Ada Okafor",
        "أدا",
        "NG",
        None,
    )
    [letter] = letters(db)
    assert (letter["to_email"], letter["to_name"], letter["language"]) == ("ada@example.org", "Ada Okafor", "fr")
    link = link_in(letter)
    assert link.startswith("/fr/confirm/")

    found = queries.behind_link(db, settings, Purpose.CONFIRM_EMAIL, token_of(link), now + timedelta(days=6))
    assert found is not None
    service.confirm_email(db, found.person, now)
    assert ada.email_confirmed_at == now
    assert audited(db) == [
        (f"person:{ada.public_id}", "register"),
        (f"person:{ada.public_id}", "send_confirmation"),
        (f"person:{ada.public_id}", "confirm_email"),
    ]
    with pytest.raises(Conflict):
        service.send_confirmation(db, settings, ada, now)
    assert queries.behind_link(db, settings, Purpose.CONFIRM_EMAIL, token_of(link), now + timedelta(days=8)) is None
    assert queries.behind_link(db, settings, Purpose.NEW_PASSWORD, token_of(link), now) is None, "one link, one purpose"


def test_an_address_has_one_account(db: Session, settings: Settings, now: datetime) -> None:
    ada = make_person(db, language="es")
    service.register(db, settings, Profile("Eve Moreau", "en"), email="ADA@example.org", password_hash="h2", now=now)
    assert db.scalars(select(Person)).all() == [ada]
    assert ada.password_hash == "!"
    [letter] = letters(db)
    assert (letter["to_name"], letter["language"]) == ("Ada Okafor", "es")
    assert link_in(letter) == "/es/forgotten-password/"
    with pytest.raises(Conflict):
        service.add_person(db, ADA, email="ada@example.org", password_hash="h", now=now)


def test_what_a_profile_must_be(db: Session, settings: Settings, now: datetime) -> None:
    wrong = Profile("عادة", "xx", "Mars/Base", "a\u2028b", "XX", "robot", "club", "o" * 201, "job\r\nBcc: x")
    with pytest.raises(Invalid) as refused:
        service.register(db, settings, wrong, email="ada@example.org", password_hash="h", now=now)
    assert set(refused.value.fields) == {
        *(
            "name",
            "language",
            "time_zone",
            "local_name",
            "country",
            "gender",
            "organisation_type",
            "organisation",
            "job",
        )
    }
    with pytest.raises(Invalid):
        service.register(db, settings, Profile("", "en"), email="ada@example.org", password_hash="h", now=now)
    with pytest.raises(Invalid):
        service.register(db, settings, ADA, email="ada", password_hash="h", now=now)
    assert letters(db) == []


def test_added_from_the_command_line(db: Session, now: datetime) -> None:
    ada = service.add_person(db, ADA, email="Ada@example.org", password_hash="h", now=now)
    assert ada.email_confirmed_at == now
    assert audited(db) == [("system", "add_person")]


def test_log_in_sessions(db: Session, now: datetime) -> None:
    ada, eve = make_person(db), make_person(db, "eve")
    phone = service.log_in(db, ada, device="Phone\n", now=now)
    laptop = service.log_in(db, ada, device="Laptop", now=now + timedelta(minutes=1))
    hers = service.log_in(db, eve, device="x", now=now)
    found = find_login_session(db, phone.token, now)
    assert found is not None
    assert found.person is ada
    assert found.device == "Phone"
    assert phone.token not in repr(db.execute(select(LoginSession.token_hash)).all()), (
        "the database never knows the secret"
    )
    assert [device.this_one for device in queries.devices(db, ada, laptop.login_session, now)] == [True, False]

    with pytest.raises(NotFound):
        queries.open_login_session(db, ada, hers.login_session.public_id, now)
    with pytest.raises(NotFound):
        queries.open_login_session(db, ada, "x\x00", now)

    again = service.log_in(db, ada, device="Phone", now=now, replaces=phone.login_session)
    assert find_login_session(db, phone.token, now) is None, "the old secret is over"
    service.end_other_login_sessions(db, ada, again.login_session, now)
    assert find_login_session(db, laptop.token, now) is None
    assert find_login_session(db, again.token, now) is not None
    assert find_login_session(db, again.token, now + timedelta(days=31)) is None
    service.log_out(db, again.login_session, now)
    assert find_login_session(db, again.token, now) is None
    assert find_login_session(db, hers.token, now) is not None


def test_forgotten_password(db: Session, settings: Settings, now: datetime) -> None:
    ada = make_person(db, password_hash="old", email_confirmed_at=None)
    opened = service.log_in(db, ada, device="x", now=now)
    service.ask_new_password(db, settings, email="ada@example.org", now=now)
    token = token_of(link_in(letters(db)[-1]))
    found = queries.behind_link(db, settings, Purpose.NEW_PASSWORD, token, now + timedelta(minutes=119))
    assert found is not None
    service.set_new_password(db, settings, found.person, new_hash="new", now=now)
    assert ada.email_confirmed_at == now, "the letter reached them"
    assert find_login_session(db, opened.token, now) is None
    assert letters(db)[-1]["subject"] == "Your password was changed"
    assert queries.behind_link(db, settings, Purpose.NEW_PASSWORD, token, now) is None, "works once"


def test_forgotten_password_of_the_suspended_and_of_strangers(db: Session, settings: Settings, now: datetime) -> None:
    ada = make_person(db)
    service.ask_new_password(db, settings, email="ada@example.org", now=now)
    token = token_of(link_in(letters(db)[-1]))
    assert queries.behind_link(db, settings, Purpose.NEW_PASSWORD, token, now + timedelta(hours=2)) is None, "too old"
    service.suspend(db, make_person(db, "dee", now=now), ada, reason="test", now=now)
    assert queries.behind_link(db, settings, Purpose.NEW_PASSWORD, token, now) is None
    service.ask_new_password(db, settings, email="ada@example.org", now=now)
    assert letters(db)[-1]["subject"] == "Your account is suspended"
    with use_language("ar"):
        service.ask_new_password(db, settings, email="nobody@example.org", now=now)
    assert (letters(db)[-1]["to_email"], letters(db)[-1]["language"]) == ("nobody@example.org", "ar")
    assert link_in(letters(db)[-1]) == "/ar/register/"


def test_change_password(db: Session, settings: Settings, now: datetime) -> None:
    ada = make_person(db, password_hash="old")
    phone, laptop = (service.log_in(db, ada, device=name, now=now) for name in ("phone", "laptop"))
    with pytest.raises(Conflict):
        service.change_password(db, settings, ada, old_hash="older", new_hash="new", device="laptop", now=now)
    fresh = service.change_password(db, settings, ada, old_hash="old", new_hash="new", device="laptop", now=now)
    assert ada.password_hash == "new"
    assert [bool(find_login_session(db, each.token, now)) for each in (phone, laptop, fresh)] == [False, False, True]


def test_change_email(db: Session, settings: Settings, now: datetime) -> None:
    ada = make_person(db)
    with pytest.raises(Invalid):
        service.ask_email_change(db, settings, ada, email="ADA@example.org", now=now)
    service.ask_email_change(db, settings, ada, email="New@example.org", now=now)
    first, second = letters(db)
    assert (first["to_email"], second["to_email"]) == ("new@example.org", "ada@example.org")
    token = token_of(link_in(first))
    found = queries.behind_link(db, settings, Purpose.CHANGE_EMAIL, token, now)
    assert found is not None
    service.change_email(db, settings, found.person, email=found.link.email, now=now)
    assert ada.email == "new@example.org"
    assert [line.name for line in queries.people(db, "new@example", now).lines] == ["Ada Okafor"]
    assert letters(db)[-1]["to_email"] == "ada@example.org"
    assert queries.behind_link(db, settings, Purpose.CHANGE_EMAIL, token, now) is None, "works once"


def test_change_email_to_one_that_is_taken(db: Session, settings: Settings, now: datetime) -> None:
    ada, eve = make_person(db), make_person(db, "eve")
    service.ask_email_change(db, settings, eve, email="ada@example.org", now=now)
    assert letters(db)[0]["subject"] == "This address has an account of its own"
    assert "http" not in letters(db)[0]["text"]
    with pytest.raises(Conflict):
        service.change_email(db, settings, eve, email="ada@example.org", now=now)
    assert (ada.email, eve.email) == ("ada@example.org", "eve@example.org")


def test_the_ledger_says_which_facts_changed_and_never_what_they_were(
    db: Session, settings: Settings, now: datetime
) -> None:
    ada = make_person(db)
    service.change_profile(db, ada, Profile("Ada Eze", "fr", "Africa/Lagos", country="NG"), now)
    service.change_profile(db, ada, Profile("Ada Eze", "fr", "Africa/Lagos", country="NG"), now)
    service.change_email(db, settings, ada, email="eze@example.org", now=now)
    entries = db.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [entry.after for entry in entries] == [{"changed": ["name", "language", "time_zone", "country"]}, None]
    assert "Eze" not in repr([(entry.before, entry.after, entry.thing) for entry in entries])
    assert queries.people(db, "eze", now).total == 1


def test_leave(db: Session, settings: Settings, now: datetime) -> None:
    ada = make_person(db, password_hash="h", local_name="أدا", country="NG", gender="female", job="economist")
    service.grant_role(db, None, ada, role=Role.TRAINER, now=now - timedelta(days=2))
    service.grant_role(db, None, ada, role=Role.AUTHOR, now=now, valid_from=now + timedelta(days=2))
    opened = service.log_in(db, ada, device="Ada's phone", now=now)
    with pytest.raises(Conflict):
        service.delete_account(db, settings, ada, old_hash="other", now=now)
    service.delete_account(db, settings, ada, old_hash="h", now=now)
    db.expire_all()
    left = db.scalars(select(Person)).one()
    facts = {column.key: getattr(left, column.key) for column in Person.__table__.columns}
    told = repr(facts)
    assert not any(word in told for word in ("Ada", "ada@", "أدا", "NG", "female", "economist"))
    assert left.deleted_at == now
    assert left.email.endswith("@deleted.invalid")
    assert find_login_session(db, opened.token, now) is None
    assert db.scalars(select(LoginSession)).all() == []
    assert not any(grant.valid_at(now + timedelta(days=3)) for grant in db.scalars(select(RoleGrant)))
    assert db.info["events"] == [("person.deleted", {"person": left})]
    assert letters(db)[-1]["to_email"] == "ada@example.org"
    assert queries.people(db, "", now).total == 0
    for deed in (service.suspend, service.lift_suspension):
        with pytest.raises(Denied):
            deed(db, None, left, reason="x", now=now)
    service.register(db, settings, ADA, email="ada@example.org", password_hash="h3", now=now)
    assert queries.people(db, "ada", now).total == 1, "the address is free again"


def test_roles(db: Session, now: datetime) -> None:
    dee, bo, eve = (make_person(db, key, now=now - timedelta(days=1)) for key in ("dee", "bo", "eve"))
    opened = service.log_in(db, bo, device="x", now=now)
    grant = service.grant_role(
        db, dee, bo, role=Role.TRAINER, scope="course:one", now=now, valid_until=now + timedelta(days=9)
    )
    assert find_login_session(db, opened.token, now) is None, "a new role means a new log-in session"
    bo = queries.person_with_roles(db, bo.public_id)
    db.refresh(bo, ["grants"])
    assert holds(bo, Role.TRAINER, now, "course:one")
    assert not holds(bo, Role.TRAINER, now, "course:two")
    assert not holds(bo, Role.TRAINER, now + timedelta(days=9), "course:one")

    with pytest.raises(Conflict):
        service.grant_role(db, dee, bo, role=Role.TRAINER, scope="course:one", now=now + timedelta(days=1))
    with pytest.raises(Invalid):
        service.grant_role(db, dee, bo, role=Role.TRAINER, scope="every where", now=now)
    with pytest.raises(Invalid):
        service.grant_role(db, dee, bo, role=Role.AUTHOR, now=now, valid_until=now)
    with pytest.raises(Denied):
        service.grant_role(db, dee, dee, role=Role.AUTHOR, now=now)
    with pytest.raises(Denied):
        service.grant_role(db, eve, bo, role=Role.AUTHOR, now=now)
    with pytest.raises(Denied):
        service.end_grant(db, dee, dee, dee.grants[0], now)
    with pytest.raises(NotFound):
        queries.grant_of(db, eve, grant.public_id)

    service.end_grant(db, dee, bo, grant, now + timedelta(hours=1))
    assert not holds(bo, Role.TRAINER, now + timedelta(hours=1), "course:one")
    with pytest.raises(Conflict):
        service.end_grant(db, dee, bo, grant, now + timedelta(hours=2))
    later = service.grant_role(db, dee, bo, role=Role.AUTHOR, now=now, valid_from=now + timedelta(days=5))
    service.end_grant(db, dee, bo, later, now)
    assert not later.valid_at(now + timedelta(days=6))


def test_nobody_gives_themselves_a_role_even_by_hand(db: Session, now: datetime) -> None:
    eve = make_person(db, "eve")
    db.add(RoleGrant(person_id=eve.id, role=Role.ADMINISTRATOR, scope=EVERYWHERE, valid_from=now, granted_by_id=eve.id))
    with pytest.raises(DatabaseError):
        db.flush()


def test_suspension(db: Session, now: datetime) -> None:
    dee, ada, eve = make_person(db, "dee", now=now), make_person(db), make_person(db, "eve")
    opened = service.log_in(db, ada, device="x", now=now)
    for actor, person in ((dee, dee), (eve, ada)):
        with pytest.raises(Denied):
            service.suspend(db, actor, person, reason="x", now=now)
        with pytest.raises(Denied):
            service.lift_suspension(db, actor, person, reason="x", now=now)
    with pytest.raises(Invalid):
        service.suspend(db, dee, ada, reason="  ", now=now)
    service.suspend(db, dee, ada, reason="Shared account", now=now)
    assert find_login_session(db, opened.token, now) is None
    with pytest.raises(Conflict):
        service.suspend(db, dee, ada, reason="again", now=now)
    service.lift_suspension(db, dee, ada, reason="Explained", now=now)
    assert find_login_session(db, opened.token, now) is None, "old log-ins stay over"
    with pytest.raises(Conflict):
        service.lift_suspension(db, dee, ada, reason="again", now=now)
    entries = db.scalars(select(AuditEntry).where(AuditEntry.action == "suspend")).one()
    assert (entries.actor, entries.after) == (f"person:{dee.public_id}", {"reason": "Shared account"})


def test_administrators_are_so_only_while_the_grant_is_valid(db: Session, now: datetime) -> None:
    dee = make_person(db, "dee", now=now)
    assert not is_administrator(None, now)
    assert is_administrator(dee, now)
    assert not is_administrator(dee, now - timedelta(seconds=1))


def test_limits(db: Session, now: datetime) -> None:
    limit = service.LETTERS
    for _ in range(limit.most):
        service.count(db, limit, "ada@example.org", now)
    for refused in (service.count, service.refuse_too_many):
        with pytest.raises(TooMany):
            refused(db, limit, "ada@example.org", now)
    service.count(db, limit, "eve@example.org", now)
    service.count(db, limit, "ada@example.org", now + limit.within)


def test_take_along(db: Session, settings: Settings, now: datetime) -> None:
    service.register(db, settings, ADA, email="ada@example.org", password_hash="secret-hash", now=now)
    ada = db.scalars(select(Person)).one()
    opened = service.log_in(db, ada, device="Phone", now=now)
    db.flush()
    packed = queries.pack_personal_data([service.personal_data(db, ada), {"lessons": 3, "files": {"a.txt": b"words"}}])
    with ZipFile(BytesIO(packed)) as archive:
        facts = json.loads(archive.read("data.json"))
        assert archive.read("files/a.txt") == b"words"
    assert facts["account"]["name"] == "Ada Okafor"
    assert facts["lessons"] == 3
    assert [deed["action"] for deed in facts["deeds"]] == ["register", "send_confirmation", "log_in"]
    assert "secret-hash" not in str(facts)
    assert opened.token not in str(facts)
    assert opened.login_session.token_hash not in str(facts)


def test_search_and_audit_log(db: Session, now: datetime) -> None:
    dee = make_person(db, "dee", now=now)
    for number in range(60):
        make_person(db, f"p{number:02}", name=f"Person Número {chr(97 + number % 26)}", local_name="محمّد")
    found = queries.people(db, "numero", now)
    assert (found.total, len(found.lines), found.pages) == (60, 50, 2)
    assert len(queries.people(db, "محمد", now, 2).lines) == 10
    assert queries.people(db, "p07@example", now).total == 1
    assert queries.people(db, "%", now).total == 61, "no letters to search by: everybody"
    assert queries.people(db, "nobody", now).lines == []

    for person in db.scalars(select(Person).where(Person.id != dee.id)).all():
        service.suspend(db, dee, person, reason="r", now=now)
        service.lift_suspension(db, None, person, reason="r", now=now)
    log = queries.audit_log(db, queries.AuditFilters(actor="dee@example.org"))
    assert (len(log.lines), log.older) == (60, None)
    assert {line.actor for line in log.lines} == {"Dee Fernández"}
    everything = queries.audit_log(db, queries.AuditFilters())
    assert len(everything.lines) == 100
    rest = queries.audit_log(db, queries.AuditFilters(), everything.older)
    assert (len(rest.lines), rest.older) == (20, None)
    assert len(queries.audit_log(db, queries.AuditFilters(actor="system", action="lift_suspension")).lines) == 60
    assert queries.audit_log(db, queries.AuditFilters(thing="course:")).lines == []
    one = log.lines[0].person_id
    assert len(queries.audit_log(db, queries.AuditFilters(thing=f"person:{one}")).lines) == 2
