"""What must not happen to accounts: being guessed, found out, taken over, redirected, filled from outside."""

import re
from statistics import median
from time import thread_time

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from lms.accounts.links import Place, sign_place
from lms.accounts.models import LoginSession, Person, RoleGrant
from lms.kernel.models import OutboxJob, RateWindow
from lms.settings import Settings
from tests.accounts.visitor import (
    OTHER_PASSWORD,
    PASSWORD,
    Reader,
    Visitor,
    hashed,
    link_in,
    masked,
    registration,
    visitor,
)
from tests.people import log_in, make_person


def token_of(page: TestResponse) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert found is not None
    return found[1]


# -- nobody learns who has an account


@pytest.mark.usefixtures("ada")
def test_known_and_unknown_addresses_get_the_same_answers(app: Flask, reader: Reader) -> None:
    seen = []
    for email in ("ada@example.org", "bob@example.org"):
        browser = visitor(app)
        answers = [
            browser.log_in(email, "not the password"),
            browser.send("/en/forgotten-password/", {"email": email}),
            browser.open("/en/forgotten-password/sent/"),
            browser.send("/en/register/", registration(email=email)),
            browser.open("/en/register/sent/"),
        ]
        hidden = ("Set-Cookie", "Content-Length")
        seen.append(
            [
                (
                    each.status_code,
                    masked(each).replace(email, "…"),
                    [pair for pair in each.headers if pair[0] not in hidden],
                )
                for each in answers
            ]
        )
    assert seen[0] == seen[1]
    assert sorted({letter["to_email"] for letter in reader.letters()}) == ["ada@example.org", "bob@example.org"]
    assert len(reader.letters()) == 4, "each of them heard of each deed, in their mailbox and nowhere else"


@pytest.mark.slow
def test_known_and_unknown_addresses_take_as_long(app: Flask, db: Session, settings: Settings) -> None:
    object.__setattr__(settings, "argon2_time", 2)
    object.__setattr__(settings, "argon2_memory_kib", 8192)
    make_person(db, password_hash=hashed(settings))
    db.commit()
    browser, spent = visitor(app), {"ada@example.org": [], "bob@example.org": []}
    for _ in range(25):
        for email, times in spent.items():
            start = thread_time()
            assert browser.log_in(email, "not the password").status_code == 422
            times.append(thread_time() - start)
            db.query(RateWindow).delete()
            db.commit()
    known, unknown = (median(times) for times in spent.values())
    assert abs(known - unknown) < 0.1 * max(known, unknown)


# -- guessing


@pytest.mark.usefixtures("ada")
def test_ten_wrong_passwords_are_enough(app: Flask, reader: Reader) -> None:
    for email in ("ada@example.org", "bob@example.org"):
        statuses = [visitor(app).log_in(email, "not the password").status_code for _ in range(11)]
        assert statuses == [422] * 10 + [429]
    page = visitor(app).log_in()
    assert page.status_code == 429, "the right one does not help now"
    assert int(page.headers["Retry-After"]) > 0
    assert reader.one(select(func.count()).select_from(LoginSession)) == 0
    assert visitor(app, "198.51.100.1").log_in().status_code == 303, "the owner, elsewhere, is not locked out"


@pytest.mark.usefixtures("ada")
def test_guessing_from_many_addresses_ends_too(app: Flask) -> None:
    for email in ("ada@example.org", "bob@example.org"):
        statuses = [visitor(app, f"203.0.113.{n}").log_in(email, "not the password").status_code for n in range(101)]
        assert statuses == [422] * 100 + [429]
    assert visitor(app, "198.51.100.1").log_in().status_code == 429


@pytest.mark.usefixtures("ada")
def test_the_old_password_is_guarded_like_the_log_in(browser: Visitor, app: Flask) -> None:
    browser.log_in()
    for _ in range(10):
        assert browser.send("/en/profile/delete/", {"old_password": "not the password"}).status_code == 422
    assert browser.send("/en/profile/delete/", {"old_password": PASSWORD}).status_code == 429
    assert visitor(app).log_in().status_code == 429


@pytest.mark.usefixtures("ada")
def test_one_address_cannot_try_everybody(app: Flask) -> None:
    browser = visitor(app, "2001:db8::1")
    for number in range(100):
        assert browser.log_in(f"p{number}@example.org", "not the password").status_code == 422
    assert browser.log_in("p100@example.org", "not the password").status_code == 429
    assert visitor(app, "2001:db8::2").log_in().status_code == 429, "one household, many addresses"
    assert visitor(app, "2001:db8:1::1").log_in().status_code == 303


@pytest.mark.usefixtures("ada")
def test_nobody_fills_a_mailbox(app: Flask, reader: Reader) -> None:
    for email in ("ada@example.org", "bob@example.org"):
        statuses = [
            visitor(app, f"198.51.100.{n}").send("/en/forgotten-password/", {"email": email}).status_code
            for n in range(6)
        ]
        assert statuses == [303] * 5 + [429]
        assert visitor(app).send("/en/register/", registration(email=email)).status_code == 429
    assert len(reader.letters()) == 10


# -- sessions


def cookie_of(browser: Visitor) -> str:
    cookie = browser.client.get_cookie("masar")
    assert cookie is not None
    return cookie.value


def with_cookie(app: Flask, value: str) -> Visitor:
    browser = visitor(app)
    browser.client.set_cookie("masar", value)
    return browser


def test_a_cookie_from_before_the_log_in_stays_worthless(app: Flask, ada: Person) -> None:
    browser = visitor(app)
    browser.open("/en/log-in/")
    planted = cookie_of(browser)
    browser.log_in()
    assert cookie_of(browser) != planted
    assert with_cookie(app, planted).open("/en/profile/").status_code == 302
    first = cookie_of(browser)
    page = browser.open("/en/profile/")
    again = browser.client.post(
        "/en/log-in/", data={"email": ada.email, "password": PASSWORD, "csrf_token": token_of(page)}
    )
    assert again.status_code == 303
    assert with_cookie(app, first).open("/en/profile/").status_code == 302, "each log-in has a secret of its own"


def test_old_cookies_are_over(app: Flask, ada: Person, db: Session, reader: Reader) -> None:
    dee = make_person(db, "dee")
    db.commit()
    admin = Visitor(log_in(app, dee))
    person_page = f"/en/administration/people/{ada.public_id}/"

    def leave(browser: Visitor) -> None:
        browser.send("/en/log-out/", seen_on="/en/profile/")

    def change_password(browser: Visitor) -> None:
        fields = {"old_password": PASSWORD, "password": OTHER_PASSWORD}
        assert browser.send("/en/profile/password/", fields).status_code == 303
        assert browser.open("/en/profile/").status_code == 200, "this device goes on"
        fields = {"old_password": OTHER_PASSWORD, "password": PASSWORD}
        assert browser.send("/en/profile/password/", fields).status_code == 303

    def forget_password(browser: Visitor) -> None:
        browser.send("/en/forgotten-password/", {"email": ada.email})
        assert browser.send(link_in(reader.letters()[-1]), {"password": PASSWORD}).status_code == 303

    def be_given_a_role(browser: Visitor) -> None:
        assert (
            admin.send(f"{person_page}roles/", {"role": "author", "scope": "*"}, seen_on=person_page).status_code == 303
        )

    def be_suspended(browser: Visitor) -> None:
        assert admin.send(f"{person_page}suspend/", {"reason": "test"}, seen_on=person_page).status_code == 303

    for deed in (leave, change_password, forget_password, be_given_a_role, be_suspended):
        browser = visitor(app)
        assert browser.log_in().status_code == 303
        old, other = cookie_of(browser), visitor(app)
        other.log_in()
        deed(browser)
        assert with_cookie(app, old).open("/en/profile/").status_code == 302, deed.__name__
        assert with_cookie(app, old).send("/en/profile/", registration(), seen_on="/en/log-in/").status_code == 302
        if deed is not leave:
            assert other.open("/en/profile/").status_code == 302, f"{deed.__name__}: other devices too"


@pytest.mark.usefixtures("ada")
def test_pages_of_somebody_are_kept_by_nobody(browser: Visitor) -> None:
    browser.log_in()
    answer = browser.open("/en/profile/")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Cookie" in answer.headers["Vary"]
    login = visitor(browser.client.application)
    set_cookie = login.log_in().headers["Set-Cookie"]
    assert "HttpOnly" in set_cookie
    assert "SameSite=Lax" in set_cookie


# -- going on after the log-in

ELSEWHERE = [
    *(
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/\t/evil.example",
        "/%09/evil.example",
        "\\\\evil.example",
    ),
    *(
        "http:evil.example",
        "https:/evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "//evil.example/%2f..",
        "///evil.example",
    ),
    *(
        "/en/profile/",
        "http://localhost/en/profile/",
        "https://localhost@evil.example",
        "/en/profile/\r\nSet-Cookie: a=b",
        "\x00",
        ".",
    ),
    *(
        "..",
        "a.b",
        "a.b.c",
        "WyJhIix7fV0.x",
        "W10.x",
        "é",
        "%",
        "%ff",
        "x" * 5000,
        "/en//evil.example",
        " //evil.example",
    ),
]


def test_nobody_is_sent_elsewhere(app: Flask, ada: Person) -> None:
    for wish in ELSEWHERE:
        browser = visitor(app)
        page = browser.client.get("/en/log-in/", query_string={"next": wish})
        assert page.status_code == 200
        targets = re.findall(r'(?:href|src|action)="([^"]*)"', page.text)
        assert [each for each in targets if not re.match(r"/(?![/\\])|#", each)] == []
        fields = {"email": ada.email, "password": PASSWORD, "csrf_token": token_of(page), "next": wish}
        answer = browser.client.post("/en/log-in/", query_string={"next": wish}, data=fields)
        assert (answer.status_code, answer.location) == (303, "/en/learn/"), wish


@pytest.mark.usefixtures("ada")
def test_whatever_is_asked_for_the_way_back_is_a_page_of_ours(app: Flask) -> None:
    for wish in ELSEWHERE:
        browser = visitor(app)
        asked = {"q": wish, "_external": "1", "_scheme": "x", "endpoint": "y", "lang": "//evil.example"}
        first = browser.client.get("/en/profile/", query_string=asked)
        answer = browser.log_in(at=first.location)
        assert answer.location.partition("?")[0] in {"/en/profile/", "/en/learn/"}, wish


@pytest.mark.usefixtures("ada")
def test_after_a_deed_one_comes_back_to_the_page_above(app: Flask) -> None:
    browser = visitor(app)
    answer = browser.send("/en/profile/log-ins/abc/end/", seen_on="/en/log-in/")
    assert answer.status_code == 302
    assert browser.log_in(at=answer.location).location == "/en/profile/"


@pytest.mark.usefixtures("ada")
def test_a_place_that_is_gone_since(app: Flask, settings: Settings) -> None:
    for place in (Place("gone.page", {}), Place("runs.course", {}), Place("", {"endpoint": "x"})):
        browser = visitor(app)
        assert browser.log_in(at=f"/en/log-in/?next={sign_place(settings, place)}").location == "/en/learn/"


def test_links_in_letters_never_follow_the_request(app: Flask, ada: Person, reader: Reader) -> None:
    browser = visitor(app)
    page = browser.client.get("/en/forgotten-password/", headers={"Host": "evil.example"})
    assert page.status_code == 400
    page = browser.open("/en/forgotten-password/")
    forged = {"X-Forwarded-Host": "evil.example", "X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "https"}
    browser.client.post(
        "/en/forgotten-password/", data={"email": ada.email, "csrf_token": token_of(page)}, headers=forged
    )
    assert "evil" not in reader.letters()[-1]["text"]
    path = link_in(reader.letters()[-1])
    try:
        endpoint, _values = app.url_map.bind("localhost").match(path)
    except HTTPException:
        pytest.fail(path)
    assert endpoint == "accounts.new_password"


# -- what is not asked cannot be set


def test_no_form_takes_more_than_it_asks(app: Flask, ada: Person, reader: Reader) -> None:
    asked = {
        "name",
        "local_name",
        "language",
        "time_zone",
        "country",
        "gender",
        "organisation_type",
        "organisation",
        "job",
    }
    every = {column.key for column in Person.__table__.columns} | {"grants", "role", "is_administrator", "person_id"}
    forged = dict.fromkeys(every - asked, "1") | {"created_at": "2001-01-01", "grants-0-role": "administrator"}

    def kept() -> dict[str, object]:
        person = reader.one(select(Person).where(Person.id == ada.id))
        return {column.key: getattr(person, column.key) for column in Person.__table__.columns}

    before = kept()
    browser = visitor(app)
    browser.log_in()
    fields = forged | {name: value for name, value in registration().items() if name in asked}
    assert browser.send("/en/profile/", fields).status_code == 303
    assert kept() == before | {"time_zone": "Africa/Lagos"}
    browser.send("/en/profile/password/", forged | {"old_password": PASSWORD, "password": OTHER_PASSWORD})
    after = kept()
    assert {key for key, value in after.items() if value != before[key]} == {"password_hash", "time_zone"}

    visitor(app).send("/en/register/", forged | registration(email="eve@example.org"))
    eve = reader.one(select(Person).where(Person.email == "eve@example.org"))
    assert (eve.email_confirmed_at, eve.suspended_at, eve.created_at.year > 2001) == (None, None, True)
    assert eve.id != 1
    assert reader.all(select(RoleGrant)) == []


@pytest.mark.parametrize("character", ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x00", "\x85", "\u2028", "\u2029", "\x1e"])
def test_no_header_can_be_smuggled_in(app: Flask, reader: Reader, character: str) -> None:
    forged = f"Ada{character}Bcc: eve@example.org"
    for field in ("name", "local_name", "organisation", "job", "email"):
        answer = visitor(app).send("/en/register/", registration(**{field: forged}))
        assert answer.status_code == 422, field
    assert reader.one(select(func.count()).select_from(OutboxJob)) == 0


def test_forms_need_their_token_and_their_own_origin(app: Flask, ada: Person) -> None:
    browser = visitor(app)
    browser.log_in()
    fields = registration(name="Eve Moreau")
    assert browser.client.post("/en/profile/", data=fields).status_code == 403
    page = browser.open("/en/profile/")
    foreign = browser.client.post(
        "/en/profile/", data=fields | {"csrf_token": token_of(page)}, headers={"Origin": "https://evil.example"}
    )
    assert foreign.status_code == 403
    assert 'value="Ada Okafor"' in browser.open("/en/profile/").text
