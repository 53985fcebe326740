"""Finding people: by the beginning of each typed word, the same cost however many there are."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import event, insert, select, text
from sqlalchemy.orm import Session

from lms.accounts import queries, service
from lms.accounts.models import Person, PersonWord, search_words
from lms.accounts.service import Profile
from lms.kernel.db import Database, new_public_id
from lms.settings import Settings
from tests.accounts.visitor import letters
from tests.people import make_person

MANY = queries.LOOKED_AT + 5


def found(db: Session, search: str, now: datetime) -> list[str]:
    return [line.name for line in queries.people(db, search, now).lines]


def test_each_typed_word_begins_one_of_theirs(db: Session, now: datetime) -> None:
    make_person(db, "ada", local_name="أدا أوكافور")
    make_person(db, "dee", email="dee.fernandez_x@mail.example.org")
    make_person(db, "bo")
    for search in ("ada", "OKA", "okafor ada", "ada@example.org", "Ada@Exam", "ادا", "<ada@example.org>;", "ada% exam"):
        assert found(db, search, now) == ["Ada Okafor"], search
    for search in ("ferná", "fernandez", "x dee mail", "dee.fernandez_x@mail", "dee.fernandez"):
        assert found(db, search, now) == ["Dee Fernández"], search
    for search in ("kafor", "ada bo", "ada@example.com", "da@example.org", "ad%r"):
        assert found(db, search, now) == [], search
    assert len(found(db, "%", now)) == 3, "no letters to search by"
    assert found(db, "example", now) == ["Ada Okafor", "Bo Lindqvist", "Dee Fernández"], "sorted by name"
    assert found(db, "", now) == ["Bo Lindqvist", "Dee Fernández", "Ada Okafor"], "the newest first"


def test_words_follow_names_and_addresses(db: Session, settings: Settings, now: datetime) -> None:
    def words() -> set[str]:
        return set(db.scalars(select(PersonWord.word)))

    service.register(db, settings, Profile("Ada Okafor", "en"), email="ada@example.org", password_hash="h", now=now)
    assert words() == {"ada", "okafor", "ada@example.org", "example", "org"}
    [ada] = db.scalars(select(Person))
    service.change_profile(db, ada, Profile("Ada Eze", "en", local_name="أدا"), now)
    assert words() == {"ada", "eze", "ادا", "ada@example.org", "example", "org"}
    service.change_email(db, settings, ada, email="a-eze@example.net", now=now)
    assert words() == {"ada", "eze", "ادا", "a-eze@example.net", "a", "example", "net"}
    service.delete_account(db, settings, ada, old_hash="h", now=now)
    assert (words(), ada.folded) == (set(), "")
    service.add_person(db, Profile("Bo Lindqvist", "en"), email="bo@example.org", password_hash="h", now=now)
    assert words() == {"bo", "lindqvist", "bo@example.org", "example", "org"}
    assert len(letters(db)) == 3


def test_two_devices_that_change_the_same_person_leave_words_for_what_stands(
    database: Database, settings: Settings, now: datetime
) -> None:
    with database.session(write=True) as db:
        ada = make_person(db)
        db.commit()
    with database.session(write=False) as db:
        stale = db.get_one(Person, ada.id)
    with database.session(write=True) as db:
        service.change_email(db, settings, db.get_one(Person, ada.id), email="new@example.org", now=now)
        db.commit()
    with database.session(write=True) as db:
        db.add(stale)
        service.change_profile(db, stale, Profile("Ada Eze", "en"), now)
        db.commit()
        assert found(db, "new@example.org eze", now) == ["Ada Eze"]


def test_longest_of_all(db: Session, now: datetime) -> None:
    name = " ".join("ABCDEFGHIJ")[:19] + "x" * 100
    email = "-".join("abcdefghij" * 3) + "@" + ".".join(["y" * 60] * 3) + ".org"
    make_person(db, name=name, email=email, local_name="ﷺ" * 120)
    assert found(db, email, now) == [name]
    assert found(db, "ﷺ" * 120, now) == [name], "typed words are cut like the kept ones"


def crowd(db: Session, now: datetime) -> None:
    """More people than are looked at, all Fatou, half of them Traoré and half Satoshi; one is Zola."""
    rows = [
        {
            "id": number,
            "public_id": new_public_id(),
            "email": f"p{number}@example.org",
            "password_hash": "!",
            "name": "Fatou Zola" if number == MANY else "Fatou " + ("Traore", "Satoshi")[number > MANY],
            "language": "en",
            "time_zone": "UTC",
            "folded": f"{number % 7}",
            "created_at": now,
        }
        for number in range(1, 2 * MANY + 1)
    ]
    db.execute(insert(Person), rows)
    db.execute(
        insert(PersonWord),
        [
            {"person_id": row["id"], "word": word}
            for row in rows
            for word in search_words(str(row["email"]), str(row["name"]), None)
        ],
    )


def test_more_than_are_looked_at(db: Session, now: datetime) -> None:
    crowd(db, now)
    for search, number, more in (
        ("", queries.LOOKED_AT, True),
        ("f", queries.LOOKED_AT, True),
        ("fatou zola", 1, False),
        ("e o p12@", 1, False),
        ("fatou satosh e", queries.LOOKED_AT, True),
        ("p12@example.org", 1, False),
        ("traore sato", 0, True),
        ("traore zola", 0, False),
    ):
        people = queries.people(db, search, now)
        assert (people.total, people.more) == (number, more), search
    last = queries.people(db, "f", now, page=20)
    assert (last.pages, len(last.lines)) == (20, 50)
    assert queries.people(db, "f", now, page=21).lines == []


@pytest.mark.parametrize("search", ["", "f", "fatou satoshi e"])
def test_no_statement_reads_them_all(db: Session, database: Database, now: datetime, search: str) -> None:
    """Asked of the database itself, how it would do it."""
    crowd(db, now)
    if not database.is_sqlite:  # else its numbers say that reading so few whole is cheaper
        for off in ("seqscan", "hashjoin", "mergejoin", "bitmapscan"):
            db.execute(text(f"SET LOCAL enable_{off} = off"))
    asked: list[tuple[str, Any]] = []
    event.listen(database.engine, "before_cursor_execute", lambda *values: asked.append((values[2], values[3])))
    queries.people(db, search, now)
    explain = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "
    plans = []
    for statement, values in list(asked):
        cursor = db.connection().exec_driver_sql(explain + statement, values)
        plans.append("\n".join(str(row[-1]) for row in cursor))
    newest = "SCAN person"  # by its key from the end, as far as the limit
    assert len(plans) == (4 if search else 3)
    for plan in plans:
        for line in plan.splitlines():
            assert "Seq Scan" not in line, plan
            assert not line.startswith("SCAN person") or line == newest, plan
    assert not search or ("ix_person_word_word" in plans[0] and "ix_person_word_word" in plans[1]), plans
