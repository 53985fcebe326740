"""Who gives which language to whom, what they are told, and what waits for them at home."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from lms.accounts import service as accounts
from lms.accounts.models import Person, RoleGrant
from lms.accounts.rules import EVERYWHERE, Role
from lms.catalog.models import CourseLanguage
from lms.kernel import clock
from lms.kernel.db import Database
from lms.kernel.models import AuditEntry, OutboxJob
from lms.kernel.refusals import Denied
from lms.settings import Settings
from lms.translation.service import send_back
from tests.accounts.visitor import Reader, Visitor
from tests.factories import SLUG, WHAT, course_files, load, make_enrolment
from tests.people import log_in, make_person
from tests.workshop.work import HERE, approve, give, seen, segments, write

PEOPLE = f"/en/workshop/{SLUG}/people/"
HOME = "/en/workshop/"


@pytest.fixture
def now() -> datetime:
    """These tests go through the browser, which has the real time."""
    return clock.now()


@pytest.fixture
def course(db: Session, tmp_path: Path, now: datetime) -> Session:
    load(db, tmp_path, now)
    return db


Enter = Callable[..., Visitor]


@pytest.fixture
def enter(app: Flask, course: Session, now: datetime) -> Enter:
    """A browser of somebody new who has this role, on the test's course if nothing else is said."""

    def entered(key: str, role: Role | None, **where: object) -> Visitor:
        person = make_person(course, key)
        if role:
            give(course, person, role, now, **where)  # type: ignore[arg-type]
        course.commit()
        return Visitor(log_in(app, person))

    return entered


@pytest.fixture
def reader(database: Database) -> Reader:
    return Reader(database)


def work(email: str = "chi@example.org", **changes: str) -> dict[str, str]:
    return {"email": email, "role": "translator", "language": "fr", "due_on": ""} | changes


# -- who may


def test_who_gives_out_work_and_who_is_not_told_of_it(enter: Enter, course: Session, now: datetime) -> None:
    enter("chi", None)
    cases = {
        "coordinator here": (Role.COORDINATOR, {}, 200, 200),
        "manager everywhere": (Role.PROGRAMME_MANAGER, {"scope": EVERYWHERE}, 200, 200),
        "administrator": (Role.ADMINISTRATOR, {"scope": EVERYWHERE}, 200, 200),
        "translator": (Role.TRANSLATOR, {"language": "fr"}, 403, 200),
        "translator of another language": (Role.TRANSLATOR, {"language": "ar"}, 403, 200),
        "reviewer": (Role.REVIEWER, {}, 403, 200),
        "author": (Role.AUTHOR, {}, 403, 200),
        "coordinator elsewhere": (Role.COORDINATOR, {"scope": "course:another"}, 404, 200),
        "trainer": (Role.TRAINER, {}, 404, 404),
        "learner": (None, {}, 404, 404),
    }
    found, links = {}, {}
    for number, (name, (role, where, _people, _home)) in enumerate(cases.items()):
        visitor = enter(f"p{number}", role, **where)
        home = visitor.open(HOME)
        links[name] = (">Translation</a>" in visitor.open("/en/courses/").text, PEOPLE in home.text)
        found[name] = (visitor.open(PEOPLE).status_code, home.status_code)
        posted = visitor.send(PEOPLE, work(), seen_on="/en/profile/").status_code
        assert posted == {200: 303, 403: 403, 404: 404}[found[name][0]] or (name, posted) in {
            ("manager everywhere", 409),
            ("administrator", 409),
        }, name
    assert found == {name: case[2:] for name, case in cases.items()}
    assert links == {name: (case[3] == 200, case[2] == 200) for name, case in cases.items()}


def test_a_learner_of_the_course_has_no_part_in_its_translation(
    app: Flask, course: Session, now: datetime, enter: Enter
) -> None:
    ada = enter("ada", None)
    make_enrolment(course, course.scalars(select(Person)).one(), now)
    course.commit()
    assert [ada.open(path).status_code for path in (HOME, PEOPLE)] == [404, 404]


def test_leaders_give_these_two_roles_on_their_course_and_never_to_themselves(course: Session, now: datetime) -> None:
    gala, chi = make_person(course, "gala"), make_person(course, "chi")
    give(course, gala, Role.COORDINATOR, now)
    course.refresh(gala, ["grants"])
    for refused in (
        {"role": Role.AUTHOR, "scope": HERE},
        {"role": Role.COORDINATOR, "scope": HERE},
        {"role": Role.ADMINISTRATOR},
        {"role": Role.TRANSLATOR},
        {"role": Role.TRANSLATOR, "scope": "course:another"},
        {"role": Role.TRANSLATOR, "scope": "run:any"},
    ):
        with pytest.raises(Denied, match="Only administrators"):
            accounts.grant_role(course, gala, chi, now=now, **refused)  # type: ignore[arg-type]
    with pytest.raises(Denied, match="Nobody gives work to themselves"):
        accounts.grant_role(course, gala, gala, role=Role.REVIEWER, scope=HERE, now=now)
    grant = accounts.grant_role(course, gala, chi, role=Role.REVIEWER, scope=HERE, language="ar", now=now)
    elsewhere = give(course, chi, Role.TRANSLATOR, now, scope=EVERYWHERE)
    with pytest.raises(Denied):
        accounts.end_grant(course, gala, chi, elsewhere, now)
    with pytest.raises(Denied):
        accounts.change_due_date(course, gala, chi, elsewhere, now.date(), now)
    accounts.end_grant(course, gala, chi, grant, now)


def test_only_translators_and_reviewers_are_given_one_language(course: Session, now: datetime) -> None:
    dee, bo = make_person(course, "dee", now=now), make_person(course, "bo")
    with pytest.raises(accounts.Invalid, match="Only translators and reviewers"):
        accounts.grant_role(course, dee, bo, role=Role.TRAINER, language="fr", now=now)


# -- giving and taking back


def test_work_is_given_told_and_noted(enter: Enter, course: Session, reader: Reader, now: datetime) -> None:
    gala = enter("gala", Role.COORDINATOR)
    chi = make_person(course, "chi", language="fr")
    course.commit()
    due = (now + timedelta(days=10)).date()
    assert gala.send(PEOPLE, work(" CHI@example.org ", due_on=due.isoformat())).status_code == 303
    page = gala.open(PEOPLE)
    assert "Chi Haddad" in page.text
    assert "10 days left" in page.text or "9 days left" in page.text
    [letter] = reader.letters()
    assert (letter["to_email"], letter["language"]) == ("chi@example.org", "fr")
    assert "http://localhost/fr/workshop/" in letter["text"]
    assert "Cash transfers: the first steps" in letter["text"]
    assert "français" in letter["text"]
    assert f"{due.day} " in letter["text"]
    entry: AuditEntry = reader.one(select(AuditEntry).where(AuditEntry.action == "grant_role"))
    assert entry.thing == f"person:{chi.public_id}"
    assert entry.after is not None
    said = {name: entry.after[name] for name in ("role", "scope", "language", "due")}
    assert said == {"role": "translator", "scope": HERE, "language": "fr", "due": due.isoformat()}
    begun: CourseLanguage = reader.one(select(CourseLanguage).where(CourseLanguage.language == "fr"))
    assert (begun.state, begun.words_done) == ("in-preparation", 0)
    assert begun.words > 0


def test_the_same_work_is_given_once_another_language_beside_it(enter: Enter, reader: Reader) -> None:
    enter("chi", None)
    gala = enter("gala", Role.COORDINATOR)
    assert gala.send(PEOPLE, work()).status_code == 303
    again = gala.send(PEOPLE, work())
    assert again.status_code == 409
    assert "has this role there already" in again.text
    assert gala.send(PEOPLE, work(language="ar")).status_code == 303
    assert gala.send(PEOPLE, work(role="reviewer")).status_code == 303
    grants = reader.all(select(RoleGrant.language).where(RoleGrant.role == "translator").order_by(RoleGrant.id))
    assert grants == ["fr", "ar"]


def test_what_cannot_be_given_is_refused_at_its_field(enter: Enter, reader: Reader) -> None:
    enter("chi", None)
    gala = enter("gala", Role.COORDINATOR)
    for wrong in (
        {"role": "author"},
        {"language": "en"},
        {"language": "xx"},
        {"due_on": "2001-01-01"},
        {"due_on": "9999-01-01"},
        {"due_on": "soon"},
        {"email": ""},
    ):
        assert gala.send(PEOPLE, work(**wrong)).status_code == 422, wrong
    assert reader.all(select(RoleGrant.role)) == ["coordinator"]
    assert reader.letters() == []
    assert gala.send(PEOPLE, work("gala@example.org")).status_code == 403


def test_a_miss_says_nothing_of_why_and_there_are_few(enter: Enter, course: Session, reader: Reader) -> None:
    make_person(course, "sus", suspended_at=clock.now())
    make_person(course, "new", email_confirmed_at=None)
    enter("chi", None)
    gala = enter("gala", Role.COORDINATOR)

    def said(email: str) -> str:
        answer = gala.send(PEOPLE, work(email))
        assert answer.status_code == 422
        return re.sub(r'value="[^"]*"', "", answer.text)

    assert said("sus@example.org") == said("new@example.org") == said("nobody@example.org") == said("no address")
    for number in range(16):
        said(f"p{number}@example.org")
    assert gala.send(PEOPLE, work("p16@example.org")).status_code == 429
    assert gala.send(PEOPLE, work()).status_code == 429, "what is there is not told either"
    assert reader.letters() == []
    assert enter("femi", Role.COORDINATOR).send(PEOPLE, work()).status_code == 303


def test_due_dates_change_and_work_ends(enter: Enter, course: Session, reader: Reader, now: datetime) -> None:
    gala = enter("gala", Role.COORDINATOR)
    chi = make_person(course, "chi", language="es")
    grant = give(course, chi, Role.TRANSLATOR, now, language="fr")
    wide = give(course, chi, Role.REVIEWER, now, scope=EVERYWHERE)
    other = give(course, chi, Role.TRANSLATOR, now, scope="course:another")
    course.commit()
    page = gala.open(PEOPLE)
    assert "administrators change that" in page.text
    assert page.text.count("Take the work back</button>") == 1
    for foreign in (wide.public_id, other.public_id, "none", "x" * 22):
        for verb in ("due", "end"):
            assert gala.send(f"{PEOPLE}{foreign}/{verb}/", {"due_on": ""}, seen_on=PEOPLE).status_code == 404
    mine = f"{PEOPLE}{grant.public_id}/"
    assert gala.send(f"{mine}due/", {"due_on": "2001-01-01"}, seen_on=PEOPLE).status_code == 422
    assert gala.send(f"{mine}due/", {"due_on": ""}, seen_on=PEOPLE).status_code == 303
    assert reader.letters() == [], "no day before, no day now: nothing changed"
    due = (now + timedelta(days=3)).date().isoformat()
    assert gala.send(f"{mine}due/", {"due_on": due}, seen_on=PEOPLE).status_code == 303
    assert gala.send(f"{mine}end/", seen_on=PEOPLE).status_code == 303
    assert gala.send(f"{mine}end/", seen_on=PEOPLE).status_code == 409
    assert [letter["language"] for letter in reader.letters()] == ["es", "es"]
    entries = reader.all(select(AuditEntry).where(AuditEntry.action.in_(["change_due_date", "end_grant"])))
    assert [(entry.action, entry.before["due"], entry.after["due"]) for entry in entries] == [
        ("change_due_date", None, due),
        ("end_grant", due, due),
    ]


def test_more_of_the_same_work_logs_nobody_out(
    app: Flask, course: Session, enter: Enter, reader: Reader, now: datetime
) -> None:
    """Who is in the middle of a text keeps it; who gets a role they did not have, or loses one, logs in anew."""
    gala, chi = enter("gala", Role.COORDINATOR), enter("chi", None)

    def is_in() -> bool:
        return chi.open("/en/profile/").status_code == 200

    gala.send(PEOPLE, work())
    assert not is_in(), "a new role"
    person = reader.one(select(Person).where(Person.email == "chi@example.org"))
    chi.client = log_in(app, person)
    gala.send(PEOPLE, work(language="ar"))
    assert is_in(), "one more language"
    grants = reader.all(select(RoleGrant).where(RoleGrant.role == "translator").order_by(RoleGrant.id))
    gala.send(f"{PEOPLE}{grants[0].public_id}/end/", seen_on=PEOPLE)
    assert is_in(), "one of two"
    gala.send(f"{PEOPLE}{grants[1].public_id}/end/", seen_on=PEOPLE)
    assert not is_in(), "the last"
    chi.client = log_in(app, person)
    assert chi.open(HOME).status_code == 404


def test_administrators_give_one_language_too(enter: Enter, course: Session, reader: Reader) -> None:
    dee = enter("dee", None)
    bo = make_person(course, "bo")
    course.commit()
    path = f"/en/administration/people/{bo.public_id}/"
    fields = {"role": "translator", "scope": "*", "language": "fr", "valid_from": "", "valid_until": ""}
    assert dee.send(f"{path}roles/", fields | {"role": "trainer"}, seen_on=path).status_code == 422
    assert dee.send(f"{path}roles/", fields | {"language": "xx"}, seen_on=path).status_code == 422
    assert dee.send(f"{path}roles/", fields, seen_on=path).status_code == 303
    assert "On the whole platform</bdi> · French" in dee.open(path).text
    assert dee.send(f"{path}roles/", fields, seen_on=path).status_code == 409
    assert dee.send(f"{path}roles/", fields | {"language": "es"}, seen_on=path).status_code == 303
    assert dee.send(f"{path}roles/", fields | {"language": ""}, seen_on=path).status_code == 303
    assert reader.all(select(RoleGrant.language).where(RoleGrant.role == "translator")) == ["fr", "es", None]


# -- home


def test_home_tells_what_waits(
    app: Flask, course: Session, enter: Enter, settings: Settings, tmp_path: Path, now: datetime
) -> None:
    chi, rim, yesterday = make_person(course, "chi"), make_person(course, "rim"), (now - timedelta(days=1)).date()
    give(course, chi, Role.TRANSLATOR, now, language="fr", due_on=yesterday)
    give(course, rim, Role.REVIEWER, now)
    give(course, rim, Role.TRANSLATOR, now, language="fr")
    every = segments(course)
    cash = next(each for each in every if each.document == "lesson what" and each.words > 10)
    others = [each for each in every if each is not cash]
    approve(course, settings, chi, rim, [cash, others[0]], "fr", now)
    write(course, chi, others[1], "fr", now, review=False)
    back = write(course, chi, others[2], "fr", now)
    send_back(course, rim, others[2], "fr", "A word is missing.", seen(course, others[2], "fr"), now)
    write(course, chi, others[3], "fr", now)
    write(course, rim, others[4], "fr", now)
    load(course, tmp_path, now, course_files(what=WHAT.replace("may spend", "may freely spend")))
    course.commit()
    assert back.state == "draft"
    left = len(every) - 6

    page = Visitor(log_in(app, chi)).open(HOME)
    for sentence in (
        "1 text sent back to you",
        "1 text whose original has changed",
        f"{left} texts to translate",
        "1 draft of yours",
        "1 day late",
    ):
        assert sentence in page.text, sentence
    assert "to review" not in page.text
    assert page.text.count('class="button"') == 1
    page = Visitor(log_in(app, rim)).open(HOME)
    assert "1 text to review" in page.text, "not one's own"
    assert "sent back" not in page.text
    assert "draft" not in page.text.replace("state=draft", "")


def test_home_is_quiet_when_nothing_waits(
    app: Flask, course: Session, enter: Enter, settings: Settings, now: datetime
) -> None:
    chi, rim = make_person(course, "chi"), make_person(course, "rim")
    give(course, chi, Role.TRANSLATOR, now, language="fr")
    give(course, rim, Role.REVIEWER, now, scope="course:gone")
    approve(course, settings, chi, rim, segments(course), "fr", now)
    page = Visitor(log_in(app, chi)).open(HOME)
    assert "Nothing waits for you. Thank you." in page.text
    assert 'class="button"' not in page.text
    assert "There is no course here yet" in Visitor(log_in(app, rim)).open(HOME).text


def test_who_leads_sees_every_language_of_every_course(app: Flask, enter: Enter, course: Session) -> None:
    gala = enter("gala", Role.COORDINATOR)
    assert "No other language is begun" in gala.open(HOME).text
    enter("chi", None)
    gala.send(PEOPLE, work())
    page = gala.open(HOME)
    assert f"/en/workshop/{SLUG}/fr/publication/" in page.text
    assert PEOPLE in page.text
    hana = enter("hana", Role.AUTHOR).open(HOME)
    assert f"/en/workshop/{SLUG}/fr/publication/" in hana.text
    assert PEOPLE not in hana.text


def test_home_costs_the_same_however_many_courses(
    app: Flask, course: Session, enter: Enter, database: Database, tmp_path: Path, now: datetime
) -> None:
    chi, dee = enter("chi", Role.TRANSLATOR, scope=EVERYWHERE, language="fr"), enter("dee", None)
    said: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *values: said.append(values[2]))

    def cost(visitor: Visitor) -> int:
        visitor.open(HOME)
        said.clear()
        assert visitor.open(HOME).status_code == 200
        return len([each for each in said if each.lstrip("(").startswith(("SELECT", "WITH"))])

    one = cost(chi), cost(dee)
    for number in range(19):
        load(course, tmp_path, now, slug=f"course-{number}")
    course.commit()
    assert (cost(chi), cost(dee)) == one == (3, 3), "who is here, which courses, what waits"
    assert chi.open(HOME).text.count("<progress") == 20


def test_languages_nobody_has_begun_can_be_worked_on(enter: Enter) -> None:
    """A grant from the administrators begins no language; the home shows it all the same."""
    page = enter("chi", Role.TRANSLATOR, language="es").open(HOME)
    assert "Spanish" in page.text
    assert re.search(r"\d+ texts to translate", page.text)


def test_letters_are_queued_with_the_work_or_not_at_all(enter: Enter, reader: Reader) -> None:
    enter("chi", None)
    gala = enter("gala", Role.COORDINATOR)
    gala.send(PEOPLE, work())
    gala.send(PEOPLE, work())
    assert len(reader.all(select(OutboxJob).where(OutboxJob.topic == "mail"))) == 1
