"""Whatever people write stays text: an attack in every text that can be stored, every page read as everybody.

In each place stands its own attack, so that it can be told where one went: as text, or not at all.
And what is not asked cannot be set: every column of every table is sent along with every deed.
"""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from flask import Flask
from sqlalchemy import select, update

from lms.accounts.models import LoginSession, Person
from lms.assessment.question_types import KINDS
from lms.catalog.source.package import read_package
from lms.catalog.source.problems import PackageProblems
from lms.certification.models import CorrectionRequest
from lms.discussion.models import Post, PostReport, Thread
from lms.kernel.db import Base, Database
from lms.learning.models import CertificateDetails, Evaluation
from lms.settings import Settings
from tests.contracts.everything import SLUG, package_files
from tests.contracts.html import Page, injected, read
from tests.contracts.test_access import COLUMNS, DEEDS
from tests.contracts.walk import TOKEN, Walk, first_answers, furnish, last_answers
from tests.contracts.world import World, build_world

ATTACKS = (
    '<script>alert("{}")</script>',
    '"><img src=x onerror=alert("{}")>',
    "'><svg onload=alert('{}')>",
    "</title></textarea></script><script>{}</script>",
    "javascript:alert('{}')//",
    '" onmouseover="alert({})" x="',
    "<iframe srcdoc='<script>{}</script>'></iframe>",
    '&lt;script&gt;{}&lt;/script&gt;<base href="//evil.example/">',
    "{{{{ 7*7 }}}}{{% for x in config %}}{}{{% endfor %}}",
    "[{}](javascript:alert(1)) ![x](data:text/html,<script>)",
    "`{}`<b>*x*</b><a href=javascript:x>y</a>",
    "<math><mi//xlink:href='data:x,<script>{}</script>'>",
    "--><!-- {} --><style>*{{color:red}}</style>",
    "<form action=//evil.example><button>{}</button>",
)
MARK = re.compile("slot([0-9]+)z")


def attack(number: int) -> str:
    return ATTACKS[number % len(ATTACKS)].format(f"slot{number}z")


class Slots:
    """Gives every text a number, and later the attack of that number."""

    def __init__(self) -> None:
        self.names: dict[int, str] = {}

    def say(self, name: str) -> str:
        number = next((n for n, known in self.names.items() if known == name), len(self.names))
        self.names[number] = name
        return f"slot{number}z"

    def smuggle(self, package: str) -> str:
        """Put the attacks in where the placeholders stand in the JSON of a package."""
        return MARK.sub(lambda found: json.dumps(attack(int(found[1])))[1:-1], package)


@pytest.fixture
def slots() -> Slots:
    return Slots()


@pytest.fixture
def world(app: Flask, database: Database, settings: Settings, tmp_path: Path, slots: Slots) -> World:
    """Everything anybody stored is an attack, put behind every check that would have refused it."""
    world = build_world(app, database, settings, tmp_path)
    furnish(world, tmp_path, say=slots.say, arabic=lambda source: f"ع {source}", smuggle=slots.smuggle)
    columns = ("name", "local_name", "organisation", "job")
    with database.session(write=True) as db:
        for key in ("ada", "eve", "px"):
            attacks = {column: attack(int(slots.say(f"{key} {column}")[4:-1])) for column in columns}
            db.execute(update(Person).where(Person.id == world.people[key].id).values(**attacks))
        attacks = {"comment": attack(int(slots.say("comment")[4:-1]))}
        db.execute(update(Evaluation).values(**attacks))
        names = {each: attack(int(slots.say(f"certificate {each}")[4:-1])) for each in ("name", "local_name")}
        db.execute(update(CertificateDetails).values(**names))
        wanted = {each: attack(int(slots.say(f"correction {each}")[4:-1])) for each in ("name", "local_name", "reason")}
        db.execute(update(CorrectionRequest).values(**wanted, answer=attack(int(slots.say("answer")[4:-1]))))
        db.execute(update(Thread).values(title=attack(int(slots.say("thread title")[4:-1]))))
        db.execute(update(Post).values(text=attack(int(slots.say("post")[4:-1])), html="".join(ATTACKS)))
        db.execute(update(PostReport).values(reason=attack(int(slots.say("report")[4:-1]))))
        db.execute(update(LoginSession).values(device=attack(int(slots.say("device")[4:-1]))))
        db.commit()
    return world


SEEN_BY_NOBODY = {"comment", "px organisation", "px job", "ada organisation", "ada job", "px local_name"}
"""Shown to nobody on a page yet, or only to the person: the profile is looked at as Ada alone."""


def test_no_attack_runs_and_each_is_text(world: World, slots: Slots) -> None:
    walk = Walk(world)
    walk.everywhere(("en", "ar"), ("an", "ada", "px", "dee"), followed=("an", "ada", "px", "dee"))
    walk.follow("dee", [f"/en/administration/people/{each.public_id}/" for each in world.people.values()], "en")
    for lang, choose in (("en", first_answers), ("ar", last_answers)):
        walk.sit("ada", lang, "self-test/check", choose)
        walk.sit("ada", lang, "quiz/final", choose)
    for number in slots.names:
        walk.get("an", "/en/courses/", query_string={"q": attack(number), "series": attack(number)})
    for number in range(len(ATTACKS)):
        said = attack(number)
        walk.get("dee", "/en/administration/people/", query_string={"q": said})
        walk.get("dee", "/en/administration/audit/", query_string={"actor": said, "action": said, "thing": said})
        walk.get("an", "/en/verify/", query_string={"code": said})
        walk.get("an", "/en/log-in/", query_string={"next": said})
        walk.post("an", "/en/log-in/", {"email": said, "password": said})
        walk.post("an", "/en/register/", dict.fromkeys(("email", "name", "local_name", "organisation", "job"), said))
        walk.post(
            "ada", "/ar/profile/", dict.fromkeys(("name", "local_name", "organisation", "job", "time_zone"), said)
        )
        walk.post("dee", world.values["person"].join(("/en/administration/people/", "/suspend/")), {"reason": ""})
        begun = walk.post("px", f"/en/learn/{SLUG}/self-test/check/start")
        walk.post("px", f"{begun.answer.location}4/", {"answer": said})
        walk.post("px", f"{begun.answer.location}5/", {"answer": said})
        walk.get("px", f"{begun.answer.location}5/")
    wrong: dict[str, str] = {}
    shown: set[int] = set()
    known: set[str] = set()
    for seen in walk.seen:
        if not seen.is_page or (bare := TOKEN.sub("", seen.answer.text)) in known:
            continue
        known.add(bare)
        page = Page(re.sub(r"(<select[^>]*(?:country|time_zone)[^>]*>).*?(?=</select>)", r"\1", seen.answer.text))
        for problem in [*injected(page), *(str(error) for error in page.errors)]:
            wrong.setdefault(problem, seen.place)
        if "49{%" in seen.answer.text or "49{% " in read(page.root):
            wrong.setdefault("a template was run", seen.place)
        shown |= {number for text in _texts(page) for number in _whole_attacks(text)}
    assert wrong == {}, "\n".join(f"{place}: {problem}" for problem, place in wrong.items())
    unseen = {name for number, name in slots.names.items() if number not in shown}
    assert unseen - SEEN_BY_NOBODY == set()


def _texts(page: Page) -> Iterator[str]:
    yield "".join(page.root.itertext())
    for each in page.elements:
        yield from each.attrib.values()


def _whole_attacks(text: str) -> Iterator[int]:
    for found in MARK.finditer(text):
        yield int(found[1])


def test_a_package_with_an_attack_is_refused_where_it_would_be_markup() -> None:
    for said in (
        "<script>x</script>",
        '<img src="x" onerror="x">',
        "[x](http://evil.example)",
        "![x](https://evil.example/a.png)",
    ):
        with pytest.raises(PackageProblems):
            read_package(SLUG, package_files(lambda name, said=said: said if name == "paragraph" else name), KINDS)


def test_what_one_takes_along_holds_the_attacks_as_text(world: World) -> None:
    answer = world.clients["ada"].get("/en/profile/my-data.zip")
    with ZipFile(BytesIO(answer.data)) as packed:
        assert "slot" in json.dumps(json.loads(packed.read("data.json")))
    assert answer.headers["Content-Disposition"].startswith("attachment")


# -- what is not asked cannot be set

ASKED: dict[str, set[str]] = {
    "accounts.begin_log_in": {"email", "password"},
    "accounts.send_registration": {"email", "name", "local_name", "language", "time_zone", "country", "gender",
                                   "organisation_type", "organisation", "job", "password"},
    "accounts.ask_new_password": {"email"},
    "accounts.change_profile": {"name", "local_name", "language", "time_zone", "country", "gender", "organisation_type",
                                "organisation", "job"},
    "accounts.ask_email_change": {"email"},
    "learning.evaluation": {"satisfaction", "expectations", "equipped", "comment"},
    "learning.certificate_details": {"name", "local_name", "language"},
    "administration.grant_role": {"role", "scope", "language", "valid_from", "valid_until"},
    "assignments.assign": {"email", "role", "language", "due_on"},
    "assignments.change_due_date": {"due_on"},
    "publication.withdraw": {"reason"},
    "glossary.add_term": {"term", "translation", "definition", "forbidden"},
    "glossary.change_term": {"term", "translation", "definition", "forbidden", "version"},
    "glossary.confirm_term": {"version"},
    "glossary.remove_term": {"version"},
    "certification.ask_correction": {"name", "local_name", "reason"},
    "certificate_administration.ask_for_all": {"run"},
    "certificate_administration.decide": {"answer"},
    "certificate_administration.revoke": {"reason"},
    "certificate_administration.change_design": {"run", "template", "second_language", "name_1", "role_1", "name_2",
                                                 "role_2", "name_3", "role_3"},
    "administration.suspend": {"reason"},
    "administration.lift_suspension": {"reason"},
    "course_administration.change_stage": {"stage"},
    "assessment.submit": {"sent"},
    "discussion.open_thread": {"text", "title", "lang"},
    "discussion.answer": {"text", "lang"},
    "discussion.edit": {"text", "lang", "version"},
    "discussion.report": {"reason"},
    "moderation.hide": {"reason"},
    "moderation.announce": {"audience", "by_mail"},
}  # fmt: skip
"""What each deed asks for; nothing else that has the name of a column may reach a table."""
RIGHT: dict[str, dict[str, str]] = {
    "accounts.send_registration": {"email": "new@example.org", "password": "three unrelated words",
                                   "name": "New Person", "language": "en", "time_zone": "UTC"},
    "accounts.ask_new_password": {"email": "ada@example.org"},
    "accounts.change_profile": {"name": "Ada Okafor", "language": "en", "time_zone": "UTC"},
    "learning.evaluation": {"satisfaction": "5", "expectations": "4", "equipped": "3"},
    "learning.certificate_details": {"name": "Px Person", "language": "en"},
}  # fmt: skip
FORGED = ("forged-by-me", "424242", "2001-02-03T04:05:06+00:00")


@pytest.mark.parametrize("forged", FORGED)
def test_no_column_can_be_set_that_is_not_asked(
    app: Flask, database: Database, settings: Settings, tmp_path: Path, forged: str
) -> None:
    world = build_world(app, database, settings, tmp_path)
    columns = {column.name for table in Base.metadata.tables.values() for column in table.columns}
    columns |= {"grants", "is_administrator", "admin", "person", "user_id", "role", "progress", "grade", "issued"}
    assert len(columns) > 80
    wrong = []
    done = 0
    for endpoint, (address, sent, _answers) in DEEDS.items():
        for person in ("an", "px", "ada", "dee"):
            fields: dict[str, Any] = dict.fromkeys(columns - ASKED.get(endpoint, set()), forged)
            fields |= RIGHT.get(endpoint, {}) | sent | {"csrf_token": world.token(world.clients[person])}
            url = address.format(**world.values)
            answer = world.clients[person].post(
                f"{url}?{'&'.join(f'{name}={forged}' for name in sorted(columns))}", data=fields
            )
            done += answer.status_code == 303
            if answer.status_code >= 500:
                wrong.append(f"{endpoint} as {person}: {answer.status_code}")
            wrong += [f"{endpoint} as {person}: {found}" for found in _forged_cells(database, forged)]
    assert wrong == [], "\n".join(wrong)
    assert done > 25


def test_json_cannot_set_more_than_it_may(world: World) -> None:
    """The two deeds of scripts: what is not declared is refused, or not read."""
    client = world.clients["ada"]
    headers = {"X-CSRFToken": world.token(client)}
    right = {"client": "abcdefgh", "client_seq": 1, "question": 1, "answer": {}, "language": "en"}
    url = f"/en/learn/attempts/{world.values['attempt']}/answers"
    for more in (
        "score",
        "passed",
        "state",
        "seq",
        "received_at",
        "person_id",
        "attempt_id",
        "question_key",
        "payload",
    ):
        assert client.post(url, json=right | {more: "1"}, headers=headers).status_code == 422
    assert client.post(url, json=right, headers=headers).status_code == 200
    sent = {"activity": "long", "language": "xx", "enrolment_id": 2, "person_id": 2}
    assert client.post(f"/en/learn/{SLUG}/place", json=sent, headers=headers).status_code == 200
    assert _forged_cells(world.database, "xx") == []


def _forged_cells(database: Database, forged: str) -> list[str]:
    """Where the forged value stands now."""
    found = []
    with database.session(write=False) as db:
        for name, table in Base.metadata.tables.items():
            for row in db.execute(select(table)).mappings():
                for column, value in row.items():
                    if _is_forged(value, forged):
                        found.append(f"{name}.{column} = {value!r}")
    return found


def _is_forged(value: object, forged: str) -> bool:
    if isinstance(value, datetime):
        return forged.startswith(str(value.year)) and value.year == 2001
    if isinstance(value, str):
        return value == forged or (len(forged) > 4 and forged in value)
    return str(value) == forged or (len(forged) > 4 and isinstance(value, (dict, list)) and forged in json.dumps(value))


def test_the_search_for_forged_values_finds_them(world: World) -> None:
    with world.database.session(write=True) as db:
        db.execute(update(Person).where(Person.id == world.people["eve"].id).values(job="forged-by-me"))
        db.commit()
    assert _forged_cells(world.database, "forged-by-me") == ["person.job = 'forged-by-me'"]
    assert COLUMNS
