"""One's own account at the browser."""

import json
import re
from html import unescape
from io import BytesIO
from zipfile import ZipFile

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from lms.accounts.models import LoginSession, Person
from lms.settings import Settings
from tests.accounts.visitor import OTHER_PASSWORD, PASSWORD, Reader, Visitor, hashed, link_in, registration, visitor
from tests.people import make_person


def test_register_confirm_log_in_log_out(browser: Visitor, reader: Reader) -> None:
    back = browser.open("/en/profile/password/").location
    assert back.startswith("/en/log-in/?next=")
    page = browser.open(back)
    assert "Log in to go on" in page.text
    register = back.replace("/log-in/", "/register/")
    assert browser.send(register, registration()).location.startswith("/en/register/sent/?next=")
    [letter] = reader.letters()
    link = link_in(letter)
    assert "Ada Okafor" in letter["text"]

    page = browser.open(link)
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    assert reader.one(select(Person.email_confirmed_at)) is None, "opening a link changes nothing"
    page = browser.send(link)
    assert page.location.startswith("/en/log-in/?next="), "the way back goes through the letter"
    assert browser.log_in(at=page.location).location == "/en/profile/password/"
    assert reader.one(select(Person.email_confirmed_at)) is not None

    assert "Ada Okafor" in browser.open("/en/profile/").text
    assert browser.open("/en/log-in/").status_code == 303, "who is in need not log in"
    assert browser.send("/en/log-out/", seen_on="/en/profile/").status_code == 303
    assert browser.open("/en/profile/").status_code == 302


def test_register_refuses_with_a_sentence_beside_each_field(browser: Visitor, reader: Reader) -> None:
    page = browser.send("/en/register/", {})
    assert page.status_code == 422
    assert 'aria-invalid="true"' in page.text
    for field, value, sentence in (
        ("name", "عادة", "Latin letters"),
        ("password", "password123", "guess"),
        ("email", "ada", "like name@example.org"),
        ("job", "a\u2028b", "cannot be shown"),
        ("language", "xx", "Choose one from the list."),
        ("time_zone", "Mars/Base", "from the list"),
    ):
        page = browser.send("/en/register/", registration(**{field: value}))
        assert page.status_code == 422
        assert sentence in page.text, field
        assert PASSWORD not in page.text
    assert "/ar/register/" in page.text, "the refused page leads to itself in another language"
    assert reader.one(select(func.count()).select_from(Person)) == 0


def _errors(page: TestResponse) -> dict[str, str]:
    """What stands beside each field; the summary on top must say the same, with links to the fields."""
    beside = dict(re.findall(r'<p class="error" id="(\w+)-error">([^<]+)</p>', page.text))
    assert page.text.count('class="error"') == len(beside), "one sentence a field"
    assert dict(re.findall(r'<li><a href="#(\w+)">([^<]+)</a></li>', page.text)) == beside
    assert f"There are {len(beside)} problems" in page.text
    return {field: unescape(sentence) for field, sentence in beside.items()}


def test_registration_tells_all_that_is_wrong_at_once(browser: Visitor, reader: Reader) -> None:
    """What the form finds, what the rules of accounts find, and what is wrong with the password."""
    wrong = {"email": "ada", "password": "password123", "name": "عادة", "local_name": "a\u2028b"}
    wrong |= {"language": "xx", "time_zone": "Mars/Base", "country": "XX", "gender": "robot"}
    page = browser.send("/en/register/", wrong | {"organisation": "o" * 201, "job": "x\u202ey"})
    assert page.status_code == 422
    errors = _errors(page)
    assert set(errors) == {*wrong, "organisation", "job"}
    assert ("Latin" in errors["name"], "guess" in errors["password"]) == (True, True)
    assert errors["organisation"] == "This is too long."
    page = browser.send("/en/register/", {"time_zone": "UTC", "job": "x\u202ey"})
    assert set(_errors(page)) == {"email", "password", "name", "language", "job"}
    assert _errors(page)["password"] == "Write a password."
    assert reader.all(select(Person)) == []


@pytest.mark.usefixtures("ada")
def test_the_profile_tells_all_that_is_wrong_at_once(browser: Visitor, reader: Reader) -> None:
    browser.log_in()
    wrong = {"name": "Ada 2", "local_name": "a\u2028b", "language": "", "time_zone": "Mars/Base", "job": "j" * 201}
    page = browser.send("/en/profile/", wrong)
    assert page.status_code == 422
    assert set(_errors(page)) == set(wrong)
    assert reader.one(select(Person.name)) == "Ada Okafor"


def test_log_in_works_before_the_address_is_confirmed(
    app: Flask, db: Session, reader: Reader, settings: Settings
) -> None:
    make_person(db, password_hash=hashed(settings), email_confirmed_at=None)
    db.commit()
    browser = visitor(app)
    assert browser.log_in().location == "/en/learn/"
    assert "We do not know yet" in browser.open("/en/profile/").text
    assert browser.send("/en/profile/confirmation/", seen_on="/en/profile/").status_code == 303
    assert browser.send(link_in(reader.letters()[-1])).location == "/en/profile/"
    assert "We do not know yet" not in browser.open("/en/profile/").text
    assert browser.send("/en/profile/confirmation/", seen_on="/en/profile/").status_code == 409


@pytest.mark.usefixtures("ada")
def test_wrong_passwords(browser: Visitor, reader: Reader) -> None:
    page = browser.log_in(password="not the password")
    assert page.status_code == 422
    assert "The e-mail address or the password is wrong." in page.text
    assert browser.log_in(email="ada@example.org\x00").status_code == 422
    assert browser.log_in(password=PASSWORD + "x" * 300).status_code == 422
    assert reader.one(select(func.count()).select_from(LoginSession)) == 0
    assert browser.log_in(email=" ADA@example.org ").status_code == 303


def test_suspended_people_are_told_only_with_their_password(browser: Visitor, ada: Person, db: Session) -> None:
    ada.suspended_at = ada.created_at
    db.commit()
    assert "suspended" not in browser.log_in(password="not the password").text
    page = browser.log_in()
    assert page.status_code == 403
    assert "suspended" in page.text


@pytest.mark.usefixtures("ada")
def test_a_password_of_other_days_is_hashed_anew(reader: Reader, app: Flask, settings: Settings) -> None:
    before = reader.one(select(Person.password_hash))
    browser = visitor(app)
    object.__setattr__(settings, "argon2_memory_kib", 16)
    assert browser.log_in().status_code == 303
    after = reader.one(select(Person.password_hash))
    assert before != after
    assert "m=16" in after
    assert visitor(app).log_in().status_code == 303


@pytest.mark.usefixtures("ada")
def test_forgotten_password(browser: Visitor, reader: Reader) -> None:
    assert browser.send("/fr/forgotten-password/", {"email": "nonsense"}).status_code == 422
    assert (
        browser.send("/fr/forgotten-password/", {"email": "ADA@example.org"}).location == "/fr/forgotten-password/sent/"
    )
    link = link_in(reader.letters()[-1])
    assert "ada@example.org" in browser.open(link).text
    assert browser.send(link, {"password": "short"}).status_code == 422
    assert browser.send(link, {"password": OTHER_PASSWORD}).location == "/en/log-in/"
    for _ in range(2):
        assert browser.send(link, {"password": PASSWORD}, seen_on="/en/log-in/").status_code == 404, "works once"
    assert browser.log_in().status_code == 422
    assert browser.log_in(password=OTHER_PASSWORD).status_code == 303


def test_profile(browser: Visitor, ada: Person, db: Session) -> None:
    browser.log_in()
    fields = registration(name="Ada Eze", country="NG", gender="female", organisation_type="academia", job="Economist")
    assert browser.send("/en/profile/", fields).location == "/en/profile/"
    page = browser.open("/en/profile/")
    assert 'value="Ada Eze"' in page.text
    assert "Your profile is saved." in page.text
    assert browser.send("/en/profile/", fields | {"name": "أدا"}).status_code == 422
    assert browser.send("/en/profile/", fields | {"name": "Ada\r\nBcc: eve@example.org"}).status_code == 422
    assert browser.send("/en/profile/", fields | {"country": "XX"}).status_code == 422
    browser.send("/en/profile/", fields | {"country": "", "gender": ""})
    db.refresh(ada)
    assert (ada.name, ada.country, ada.gender, ada.time_zone) == ("Ada Eze", None, None, "Africa/Lagos")


def test_an_old_zone_name_survives_the_form(browser: Visitor, ada: Person, db: Session) -> None:
    ada.time_zone = "Asia/Calcutta"
    db.commit()
    browser.log_in()
    assert '<option selected value="Asia/Calcutta">' in browser.open("/en/profile/").text


def test_devices(app: Flask, db: Session, reader: Reader, ada: Person) -> None:
    phone, laptop, tablet = visitor(app), visitor(app), visitor(app)
    for each in (phone, laptop, tablet):
        each.log_in()
    ids = reader.all(select(LoginSession.public_id).order_by(LoginSession.id))
    assert laptop.open("/en/profile/").text.count("/end/") == 2
    assert laptop.send(f"/en/profile/log-ins/{ids[0]}/end/", seen_on="/en/profile/").status_code == 303
    assert phone.open("/en/profile/").status_code == 302
    assert laptop.send(f"/en/profile/log-ins/{ids[0]}/end/", seen_on="/en/profile/").status_code == 404
    assert laptop.send(f"/en/profile/log-ins/{ids[1]}/end/", seen_on="/en/profile/").status_code == 409, "use log out"
    assert laptop.send("/en/profile/log-ins/end-others/", seen_on="/en/profile/").status_code == 303
    assert tablet.open("/en/profile/").status_code == 302
    assert laptop.open("/en/profile/").status_code == 200

    eve = make_person(db, "eve", password_hash=ada.password_hash)
    db.commit()
    other = visitor(app)
    other.log_in(eve.email)
    assert other.send(f"/en/profile/log-ins/{ids[1]}/end/", seen_on="/en/profile/").status_code == 404


@pytest.mark.usefixtures("ada")
def test_change_email(browser: Visitor, reader: Reader) -> None:
    browser.log_in()
    wrong = {"email": "new@example.org", "old_password": "not the password"}
    assert browser.send("/en/profile/e-mail/", wrong).status_code == 422
    assert (
        browser.send("/en/profile/e-mail/", wrong | {"old_password": PASSWORD, "email": "nonsense"}).status_code == 422
    )
    assert browser.send("/en/profile/e-mail/", wrong | {"old_password": PASSWORD}).status_code == 303
    link = link_in(reader.letters()[0])
    assert "new@example.org" in browser.open(link).text
    assert browser.send(link).location == "/en/profile/"
    assert "new@example.org" in browser.open("/en/profile/").text
    assert browser.open(link).status_code == 404
    assert visitor(browser.client.application).log_in("new@example.org").status_code == 303


@pytest.mark.usefixtures("ada")
def test_my_data(browser: Visitor) -> None:
    browser.log_in()
    answer = browser.open("/en/profile/my-data.zip")
    assert answer.content_type == "application/zip"
    with ZipFile(BytesIO(answer.data)) as archive:
        assert json.loads(archive.read("data.json"))["account"]["email"] == "ada@example.org"


@pytest.mark.usefixtures("ada")
def test_delete_account(browser: Visitor, reader: Reader) -> None:
    browser.log_in()
    page = browser.open("/en/profile/delete/")
    assert "What stays with your name" in page.text
    assert browser.send("/en/profile/delete/", {"old_password": "not the password"}).status_code == 422
    assert browser.send("/en/profile/delete/", {"old_password": PASSWORD}).location == "/en/courses/"
    assert browser.open("/en/profile/").status_code == 302
    assert browser.log_in().status_code == 422
    assert reader.one(select(Person.deleted_at)) is not None


@pytest.mark.parametrize("lang", ["en", "ar", "fr", "es"])
@pytest.mark.usefixtures("ada")
def test_every_page_in_every_language(browser: Visitor, lang: str) -> None:
    doors = ("register/", "register/sent/", "log-in/", "forgotten-password/", "forgotten-password/sent/")
    inside = ("profile/", "profile/password/", "profile/e-mail/", "profile/delete/")
    for path in doors:
        assert browser.open(f"/{lang}/{path}").text.count("<h1") == 1
    browser.log_in()
    for path in inside:
        page = browser.open(f"/{lang}/{path}")
        assert (page.status_code, page.text.count("<h1"), page.text.count("<title")) == (200, 1, 1)
