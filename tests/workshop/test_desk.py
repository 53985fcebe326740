"""The desk as people use it: from an empty field to learners, overtaken work, review, changed sources."""

import html
import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from lms import consequences
from lms.accounts.models import Person, RoleGrant
from lms.accounts.rules import Role
from lms.kernel import clock
from lms.kernel.db import Database
from lms.kernel.events import finish
from lms.settings import Settings
from lms.translation.models import Segment, SegmentRevision
from tests.factories import GAP, SLUG, WHAT, course_files, led_files, load, translated_fully
from tests.people import log_in, make_person

QUICK = "It is quick, and it respects what people know about their own needs."
QUICK_AR = "التحويل سريع، ويحترم ما يعرفه الناس عن احتياجاتهم."
GRANTS = {
    "chi": (Role.TRANSLATOR, "ar"),
    "nour": (Role.TRANSLATOR, "ar"),
    "rim": (Role.REVIEWER, "ar"),
    "zoe": (Role.TRANSLATOR, "fr"),
    "hana": (Role.AUTHOR, None),
    "gala": (Role.COORDINATOR, None),
}


@dataclass(slots=True)
class Workshop:
    app: Flask
    database: Database
    people: dict[str, Person]
    texts: dict[str, str] = field(default_factory=dict)
    """Public id of each text."""
    clients: dict[str, FlaskClient] = field(default_factory=dict)

    def as_(self, who: str) -> FlaskClient:
        if who not in self.clients:
            self.clients[who] = log_in(self.app, self.people[who])
        return self.clients[who]

    def open(self, who: str, place: str = "", lang: str = "en") -> TestResponse:
        return self.as_(who).get(f"/{lang}/workshop/{SLUG}/{place}")

    def fields(self, page: TestResponse) -> dict[str, str]:
        """The hidden fields of the page: what its reader has before them."""
        found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text)
        return {name: html.unescape(value) for name, value in found}

    def send(
        self, who: str, place: str, fields: dict[str, str], *, seen: TestResponse | None = None, lang: str = "en"
    ) -> TestResponse:
        """Press a button of the page at this place, or of the one that was opened earlier."""
        page = seen or self.open(who, re.sub(r"(approve|send-back|look)/$", "", place), lang)
        return self.as_(who).post(f"/{lang}/workshop/{SLUG}/{place}", data=self.fields(page) | fields)

    def save(
        self, who: str, source: str, text: str, *, go: str = "review", seen: TestResponse | None = None
    ) -> TestResponse:
        return self.send(who, self.place(source), {"text": text, "go": go}, seen=seen)

    def place(self, source: str) -> str:
        return f"ar/text/{self.texts[source]}/"


@pytest.fixture
def workshop(app: Flask, database: Database, settings: Settings, tmp_path: Path, now: datetime) -> Workshop:
    with database.session(write=True) as db:
        load(db, tmp_path, now, course_files())
        people = {key: make_person(db, key) for key in (*GRANTS, "eve", "ada", "dee")}
        for key, (role, language) in GRANTS.items():
            grant = RoleGrant(role=role, scope=f"course:{SLUG}", language=language, valid_from=now)
            people[key].grants.append(grant)
        finish(db, consequences.within(settings), clock.now())
        rows = db.execute(
            select(SegmentRevision.text, Segment.public_id)
            .join(Segment, Segment.id == SegmentRevision.segment_id)
            .where(Segment.document != "course")
        )
        texts = dict(rows.all())
    return Workshop(app, database, people, texts)


def _load(workshop: Workshop, settings: Settings, folder: Path, files: dict[str, bytes]) -> None:
    with workshop.database.session(write=True) as db:
        load(db, folder, clock.now(), files)
        finish(db, consequences.within(settings), clock.now())


def test_from_an_empty_field_to_learners(workshop: Workshop) -> None:
    course = workshop.open("chi")
    assert f'href="/en/workshop/{SLUG}/ar/"' in course.text
    assert f'href="/en/workshop/{SLUG}/fr/"' not in course.text
    queue = workshop.open("chi", "ar/?state=untranslated")
    assert QUICK in queue.text
    page = workshop.open("chi", workshop.place(QUICK))
    assert '<textarea id="text" name="text" lang="ar" dir="rtl"' in page.text
    sent = workshop.save("chi", QUICK, QUICK_AR)
    assert sent.status_code == 303, sent.text
    assert "/ar/text/" in sent.location
    assert workshop.texts[QUICK] not in sent.location
    assert QUICK_AR not in workshop.open("chi", "../../learn/").text
    waiting = workshop.open("rim", "ar/?state=in-review")
    assert QUICK_AR in waiting.text
    approved = workshop.send("rim", workshop.place(QUICK) + "approve/", {})
    assert approved.status_code == 303
    assert QUICK_AR in workshop.open("chi", "ar/?state=approved").text
    preview = workshop.open("rim", "ar/preview/what/")
    assert QUICK_AR in preview.text


def test_what_an_instructor_leads_is_translated_like_a_lesson(
    workshop: Workshop, settings: Settings, tmp_path: Path
) -> None:
    links = "[Say hello](activity:hello), come to [the open hour](activity:open-hour), see [cash](term:transfer).\n"
    _load(workshop, settings, tmp_path, led_files() | {"lessons/gap.md": f"{GAP}\n{links}".encode()})
    with workshop.database.session(write=False) as db:
        texts = select(SegmentRevision.text, Segment.public_id).join(Segment)
        workshop.texts = dict(db.execute(texts).all())
    question, level = "Who are you, and what do you hope to change?", "Nothing is proposed."
    titles = workshop.open("chi", "ar/").text
    assert "Name a gap: rubric" in titles
    assert level in workshop.open("chi", "ar/?document=assignment gap").text
    assert "/ar/preview/hello/" in workshop.open("chi", workshop.place(question)).text
    assert "/preview/" not in workshop.open("chi", workshop.place(level)).text
    for source, text in ((question, "من أنت وما الذي تأمل تغييره؟"), (level, "لم يُقترح شيء.")):
        assert workshop.save("chi", source, text).status_code == 303
        assert workshop.send("rim", workshop.place(source) + "approve/", {}).status_code == 303
    assert "من أنت وما الذي تأمل تغييره؟" in workshop.open("rim", "ar/preview/hello/").text
    gap = workshop.open("rim", "ar/preview/gap/").text
    assert f'/workshop/{SLUG}/ar/preview/hello/"' in gap
    assert f'/workshop/{SLUG}/ar/?document=course"' in gap


def test_a_draft_stays_a_draft_and_is_not_in_review(workshop: Workshop) -> None:
    workshop.save("chi", QUICK, QUICK_AR, go="draft")
    assert QUICK_AR in workshop.open("chi", "ar/?state=draft").text
    assert QUICK_AR not in workshop.open("rim", "ar/?state=in-review").text
    refused = workshop.send("rim", workshop.place(QUICK) + "approve/", {})
    assert refused.status_code == 409


def test_what_blocks_is_told_and_what_was_typed_stays(workshop: Workshop) -> None:
    source = "A [cash transfer](term:transfer) is money that people receive and may spend as they choose."
    refused = workshop.save("chi", source, "التحويل النقدي مال.")
    assert refused.status_code == 422
    assert "التحويل النقدي مال." in refused.text
    assert "term:transfer" in html.unescape(refused.text)
    assert "التحويل النقدي مال." not in workshop.open("chi", "ar/?state=draft").text
    assert workshop.save("chi", source, "   ").status_code == 422


def test_a_warning_is_shown_once_and_then_it_is_for_people_to_judge(workshop: Workshop) -> None:
    odd = QUICK_AR.replace("،", "  ")
    first = workshop.save("chi", QUICK, odd, go="draft")
    assert first.location.endswith(workshop.place(QUICK))
    page = workshop.open("chi", workshop.place(QUICK))
    assert "two spaces" in page.text
    second = workshop.save("chi", QUICK, odd, seen=page)
    assert not second.location.endswith(workshop.place(QUICK))
    assert re.search(r"\d warnings?</span>", workshop.open("rim", "ar/?state=failing").text)
    assert "No text fits" in workshop.open("rim", "ar/?state=failing&q=none-of-that").text


def test_two_at_one_text_the_second_sees_both_and_decides(workshop: Workshop) -> None:
    before = workshop.open("nour", workshop.place(QUICK))
    workshop.save("chi", QUICK, QUICK_AR)
    mine = "إنه سريع، ويحترم معرفة الناس باحتياجاتهم."
    late = workshop.save("nour", QUICK, mine, seen=before)
    assert late.status_code == 409
    text = html.unescape(re.sub(r"</?(ins|del)>", "", late.text))
    assert mine in text
    assert "<del>" in late.text
    assert "Somebody else has written here" in text
    assert workshop.fields(late)["base"] != workshop.fields(before)["base"]
    again = workshop.save("nour", QUICK, mine, seen=late)
    assert again.status_code == 303
    history = workshop.open("nour", workshop.place(QUICK)).text
    assert QUICK_AR in history
    assert mine in history


def test_nobody_approves_their_own_text_and_translators_approve_none(workshop: Workshop) -> None:
    workshop.save("rim", QUICK, QUICK_AR)
    page = workshop.open("rim", workshop.place(QUICK))
    assert "somebody else has to approve it" in page.text
    assert workshop.send("rim", workshop.place(QUICK) + "approve/", {}).status_code == 403
    assert workshop.send("chi", workshop.place(QUICK) + "approve/", {}).status_code == 403
    assert workshop.send("gala", workshop.place(QUICK) + "approve/", {}).status_code == 303


def test_a_text_goes_back_with_a_word_and_comes_again(workshop: Workshop) -> None:
    workshop.save("chi", QUICK, QUICK_AR)
    empty = workshop.send("rim", workshop.place(QUICK) + "send-back/", {"comment": ""})
    assert empty.status_code == 422
    assert "Say in a few words" in empty.text
    workshop.send("rim", workshop.place(QUICK) + "send-back/", {"comment": "Too free."})
    assert "Too free." in workshop.open("chi", "ar/?state=draft").text
    assert "Too free." in workshop.open("chi", workshop.place(QUICK)).text
    assert workshop.save("chi", QUICK, QUICK_AR + " ✓").status_code == 303


def test_a_list_is_approved_at_once_without_ones_own(workshop: Workshop) -> None:
    mine = "People are enrolled"
    workshop.save("chi", QUICK, QUICK_AR)
    workshop.save("rim", mine, "يُسجَّل الناس")
    page = workshop.open("rim", "ar/?state=in-review")
    ids = re.findall(r'<input type="hidden" name="text" value="(\d+)"', page.text)
    assert len(ids) == 1
    token = workshop.fields(page)["csrf_token"]
    done = workshop.as_("rim").post(
        f"/en/workshop/{SLUG}/ar/approve/", data={"csrf_token": token, "text": [*ids, "999999", "x"]}
    )
    assert done.status_code == 303
    assert "1 text is approved" in workshop.as_("rim").get(done.location).text
    assert workshop.as_("chi").post(f"/en/workshop/{SLUG}/ar/approve/", data={"csrf_token": token}).status_code == 403


def test_the_english_changes_and_only_that_text_comes_back(
    workshop: Workshop, settings: Settings, tmp_path: Path
) -> None:
    files = translated_fully(course_files(), "ar", "ع")
    _load(workshop, settings, tmp_path, files)
    new = WHAT.replace("It is quick", "It is quick and cheap")
    _load(workshop, settings, tmp_path, files | {"lessons/what.md": new.encode()})
    page = workshop.open("chi", workshop.place(QUICK))
    assert "<ins>" in page.text
    assert "It is quick<ins> and cheap</ins>, and it" in page.text
    queue = workshop.open("chi", "ar/?state=source-changed")
    assert "1 text<" in queue.text
    changed = workshop.open("hana", "changes/")
    assert "<ins> and cheap</ins>" in changed.text
    assert "The meaning is unchanged" not in workshop.open("chi", "changes/").text
    fields = workshop.fields(changed)
    place = f"changes/{workshop.texts[QUICK]}/"
    refused = workshop.as_("chi").post(f"/en/workshop/{SLUG}/{place}", data=fields)
    assert refused.status_code == 403
    carried = workshop.as_("hana").post(f"/en/workshop/{SLUG}/{place}", data=fields)
    assert carried.status_code == 303
    assert "Every translation fits" in workshop.open("hana", "changes/").text
    assert "Approved" in workshop.open("chi", workshop.place(QUICK)).text


def test_an_earlier_text_is_put_into_the_field_again(workshop: Workshop) -> None:
    workshop.save("chi", QUICK, QUICK_AR)
    workshop.save("chi", QUICK, "نص آخر يقول الشيء نفسه بكلمات أخرى تمامًا.")
    page = workshop.open("chi", workshop.place(QUICK))
    restore = re.search(r'href="([^"]*restore=\d+[^"]*)"', page.text)
    assert restore
    again = workshop.as_("chi").get(html.unescape(restore[1]))
    assert re.search(rf"<textarea[^>]*>\s*{QUICK_AR}</textarea>", again.text)
    assert workshop.open("chi", workshop.place(QUICK) + "?restore=999999").status_code == 404


def test_what_was_translated_before_is_offered_and_put_into_the_field(workshop: Workshop) -> None:
    """Between two texts that are alike, once the first is approved; a text of another state is nobody's to take."""
    first, second = "People are enrolled", "People are paid"
    workshop.save("chi", first, "يُسجَّل الناس")
    page = workshop.open("chi", workshop.place(second))
    assert "Translated before" not in page.text
    draft = workshop.fields(workshop.open("chi", workshop.place(first)))["base"]
    assert workshop.open("chi", workshop.place(second) + f"?use={draft}").status_code == 404
    workshop.send("rim", workshop.place(first) + "approve/", {})
    page = workshop.open("chi", workshop.place(second))
    assert "Translated before" in page.text
    assert 'data-put="يُسجَّل الناس"' in page.text
    used = re.search(r'href="([^"]*use=\d+[^"]*)"', page.text)
    assert used
    filled = workshop.as_("chi").get(html.unescape(used[1]))
    assert re.search(r"<textarea[^>]*>\s*يُسجَّل الناس</textarea>", filled.text)
    assert workshop.open("zoe", f"fr/text/{workshop.texts[second]}/?use={draft}").status_code == 404


def test_the_look_of_what_is_typed_keeps_nothing(workshop: Workshop) -> None:
    answer = workshop.send("chi", workshop.place(QUICK) + "look/", {"text": "**سريع**"})
    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["html"] == "<strong>سريع</strong>"
    assert any(each["blocking"] for each in answer.json["findings"])
    hostile = workshop.send("chi", workshop.place(QUICK) + "look/", {"text": "<img src=x onerror=alert(1)>"})
    assert hostile.json is not None
    assert "<img" not in hostile.json["html"]
    assert "Untranslated" in workshop.open("chi", workshop.place(QUICK)).text


@pytest.mark.parametrize("place", ["", "ar/", "text", "ar/preview/what/", "changes/"])
def test_every_page_says_where_one_is(workshop: Workshop, place: str) -> None:
    address = workshop.place(QUICK) if place == "text" else place
    nav = workshop.open("chi", address).text.partition("</header>")[0]
    assert re.search(r'href="/en/workshop/" aria-current="page"', nav)


def test_who_comes_where(workshop: Workshop) -> None:
    text = workshop.place(QUICK)
    expected = {
        # who: course, queue in Arabic, one text, preview, changes
        "eve": (404, 404, 404, 404, 404),
        "ada": (404, 404, 404, 404, 404),
        "zoe": (200, 403, 403, 403, 200),
        "chi": (200, 200, 200, 200, 200),
        "rim": (200, 200, 200, 200, 200),
        "hana": (200, 200, 200, 200, 200),
        "gala": (200, 200, 200, 200, 200),
        "dee": (200, 200, 200, 200, 200),
    }
    places = ("", "ar/", text, "ar/preview/what/", "changes/")
    found = {who: tuple(workshop.open(who, place).status_code for place in places) for who in expected}
    assert found == expected
    for place in ("en/", "xx/", "ar/text/none/", "ar/preview/none/", "ar/preview/final/"):
        assert workshop.open("dee", place).status_code == 404, place
    assert workshop.as_("dee").get("/en/workshop/none/").status_code == 404


def test_the_right_answer_is_nowhere_marked(workshop: Workshop) -> None:
    """A translator sees every choice as a text among others."""
    pages = [workshop.open("chi", "ar/?document=quiz final").text]
    pages += [workshop.open("chi", workshop.place(text)).text for text in ("People are enrolled", "People are paid")]
    assert not any("correct" in page or "right answer" in page for page in pages)


@pytest.mark.parametrize("place", ["", "ar/", "ar/?state=unfinished&q=cash", "changes/", "text"])
def test_as_many_queries_for_a_long_course(workshop: Workshop, settings: Settings, tmp_path: Path, place: str) -> None:
    counted: list[int] = []
    for paragraphs in (2, 60):
        more = "\n".join(f"Sentence number {number} tells of cash.\n" for number in range(paragraphs))
        files = course_files(what=WHAT + "\n" + more)
        _load(workshop, settings, tmp_path, translated_fully(files, "ar", "ع"))
        address = workshop.place(QUICK) if place == "text" else place
        workshop.open("dee", address)
        counted.append(_queries(workshop, "dee", address))
    assert counted[0] == counted[1]


def _queries(workshop: Workshop, who: str, place: str) -> int:
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        asked.append(statement)

    event.listen(workshop.database.engine, "before_cursor_execute", note)
    try:
        assert workshop.open(who, place).status_code == 200
    finally:
        event.remove(workshop.database.engine, "before_cursor_execute", note)
    return len(asked)


def test_filters_narrow_by_words_in_either_language(workshop: Workshop, db: Session) -> None:
    workshop.save("chi", QUICK, QUICK_AR)
    assert QUICK in workshop.open("chi", "ar/?q=QUICK respects").text
    assert QUICK in workshop.open("chi", "ar/?q=احتياجاتهم").text
    assert "No text fits" in workshop.open("chi", "ar/?q=100%25").text
    assert workshop.open("chi", "ar/?state=invented&page=99999&document=none").status_code == 200
