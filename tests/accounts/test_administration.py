"""People, roles and the audit log as administrators see them, and as nobody else does."""

import pytest
from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from lms.accounts.models import Person, RoleGrant
from lms.kernel import clock
from lms.kernel.db import Database
from tests.accounts.visitor import Reader, Visitor
from tests.people import log_in, make_person


@pytest.fixture
def dee(app: Flask, db: Session) -> Visitor:
    person = make_person(db, "dee")
    db.commit()
    return Visitor(log_in(app, person))


@pytest.fixture
def bo(db: Session, dee: Visitor) -> str:
    person = make_person(db, "bo", local_name="بو", organisation="Ministry <b>of</b> Labour")
    db.commit()
    return f"/en/administration/people/{person.public_id}/"


def test_find_people_and_look_at_one(dee: Visitor, bo: str) -> None:
    page = dee.open("/en/administration/people/?q=lindqvist")
    assert "bo@example.org" in page.text
    assert "dee@example.org" not in page.text
    assert "Nobody fits" in dee.open("/en/administration/people/?q=zzz&page=99").text
    page = dee.open(bo)
    assert "Ministry &lt;b&gt;of&lt;/b&gt; Labour" in page.text
    assert dee.open("/en/administration/people/abc/").status_code == 404
    assert dee.open("/en/administration/people/a%00b/").status_code == 404


def test_give_and_end_a_role(dee: Visitor, bo: str, reader: Reader) -> None:
    today = clock.now().date()
    fields = {"role": "trainer", "scope": "*", "valid_from": "", "valid_until": today.isoformat()}
    for wrong in (
        {"role": "king"},
        {"scope": "course:unknown"},
        {"valid_from": "2001-01-01"},
        {"valid_until": "2001-01-01"},
        {"valid_until": "9999-12-31"},
        {"valid_until": "soon"},
    ):
        assert dee.send(f"{bo}roles/", fields | wrong, seen_on=bo).status_code == 422
    assert dee.send(f"{bo}roles/", fields, seen_on=bo).status_code == 303
    assert dee.send(f"{bo}roles/", fields, seen_on=bo).status_code == 409
    assert "Trainer" in dee.open(bo).text
    grant: RoleGrant = reader.one(select(RoleGrant).where(RoleGrant.role == "trainer"))
    assert grant.valid_until is not None
    assert grant.valid_until.date() > today
    assert dee.send(f"{bo}roles/{grant.public_id}/end/", seen_on=bo).status_code == 303
    assert dee.send(f"{bo}roles/{grant.public_id}/end/", seen_on=bo).status_code == 409
    assert dee.send(f"{bo}roles/{'x' * 22}/end/", seen_on=bo).status_code == 404
    log = dee.open("/en/administration/audit/?actor=dee@example.org&action=grant_role")
    assert "role: trainer" in log.text
    assert "end_grant" not in log.text


def test_scopes_come_from_who_knows_them(app: Flask, dee: Visitor, bo: str, reader: Reader) -> None:
    app.extensions["lms.scopes"] = lambda _db, language: {"course:one": f"One in {language}"}
    assert "One in en" in dee.open(bo).text
    assert dee.send(f"{bo}roles/", {"role": "author", "scope": "course:one"}, seen_on=bo).status_code == 303
    assert reader.one(select(RoleGrant.scope).where(RoleGrant.role == "author")) == "course:one"


def test_nobody_changes_themselves(dee: Visitor, reader: Reader) -> None:
    person: Person = reader.one(select(Person))
    grant: RoleGrant = reader.one(select(RoleGrant))
    own = f"/en/administration/people/{person.public_id}/"
    page = dee.open(own)
    assert "ask another administrator" in page.text
    assert "Suspend the account" not in page.text
    assert dee.send(f"{own}roles/", {"role": "author", "scope": "*"}, seen_on="/en/profile/").status_code == 403
    assert dee.send(f"{own}roles/{grant.public_id}/end/", seen_on="/en/profile/").status_code == 403
    assert dee.send(f"{own}suspend/", {"reason": "x"}, seen_on="/en/profile/").status_code == 403


def test_suspend_and_lift(dee: Visitor, bo: str) -> None:
    assert dee.send(f"{bo}suspend/", {"reason": ""}, seen_on=bo).status_code == 422
    assert dee.send(f"{bo}suspend/", {"reason": "a\u2028b"}, seen_on=bo).status_code == 422
    assert dee.send(f"{bo}suspend/", {"reason": "Shared account"}, seen_on=bo).status_code == 303
    assert "Suspended since" in dee.open(bo).text
    assert "(suspended)" in dee.open("/en/administration/people/").text
    assert dee.send(f"{bo}lift-suspension/", {"reason": ""}, seen_on=bo).status_code == 422
    assert dee.send(f"{bo}lift-suspension/", {"reason": "Explained"}, seen_on=bo).status_code == 303
    assert "reason: Shared account" in dee.open("/en/administration/audit/?thing=person:").text


def test_audit_log_takes_any_question(dee: Visitor) -> None:
    for question in (
        "actor=%00",
        "actor=system",
        "action=%25",
        "thing=%5c",
        "before=-1",
        "before=99999999999999999999",
        "before=x",
    ):
        assert dee.open(f"/en/administration/audit/?{question}").status_code == 200


def test_for_others_these_pages_do_not_exist(app: Flask, db: Session, bo: str, reader: Reader) -> None:
    eve = make_person(db, "eve")
    db.commit()
    grant: RoleGrant = reader.one(select(RoleGrant))
    browser = Visitor(log_in(app, eve))
    for path in ("/en/administration/people/", bo, "/en/administration/audit/"):
        assert browser.open(path).status_code == 404
        assert Visitor(app.test_client()).open(path).status_code == 302
    for path in (f"{bo}roles/", f"{bo}roles/{grant.public_id}/end/", f"{bo}suspend/", f"{bo}lift-suspension/"):
        assert browser.send(path, {"reason": "x"}, seen_on="/en/profile/").status_code == 404


def test_the_list_costs_the_same_however_long_it_is(dee: Visitor, db: Session, database: Database) -> None:
    said: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *values: said.append(values[2]))
    dee.open("/en/administration/people/")
    few = len(said)
    for number in range(40):
        make_person(db, f"p{number}")
    db.commit()
    said.clear()
    dee.open("/en/administration/people/")
    assert len(said) == few
