"""Threads and posts: whom one can mention, what is sent twice, what is refused."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lms.accounts.models import Person
from lms.discussion.models import Announcement, Mention, Post, PostVersion
from lms.discussion.queries import people_to_mention, threads, topics
from lms.discussion.rules import POSTS_ON_A_PAGE, Audience, Said
from lms.discussion.service import announcing, talking
from lms.kernel.models import AuditEntry
from lms.kernel.refusals import Conflict, Denied, Invalid, TooMany
from lms.learning.queries import done_activities
from lms.runs.models import Run
from tests.discussion.cohort import COURSE, answer, hall_of, open_talking_run, opening, people_of, talk
from tests.factories import HELLO, RUN, SLUG, course_files, load, make_enrolment
from tests.people import log_in, make_person

ATTACK = '<img src=x onerror=alert(1)><script>alert(1)</script><a href="javascript:x" style="color:red">y</a>'


@pytest.fixture
def run(db: Session, tmp_path: Path, now: datetime) -> Run:
    return open_talking_run(db, tmp_path, now)


@pytest.fixture
def people(db: Session, run: Run, now: datetime) -> dict[str, Person]:
    return people_of(db, run, now)


def test_whom_one_can_mention(db: Session, people: dict[str, Person], now: datetime) -> None:
    """A name that stands nowhere in the discussions is offered to those who teach alone."""

    def offered(key: str) -> list[str]:
        return [each.name for each in people_to_mention(db, hall_of(db, people[key], now), now)]

    assert offered("ada") == ["Bo Lindqvist", "Gala"], "Px is silent, and Dee and Eve are not in this run"
    assert offered("bo") == ["Gala", "Ada Okafor", "Px"]
    thread = talk(db, people["px"], now)
    assert offered("ada") == ["Bo Lindqvist", "Gala", "Px"]
    talking.hide_post(db, people["bo"], hall_of(db, people["bo"], now).run, opening(db, thread), reason="x", now=now)
    assert offered("ada") == ["Bo Lindqvist", "Gala"]
    people["gala"].suspended_at = now
    db.flush()
    assert offered("ada") == ["Bo Lindqvist"]


def test_a_mention_is_of_somebody_in_the_list_or_refused(db: Session, people: dict[str, Person], now: datetime) -> None:
    thread = talk(db, people["ada"], now, mentioned=[people["bo"].public_id, people["bo"].public_id])
    assert db.scalars(select(Mention.person_id)).all() == [people["bo"].id]
    for who in (people["eve"].public_id, people["px"].public_id, people["ada"].public_id, "nobody"):
        with pytest.raises(Invalid) as refused:
            answer(db, people["ada"], thread, "Hello", now, mentioned=[who])
        assert list(refused.value.fields) == ["mentioned"]


def test_the_same_words_twice_are_one_post(db: Session, people: dict[str, Person], now: datetime) -> None:
    thread = talk(db, people["ada"], now)
    first = answer(db, people["px"], thread, "Cash", now)
    assert answer(db, people["px"], thread, " Cash ", now + timedelta(seconds=2)).id == first.id
    assert answer(db, people["ada"], thread, "Cash", now).id != first.id
    assert answer(db, people["px"], thread, "Cash", now).id != first.id, "somebody spoke in between"
    assert thread.last_post_at == now


def test_what_is_refused(db: Session, people: dict[str, Person], now: datetime) -> None:
    ada, px, bo = people["ada"], people["px"], people["bo"]
    thread = talk(db, ada, now)
    post, run = opening(db, thread), hall_of(db, bo, now).run
    with pytest.raises(Invalid) as refused:
        talk(db, ada, now, " ", text="x" * 10_001, lang="xx")
    assert set(refused.value.fields) == {"title", "text", "lang"}
    with pytest.raises(Denied):
        talking.edit_post(db, hall_of(db, px, now), post, 1, text="Mine", lang="en", now=now)
    with pytest.raises(Denied):
        talking.hide_post(db, ada, run, post, reason="x", now=now)
    with pytest.raises(Denied):
        talking.pin_thread(db, ada, run, thread, pinned=True, now=now)
    talking.hide_post(db, bo, run, post, reason="Off topic", now=now)
    with pytest.raises(Conflict):
        talking.hide_post(db, people["gala"], run, post, reason="Off topic", now=now)
    for deed in (
        lambda: talking.edit_post(db, hall_of(db, ada, now), post, 1, text="Again", lang="en", now=now),
        lambda: talking.report_post(db, hall_of(db, px, now), post, reason="x", now=now),
    ):
        with pytest.raises(Denied):
            deed()
    assert db.scalars(select(PostVersion)).all() == []
    done = db.scalars(select(AuditEntry.action).where(AuditEntry.action.in_(["open_thread", "hide_post"]))).all()
    assert done == ["open_thread", "hide_post"]


def test_nobody_writes_faster_than_people_type(db: Session, people: dict[str, Person], now: datetime) -> None:
    thread = talk(db, people["ada"], now)
    for number in range(talking.MOST_POSTS - 1):
        answer(db, people["ada"], thread, f"Post {number}", now)
    with pytest.raises(TooMany):
        answer(db, people["ada"], thread, "One more", now)
    answer(db, people["px"], thread, "Mine", now)


def test_a_long_thread_has_pages(app: Flask, db: Session, people: dict[str, Person], now: datetime) -> None:
    thread = talk(db, people["ada"], now, title="Long")
    for number in range(POSTS_ON_A_PAGE):
        answer(db, people[("ada", "px")[number % 2]], thread, f"Number {number}.", now)
    db.commit()
    client, url = log_in(app, people["ada"]), f"/en/learn/{RUN}/threads/{thread.public_id}/"
    last = f"Number {POSTS_ON_A_PAGE - 1}."
    assert last not in client.get(url).text
    assert 'href="?page=2"' in client.get(url).text
    for page in ("2", "999999"):
        assert last in client.get(f"{url}?page={page}").text
    for page in ("-1", "x", "1" * 30):
        assert client.get(f"{url}?page={page}").status_code == 200


def test_what_stands_in_the_tables_is_cleaned_when_it_is_shown(
    app: Flask, db: Session, run: Run, people: dict[str, Person], now: datetime
) -> None:
    """As if somebody had written it past every check."""
    thread = talk(db, people["ada"], now)
    talking.edit_post(db, hall_of(db, people["ada"], now), opening(db, thread), 1, text="x", lang="en", now=now)
    said = {"en": Said("T", "x")}
    announcing.publish_announcement(
        db, people["bo"], run, said, source="en", audience=Audience.ALL, value=None, by_mail=False, now=now
    )
    for table in (Post, PostVersion):
        db.execute(update(table).values(html=ATTACK))
    db.execute(update(Announcement).values(texts={"en": {"title": ATTACK, "text": ATTACK, "html": ATTACK}}))
    db.commit()
    ada, base = log_in(app, people["ada"]), f"/en/learn/{RUN}"
    url = f"{base}/threads/{thread.public_id}/"
    for path in (url, f"{url}posts/{opening(db, thread).public_id}/history/", f"{base}/announcements/"):
        shown = ada.get(path).text.partition("<main")[2].partition("</main>")[0]
        assert "<script" not in shown
        assert "<img" not in shown
        assert '<a rel="noopener nofollow ugc">y</a>' in shown


def test_threads_about_one_thing(db: Session, people: dict[str, Person], now: datetime) -> None:
    whole, start, hello = (talking.Topic(*each, None) for each in ((None, None), ("start", None), ("start", "hello")))
    for title, about in (("A", whole), ("B", start), ("C", hello), ("D", talking.Topic("reach", None, None))):
        talk(db, people["ada"], now, title, about)

    def titles(about: talking.Topic | None) -> set[str]:
        return {line.title.text for line in threads(db, hall_of(db, people["px"], now), about, 1).lines}

    assert titles(None) == {"A", "B", "C", "D"}
    assert titles(whole) == {"A"}
    assert titles(start) == {"B", "C"}
    assert titles(hello) == {"C"}


def test_who_learns_alone_reads_what_the_course_asks(app: Flask, db: Session, tmp_path: Path, now: datetime) -> None:
    """The course was self-paced when they joined, and has got discussions since."""
    load(db, tmp_path, now)
    ada = make_person(db, "ada")
    make_enrolment(db, ada, now)
    texts = {"lessons/hello.md": HELLO.encode(), "lessons/plans.md": b"What will you change?\n"}
    load(db, tmp_path, now, course_files(course=COURSE) | texts)
    db.commit()
    client = log_in(app, ada)
    shown = client.get(f"/en/learn/{SLUG}/discussion/hello/")
    assert "Who are you, and what do you hope to change?" in shown.text
    assert "Open a thread" not in shown.text
    assert client.get(f"/en/learn/{SLUG}/discussion/what/").status_code == 404
    assert client.get(f"/en/learn/{SLUG}/threads/").status_code == 404


def test_who_writes_in_a_discussion_of_the_course_has_done_it(
    db: Session, people: dict[str, Person], now: datetime
) -> None:
    def done(key: str) -> set[str]:
        stand = hall_of(db, people[key], now).place
        assert stand
        return done_activities(db, stand.enrolment)

    hall = hall_of(db, people["ada"], now)
    about = next(each for each in topics(hall) if each.activity)
    assert about.activity
    thread = talking.open_thread(db, hall, about, title="Cash", text="Or cards?", lang="en", mentioned=(), now=now)
    assert (done("ada"), done("px")) == ({about.activity}, set())
    answer(db, people["px"], thread, "Cards.", now)
    answer(db, people["bo"], thread, "Both.", now)
    assert done("px") == {about.activity}
    talk(db, people["px"], now)
    assert done("px") == {about.activity}, "a thread about the run is no activity"
