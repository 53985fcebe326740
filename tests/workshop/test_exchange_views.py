"""Files over the web and the command line: taken along, looked at, taken over by those who may."""

import html
import re
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from lms import cli, consequences
from lms.accounts.models import Person, RoleGrant
from lms.accounts.rules import Role
from lms.catalog.models import Course
from lms.kernel import clock
from lms.kernel.db import Database
from lms.kernel.events import finish
from lms.kernel.models import AuditEntry
from lms.settings import Settings
from lms.translation.models import Translation
from lms.translation.rules import Standing
from lms.workshop.exchange import FORMATS, read_file
from lms.workshop.exchange.bundle import Bundle
from lms.workshop.links import Upload, sign_upload
from lms.workshop.queries.exchange import bundle
from tests.contracts.html import problems
from tests.factories import SLUG, course_files, load
from tests.people import log_in, make_person

QUICK = "It is quick, and it respects what people know about their own needs."
QUICK_AR = "التحويل سريع، ويحترم ما يعرفه الناس عن احتياجاتهم."
OTHER_AR = "إنه سريع، ويحترم معرفة الناس باحتياجاتهم."
CASH = "A [cash transfer](term:transfer) is money that people receive and may spend as they choose."
PLACE = f"/en/workshop/{SLUG}/ar/exchange/"
NAME = f"{SLUG}-ar"
GRANTS = {"chi": (Role.TRANSLATOR, "ar"), "nour": (Role.TRANSLATOR, "ar"), "zoe": (Role.TRANSLATOR, "fr")}


@dataclass(slots=True)
class Workshop:
    app: Flask
    database: Database
    settings: Settings
    people: dict[str, Person]
    clients: dict[str, FlaskClient] = field(default_factory=dict)

    def as_(self, who: str) -> FlaskClient:
        if who not in self.clients:
            self.clients[who] = log_in(self.app, self.people[who])
        return self.clients[who]

    def token(self, who: str) -> str:
        return _hidden(self.as_(who).get("/en/profile/"))["csrf_token"]

    def taken_along(self) -> Bundle:
        answer = self.as_("chi").get(f"{PLACE}{NAME}.po")
        incoming = read_file("a.po", answer.data)
        with self.database.session(write=False) as db:
            found = bundle(db, db.scalars(select(Course)).one(), "ar", only_unfinished=False)
        assert [each.id for each in found.units] == [each.id for each in incoming.units]
        return found

    def upload(self, data: bytes, name: str = f"{NAME}.po", who: str = "chi", lang: str = "en") -> TestResponse:
        sent = {"csrf_token": self.token(who), "file": (BytesIO(data), name)}
        place = PLACE.replace("/en/", f"/{lang}/")
        return self.as_(who).post(place, data=sent, content_type="multipart/form-data")

    def apply(self, signed: str, who: str = "chi", place: str = PLACE, **fields: object) -> TestResponse:
        sent = {"csrf_token": self.token(who), "upload": signed, "for_review": "y", **fields}
        return self.as_(who).post(f"{place}apply/", data=sent)

    def texts(self) -> list[tuple[str, str]]:
        with self.database.session(write=False) as db:
            rows = db.execute(select(Translation.text, Translation.state).order_by(Translation.id))
            return [(text, state) for text, state in rows]


def _hidden(page: TestResponse) -> dict[str, str]:
    fields = re.findall(r"<input[^>]*>", page.text)
    found = [(re.search(r'name="(\w+)"', each), re.search(r'value="([^"]*)"', each)) for each in fields]
    return {name[1]: html.unescape(value[1]) for name, value in found if name and value}


def filled(texts: Bundle, translations: dict[str, str], suffix: str = "po") -> bytes:
    """The file as a translator's tool writes it back."""
    units = (
        replace(each, target=translations[each.source], standing=Standing.IN_REVIEW)
        if each.source in translations
        else each
        for each in texts.units
    )
    return FORMATS[suffix].write(replace(texts, units=tuple(units)))


@pytest.fixture
def workshop(app: Flask, database: Database, settings: Settings, tmp_path: Path, now: datetime) -> Workshop:
    with database.session(write=True) as db:
        load(db, tmp_path, now, course_files())
        people = {key: make_person(db, key) for key in (*GRANTS, "eve", "dee")}
        for key, (role, language) in GRANTS.items():
            grant = RoleGrant(role=role, scope=f"course:{SLUG}", language=language, valid_from=now)
            people[key].grants.append(grant)
        finish(db, consequences.within(settings), clock.now())
    return Workshop(app, database, settings, people)


@pytest.mark.parametrize("suffix", FORMATS)
def test_texts_are_taken_along_all_or_only_unfinished(workshop: Workshop, suffix: str) -> None:
    page = workshop.as_("chi").get(PLACE)
    assert f'href="{PLACE}{NAME}.{suffix}?scope=all"' in page.text
    assert f'href="{PLACE}{NAME}.{suffix}?scope=unfinished"' in page.text
    shown = workshop.upload(filled(workshop.taken_along(), {QUICK: QUICK_AR}))
    workshop.apply(_hidden(shown)["upload"])
    answer = workshop.as_("chi").get(f"{PLACE}{NAME}.{suffix}")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{NAME}.{suffix}"'
    everything = read_file(f"a.{suffix}", answer.data)
    unfinished = read_file(f"a.{suffix}", workshop.as_("chi").get(f"{PLACE}{NAME}.{suffix}?scope=unfinished").data)
    assert (everything.collection, everything.language) == (SLUG, "ar")
    assert {each.source for each in everything.units} - {each.source for each in unfinished.units} == {QUICK}
    assert answer.data == workshop.as_("chi").get(f"{PLACE}{NAME}.{suffix}?scope=all").data


def test_there_are_no_other_files(workshop: Workshop) -> None:
    for name in (f"{NAME}.po?scope=some", f"{NAME}.zip", "other-ar.po", f"{SLUG}-fr.po"):
        assert workshop.as_("chi").get(f"{PLACE}{name}").status_code == 404


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_file_is_looked_at_first_and_then_taken_over(workshop: Workshop, suffix: str) -> None:
    data = filled(workshop.taken_along(), {QUICK: QUICK_AR, CASH: "مال"}, suffix)
    shown = workshop.upload(data, f"work.{suffix}")
    assert shown.status_code == 200, shown.text
    for words in ("1 text is accepted", "1 text cannot be taken", QUICK_AR, "term:transfer", f"work.{suffix}"):
        assert words in html.unescape(shown.text)
    assert workshop.texts() == []
    done = workshop.apply(_hidden(shown)["upload"])
    assert (done.status_code, done.location) == (303, f"/en/workshop/{SLUG}/ar/")
    assert "1 text was taken over." in workshop.as_("chi").get(done.location).text
    assert workshop.texts() == [(QUICK_AR, "in-review")]
    with workshop.database.session(write=False) as db:
        said = db.scalars(select(AuditEntry.after).where(AuditEntry.action == "save_translations")).one()
    assert said is not None
    assert said["file"]["name"] == f"work.{suffix}"


def test_drafts_when_the_person_says_so(workshop: Workshop) -> None:
    shown = workshop.upload(filled(workshop.taken_along(), {QUICK: QUICK_AR}))
    assert workshop.apply(_hidden(shown)["upload"], for_review="").status_code == 303
    assert workshop.texts() == [(QUICK_AR, "draft")]


def test_of_two_new_texts_the_person_chooses(workshop: Workshop) -> None:
    texts = workshop.taken_along()
    theirs = workshop.upload(filled(texts, {QUICK: OTHER_AR}), who="nour")
    workshop.apply(_hidden(theirs)["upload"], who="nour")
    shown = workshop.upload(filled(texts, {QUICK: QUICK_AR}))
    assert "1 text is in conflict" in shown.text
    assert OTHER_AR in shown.text
    assert "written by somebody else" in shown.text
    signed = _hidden(shown)["upload"]
    choice = re.search(r'name="instead" value="([^"]+)">', shown.text)
    assert choice, "not chosen in advance, for it is somebody else's"
    workshop.apply(signed)
    assert workshop.texts() == [(OTHER_AR, "in-review")]
    workshop.apply(signed, instead=choice[1])
    assert workshop.texts() == [(OTHER_AR, "retired"), (QUICK_AR, "in-review")]
    mine = workshop.upload(filled(texts, {QUICK: "نص ثالث، ويحترم ما يعرفه الناس.", CASH: "مال", "Start": "بداية"}))
    assert problems(mine.text, "en") == []
    assert re.search(r'name="instead" value="[^"]+" checked>', mine.text)


def test_what_cannot_be_read_is_told_by_name_and_line(workshop: Workshop) -> None:
    texts = workshop.taken_along()
    foreign = FORMATS["xlf"].write(replace(texts, language="ar_SA"))
    for data, name, words in [
        (foreign, "back.xlf", "Line 2: The file is in Arabic (Saudi Arabia), ar_SA"),
        (
            FORMATS["po"].write(replace(texts, collection="other")),
            "back.po",
            "Line 1: The file belongs to the course “other”",
        ),
        (b'<?xml version="1.0"?>\n<!DOCTYPE a>\n<a/>', "back.xlf", "Line 2: The file has a document type (DTD)"),
        (b"PK", "back.xlsx", "Line 1: This is not an Excel workbook"),
        (b"x", "back.doc", "Only files whose names end in .xlf, .po or .xlsx"),
    ]:
        answer = workshop.upload(data, name)
        assert answer.status_code == 422
        assert words in html.unescape(answer.text)
        assert f"<bdi>{name}</bdi>" in answer.text
    in_arabic = workshop.upload(b"PK", "<b>.xlsx", lang="ar")
    assert "<bdi>&lt;b&gt;.xlsx</bdi>" in in_arabic.text


def test_without_a_file_nothing_is_looked_at(workshop: Workshop) -> None:
    sent = {"csrf_token": workshop.token("chi")}
    for data in ({}, {"file": "typed"}, {"file": (BytesIO(b""), "")}):
        answer = workshop.as_("chi").post(PLACE, data=sent | data, content_type="multipart/form-data")
        assert answer.status_code == 422
        assert "Choose the file you have worked in." in answer.text
    assert (
        workshop.as_("chi").post(PLACE, json={"file": "x"}, headers={"X-CSRFToken": sent["csrf_token"]}).status_code
        == 422
    )


def test_a_body_that_is_too_large_is_refused_with_its_limit(workshop: Workshop) -> None:
    body = b"x" * (workshop.settings.max_body_bytes + 1)
    answer = workshop.as_("chi").post(PLACE, data=body, content_type="multipart/form-data; boundary=x")
    assert answer.status_code == 413
    assert "At most 2.1 MB can be sent at once." in answer.text


def test_a_part_without_a_name_is_refused(workshop: Workshop) -> None:
    for about, status in (("form-data", 400), ('form-data; filename="a.po"', 422)):
        body = f"--x\r\nContent-Disposition: {about}\r\n\r\ny\r\n--x--\r\n"
        answer = workshop.as_("chi").post(
            PLACE,
            data=body,
            content_type="multipart/form-data; boundary=x",
            headers={"X-CSRFToken": workshop.token("chi")},
        )
        assert answer.status_code == status


def test_files_are_taken_with_a_token_only(workshop: Workshop) -> None:
    sent = {"file": (BytesIO(b"x"), "a.po")}
    assert workshop.as_("chi").post(PLACE, data=sent, content_type="multipart/form-data").status_code == 403


def test_nothing_is_taken_over_but_what_was_signed_for_this_person_and_place(workshop: Workshop) -> None:
    shown = workshop.upload(filled(workshop.taken_along(), {QUICK: QUICK_AR}))
    signed = _hidden(shown)["upload"]
    digest = workshop.app.extensions["lms.files"].put(b"x")
    person = workshop.people["chi"].public_id
    old = sign_upload(workshop.settings, Upload(digest, "a.po", SLUG, "ar", person), clock.now() - timedelta(days=2))
    for wrong in ("", "x", signed[:-2], f"{signed}x", old):
        answer = workshop.apply(wrong)
        assert answer.status_code == 422
        assert "That was too long ago." in answer.text
    assert workshop.apply(signed, who="nour").status_code == 422
    assert workshop.apply(signed, who="dee", place=PLACE.replace("/ar/", "/fr/")).status_code == 422
    assert workshop.texts() == []


def test_only_those_who_work_on_the_language_come_in(workshop: Workshop) -> None:
    data = filled(workshop.taken_along(), {QUICK: QUICK_AR})
    for who, status in (("eve", 404), ("zoe", 403)):
        for place in (PLACE, f"{PLACE}{NAME}.po"):
            assert workshop.as_(who).get(place).status_code == status
        assert workshop.upload(data, who=who).status_code == status
        assert workshop.apply("x", who=who).status_code == status
    assert workshop.as_("dee").get(PLACE).status_code == 200
    assert workshop.as_("dee").get(PLACE.replace("/ar/", "/en/")).status_code == 404


# -- the command line


@pytest.fixture
def shell(workshop: Workshop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> "Shell":
    monkeypatch.setenv("LMS_DATA_DIR", str(workshop.settings.data_dir))
    monkeypatch.setenv("LMS_DATABASE_URL", workshop.settings.database_url)
    return Shell(capsys)


@dataclass(slots=True)
class Shell:
    capsys: pytest.CaptureFixture[str]

    def __call__(self, *arguments: object) -> tuple[int, str]:
        code = 0
        try:
            cli.main([str(each) for each in arguments])
        except SystemExit as ended:
            code = int(ended.code or 0)
        said = self.capsys.readouterr()
        return code, said.out + said.err


@pytest.mark.parametrize("suffix", FORMATS)
def test_out_and_in_again_from_the_shell(workshop: Workshop, shell: Shell, tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"out.{suffix}"
    texts = workshop.taken_along()
    code, said = shell("translations", "export", SLUG, "ar", file)
    assert (code, said) == (0, f"{len(texts.units)} texts in {file}\n")
    assert file.read_bytes() == FORMATS[suffix].write(texts)
    file.write_bytes(filled(texts, {QUICK: QUICK_AR, CASH: "مال"}, suffix))
    bring = ("translations", "import", SLUG, "ar", file, "--by", "chi@example.org")
    code, said = shell(*bring)
    assert code == 0
    assert re.search(rf"out\.{suffix}:\d+: .*term:transfer", said)
    assert f"1 accepted, {len(texts.units) - 2} unchanged, 0 source-moved, 0 written-since, 1 failing" in said
    assert workshop.texts() == []
    assert shell(*bring, "--apply")[1].endswith("1 texts are taken over.\n")
    assert workshop.texts() == [(QUICK_AR, "in-review")]
    shell("translations", "export", SLUG, "ar", file, "--only-unfinished")
    assert len(read_file(file.name, file.read_bytes()).units) == len(texts.units) - 1


def test_the_shell_says_no_by_file_and_line(workshop: Workshop, shell: Shell, tmp_path: Path) -> None:
    file = tmp_path / "back.xlf"
    file.write_bytes(FORMATS["xlf"].write(replace(workshop.taken_along(), language="ar_SA")))
    code, said = shell("translations", "import", SLUG, "ar", file, "--by", "chi@example.org", "--apply")
    assert (code, said.startswith(f"{file}:2: The file is in Arabic (Saudi Arabia), ar_SA")) == (1, True)
    for arguments, words in [
        (("export", "none", "ar", file), "There is no course none."),
        (("export", SLUG, "en", file), "“en” is no language to translate"),
        (("export", SLUG, "ar", tmp_path / "a.doc"), "Only files whose names end in"),
        (("import", SLUG, "ar", file, "--by", "none@example.org"), "Nobody has the address"),
        (("import", SLUG, "ar", file, "--by", "zoe@example.org"), "You do not work on this course in this language"),
    ]:
        code, said = shell("translations", *arguments)
        assert code == 1
        assert words in said


def test_the_shell_takes_ones_own_text_and_leaves_somebody_elses(
    workshop: Workshop, shell: Shell, tmp_path: Path
) -> None:
    file, texts = tmp_path / "back.po", workshop.taken_along()
    file.write_bytes(filled(texts, {QUICK: OTHER_AR}))
    shell("translations", "import", SLUG, "ar", file, "--by", "nour@example.org", "--apply", "--drafts")
    assert workshop.texts() == [(OTHER_AR, "draft")]
    file.write_bytes(filled(texts, {QUICK: QUICK_AR}))
    said = shell("translations", "import", SLUG, "ar", file, "--by", "chi@example.org", "--apply")[1]
    assert "Conflict: somebody else has written here since" in said
    assert workshop.texts() == [(OTHER_AR, "draft")]
    said = shell("translations", "import", SLUG, "ar", file, "--by", "nour@example.org", "--apply")[1]
    assert "Replaces what you wrote here since." in said
    assert workshop.texts() == [(OTHER_AR, "retired"), (QUICK_AR, "in-review")]
