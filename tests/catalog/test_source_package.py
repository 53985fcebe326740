"""A package is either read whole or told every problem, each with its place."""
# ruff: noqa: E501  one fault a line

from dataclasses import dataclass
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from lms.catalog.source.package import Package, PackageProblems, read_package
from lms.catalog.source.problems import Flaw, Unreadable
from lms.catalog.source.sheet import read_sheet


class Choice(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    key: str
    text: str
    correct: bool = False


class Single(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    key: str
    kind: Literal["single"]
    prompt: str
    points: int = 1
    choices: tuple[Choice, ...]

    @model_validator(mode="after")
    def _one_correct(self) -> "Single":
        if sum(choice.correct for choice in self.choices) != 1:
            raise ValueError("Exactly one choice is correct.")
        return self


@dataclass(frozen=True)
class Kind:
    Question: type[BaseModel]

    def texts(self, question: Any) -> list[str]:
        return [question.prompt, *(choice.text for choice in question.choices)]


KINDS = {"single": Kind(Single)}

COURSE = """\
format: 1
title: "Cash transfers: the first steps"
summary: What they are.
language: en
category: self-paced
series: {title: Fundamentals, number: 3}
minutes: 60
audience: Everybody.
objectives:
  - Explain them.
licence: CC BY 4.0
modules:
  - key: first
    title: Foundations
    activities:
      - {kind: lesson, key: why, title: Why, minutes: 9}
      - {kind: self-test, key: check, title: Check yourself}
  - key: last
    title: The end
    activities:
      - {kind: quiz, key: final, title: Final quiz}
      - {kind: evaluation, key: view, title: Your view}
certificate:
  hours: 1
  completion: {lessons: all, quizzes: [final], evaluation: true}
  participation: {lessons: 50}
glossary:
  - {key: floor, term: floor, definition: "What stands below all else."}
"""
LESSON = """\
The [floor](term:floor) matters, and so does [the quiz](activity:final).

![Two boxes](media/boxes.svg "A caption")

## Sources

- A book.
"""
FIGURE = '<svg viewBox="0 0 360 90"><text x="9" y="20" class="f-ink">Start</text></svg>'
TEST = """\
questions:
  - key: one
    kind: single
    prompt: Which *one*?
    choices:
      - {key: a, text: "This", correct: true}
      - {key: b, text: "That"}
"""
FILES = {
    "course.yaml": COURSE,
    "lessons/why.md": LESSON,
    "media/boxes.svg": FIGURE,
    "quizzes/check.yaml": TEST,
    "quizzes/final.yaml": "pass_mark: 70\n" + TEST,
}


def files(changes: dict[str, str | bytes | None] | None = None) -> dict[str, bytes]:
    merged = {**FILES, **(changes or {})}
    return {
        name: text if isinstance(text, bytes) else text.encode() for name, text in merged.items() if text is not None
    }


def problems(changes: dict[str, str | bytes | None], slug: str = "cash") -> list[str]:
    with pytest.raises(PackageProblems) as caught:
        read_package(slug, files(changes), KINDS)
    return [str(problem) for problem in caught.value.problems]


def test_reads_a_course_and_survives_json() -> None:
    package = read_package("cash", files(), KINDS)
    assert package.certificate.completion.lessons == 100
    assert package.certificate.participation is not None
    assert package.stage == "draft"
    assert [activity.key for activity in package.activities] == ["why", "check", "final", "view"]
    assert package.quizzes["final"].pass_mark == 70
    assert package.quizzes["final"].questions[0].data["choices"][0]["correct"] is True
    assert package.documents == {
        "course": (
            "Cash transfers: the first steps",
            "What they are.",
            "Everybody.",
            "Explain them.",
            "Fundamentals",
            "Foundations",
            "Why",
            "Check yourself",
            "The end",
            "Final quiz",
            "Your view",
        ),
        "lesson why": (
            "The [floor](term:floor) matters, and so does [the quiz](activity:final).",
            "Two boxes",
            "A caption",
            "Sources",
            "A book.",
        ),
        "figure boxes.svg": ("Start",),
        "quiz check one": ("Which *one*?", "This", "That"),
        "quiz final one": ("Which *one*?", "This", "That"),
        "glossary floor": ("floor", "What stands below all else."),
    }
    again = Package.model_validate_json(package.model_dump_json())
    assert again == package
    assert again.model_dump_json() == package.model_dump_json()
    with pytest.raises(ValidationError):
        package.title = "Other"  # type: ignore[misc]


def test_tells_every_problem_of_every_file_at_once() -> None:
    found = problems(
        {
            "course.yaml": COURSE.replace("minutes: 60", "minutes: sixty").replace("licence: CC BY 4.0\n", ""),
            "lessons/why.md": "# Title\n\nText with <b>html</b>.\n",
            "quizzes/check.yaml": TEST.replace('text: "That"', 'text: "That", correct: true'),
            "media/boxes.svg": FIGURE.replace("<text", "<script/><text"),
            "notes/plan.md": "x",
        }
    )
    assert found == [
        "course.yaml:1:1: “licence” is missing.",
        "course.yaml:7:10: “minutes” must be a whole number.",
        "lessons/why.md:1:1: Start sections with ##; the title of the lesson is in course.yaml.",
        "lessons/why.md:3:1: HTML is not used in texts; write Markdown, or put `code` marks round it to show it.",
        "media/boxes.svg:1:27: <script> is not allowed in a figure.",
        "notes/plan.md:1:1: This file is not part of a course package; see the guide for what lies where.",
        "quizzes/check.yaml:2:5: Exactly one choice is correct.",
    ]


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("title: Why,", "titel: Why,", "16:34: “titel” is not a field that belongs here. Did you mean “title”?"),
        ("title: Why,", "title: Why, and how,", "16:46: “and how” looks like the rest of a text: put a text that holds a comma in quotes."),
        ("title: Why,", "title: 5,", "16:41: “title” must be a text; put it in quotes."),
        ("key: why,", "key: Why,", "16:29: “key” must be lower-case letters, digits and single hyphens."),
        ("key: check,", "key: why,", "17:32: Another activity entry has the key “why”; a key names one thing."),
        ("key: last", "key: first", "18:10: Another module entry has the key “first”; a key names one thing."),
        ("kind: quiz,", "kind: exam,", "21:16: “kind” must be 'lesson', 'self-test', 'quiz', 'evaluation', 'meeting', 'discussion' or 'assignment'."),
        ("key: why,", "key: who,", "16:9: The file lessons/who.md is missing."),
        ("[final]", "[finale]", "25:40: The course has no quiz “finale”. Did you mean “final”?"),
        ("[final]", "[check]", "25:40: “check” is a self-test; only a quiz can stand here."),
        ("[final]", "[final, final]", "25:47: “final” stands here twice."),
        ("{lessons: 50}", "{lessons: 0}", "26:18: This certificate asks for nothing; name lessons, quizzes, assignments or the evaluation."),
        ("{lessons: 50}", "{lessons: 120}", "26:28: “lessons” must be 100 or less."),
        ("{lessons: 50}", "{lessons: 50}\npublication: {exact: 101}", "27:22: “exact” must be 100 or less."),
        ("{lessons: 50}", "{lessons: 50}\npublication: {rest: most}", "27:21: “rest” must be a whole number."),
        ("{lessons: 50}", "{lessons: 50}\npublication: {from: 80}", "27:15: “from” is not a field that belongs here."),
        ("language: en", "language: klingon", "4:11: “klingon” is not a language code such as en or ar."),
        ("format: 1", "format: 2", "1:9: “format” must be 1."),
        ("format: 1", "format: 1\nformat: 1", "2:1: “format” is written twice here; keep one."),
        ("format: 1", "format: &a 1", "1:9: YAML anchors (&name) are not allowed here."),
        ("format: 1", "format: *a", "1:9: YAML aliases (*name) are not allowed here; write the text out."),
        ("format: 1", "format: !!int 1", "1:9: YAML tags (!name) are not allowed here; quote a text that starts with “!”."),
        ("format: 1", "format: [", "3:1: This is not YAML: expected"),
        ("title: Foundations", 'title: "Foun\\u202Edations"', "14:12: The text holds an invisible character that changes the reading direction (U+202E); delete it."),
        ("title: Foundations", "title: Foun\u2067dations", "14:16: The text holds an invisible character that changes the reading direction (U+2067); delete it."),
        ("title: Foundations", "title: Foun\x07dations", "14:16: The text holds an invisible control character (U+0007); delete it."),
        ("title: Foundations", f"title: {'x' * 201}", "14:12: “title” is longer than 200 characters."),
    ],
)  # fmt: skip
def test_course_problems(before: str, after: str, problem: str) -> None:
    assert before in COURSE
    found = problems({"course.yaml": COURSE.replace(before, after, 1)})
    assert any(line.startswith("course.yaml:" + problem) for line in found), found


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("", "1:1: The lesson is empty."),
        ("A\n\n### Deep\n", "3:1: This ### stands under no ## section."),
        ("## A\n\n#### B\n", "3:1: Use ## and ### only."),
        ("> ## A\n", "1:1: A heading cannot stand inside a block, a list or a quote."),
        ("A\n\n::: callout Note\nText\n", "3:1: This block is not closed; put ::: alone on the line after its last."),
        ("::: warning Note\nText\n:::\n", "1:1: “::: warning” is not a block; the blocks are callout, details, audio, video."),
        ("::: callout\nText\n:::\n", "1:1: The callout needs a title after its kind."),
        ("::: callout Note\n:::\n", "1:1: This block is empty."),
        ("Text\n\n:::\n", "3:1: This ::: closes no block; a block starts with ::: and its kind."),
        ("::: audio talk.mp3 Talk\nText\n:::\n", "1:1: Write ::: audio media/name and the title."),
        ("::: audio media/talk.mp3 Talk\nText\n:::\n", "1:1: There is no file media/talk.mp3."),
        ("::: audio media/boxes.svg Talk\nText\n:::\n", "1:1: media/boxes.svg is not a recording."),
        ("[a](term:flor)\n", "1:1: The glossary has no entry “flor”. Did you mean “floor”?"),
        ("A\n\n- [a](activity:nowhere)\n", "3:1: The course has no activity “nowhere”."),
        ("[a](media/box.pdf)\n", "1:1: There is no file media/box.pdf."),
        ("[a](media/boxes.svg)\n", "1:1: A figure is shown, not linked: ![…](media/boxes.svg)."),
        ("![](media/boxes.svg)\n", "1:1: The picture needs words for those who cannot see it: ![what it shows](media/…)."),
        ("![a](https://example.org/a.png)\n", "1:1: A picture comes from media/, not from “https://example.org/a.png”."),
        ("See ![a](media/boxes.svg)\n", "1:1: A picture stands alone in its paragraph."),
        ("[a](http://example.org)\n", "1:1: The link “http://example.org” must start with https://."),
        ("[a](mailto:a@example.org)\n", "1:1: The link “mailto:a@example.org” leads nowhere"),
        ("[a](//example.org/)\n", "1:1: The link “//example.org/” leads nowhere"),
        ("```\ncode\n```\n", "1:1: Blocks of code are not part of lessons; use `code` in a sentence."),
        ("a <img src=x onerror=alert(1)>\n", "1:1: HTML is not used in texts"),
        ("a &#x202e; b\n", "1:1: The text holds an invisible character that changes the reading direction (U+202E)"),
        ("x" * 6000, "1:1: This text is longer than 5,000 characters; break it up."),
        ("x\n\n" * 40_000, "1:1: The lesson is longer than 100,000 characters; make it two."),
        (">" * 60 + " deep\n", "1:1: Lists and blocks are nested too deeply."),
        (b"caf\xe9\n", "1:4: The file is not UTF-8 text; save it as UTF-8."),
        (b"\xef\xbb\xbfText\n", "1:1: The file starts with an invisible byte order mark; save it as UTF-8 without BOM."),
    ],
)  # fmt: skip
def test_lesson_problems(body: str | bytes, problem: str) -> None:
    found = problems({"lessons/why.md": body})
    assert any(line.startswith("lessons/why.md:" + problem) for line in found), found


@pytest.mark.parametrize(
    ("file", "before", "after", "problem"),
    [
        ("final", "pass_mark: 70\n", "", "1:1: A quiz needs a “pass_mark”, in per cent."),
        ("check", "questions:", "pass_mark: 70\nquestions:", "1:1: A self-test has no “pass_mark”"),
        ("final", "pass_mark: 70", "pass_mark: 0", "1:12: “pass_mark” must be 1 or more."),
        ("final", "pass_mark: 70", "pass_mark: 70\ndraw: 2", "2:7: “draw” asks for 2 questions, but there are 1."),
        ("check", "kind: single", "kind: riddle", "3:11: Each question needs a “kind”, one of: single."),
        ("check", "prompt: Which *one*?", "prompt: \"[a](https://example.org)\"", "4:13: Links are not used here."),
        ("check", "prompt: Which *one*?", "promt: Which?", "4:5: “promt” is not a field that belongs here. Did you mean “prompt”?"),
        ("check", TEST, "questions: []\n", "1:12: “questions” must be a list with at least one question."),
        ("check", TEST, "- a\n", "1:1: Here should stand fields, each as name: value."),
        ("check", TEST, TEST + TEST.removeprefix("questions:\n"), "8:10: Another question has the key “one”"),
    ],
)  # fmt: skip
def test_quiz_problems(file: str, before: str, after: str, problem: str) -> None:
    name = f"quizzes/{file}.yaml"
    assert before in FILES[name]
    found = problems({name: FILES[name].replace(before, after, 1)})
    assert any(line.startswith(f"{name}:{problem}") for line in found), found


LED = {
    "course.yaml": COURSE.replace("self-paced", "instructor-led")
    .replace(
        "  - key: last\n",
        """\
      - {kind: meeting, key: live, title: Questions and answers, minutes: 60}
      - {kind: meeting, key: open-hour, title: Open hour}
      - {kind: discussion, key: hello, title: Introduce yourself}
      - {kind: assignment, key: gap, title: Name a gap}
  - key: last
""",
    )
    .replace("participation: {lessons: 50}", "participation: {assignments: [gap], attendance_minutes: 90}"),
    "lessons/live.md": "Bring [a question](activity:hello) about the [floor](term:floor).\n",
    "lessons/hello.md": "Who are you?\n\n![A desk](media/desk.svg)\n",
    "lessons/gap.md": "Describe one gap.\n",
    "media/desk.svg": FIGURE.replace("Start", "Desk"),
    "assignments/gap.yaml": """\
accepts: [file]
due_days: 10
pass_points: 5
resubmissions: 2
peer_reviews: 3
rubric:
  - key: problem
    title: The gap is *named*
    levels:
      - {points: 0, text: No gap is named.}
      - {points: 2, text: "It is named, without figures."}
      - {points: 4, text: "It is named, with figures."}
  - key: language
    title: It reads well
    levels:
      - {points: 0, text: No gap is named.}
      - {points: 2, text: It does.}
""",
}
SHORTEST = """\
pass_points: 1
rubric:
  - {key: done, title: Done, levels: [{points: 0, text: No}, {points: 1, text: "Yes"}]}
"""


def test_reads_what_an_instructor_leads() -> None:
    package = read_package("cash", files(LED), KINDS)
    assert package.documents["lesson live"] == ("Bring [a question](activity:hello) about the [floor](term:floor).",)
    assert package.documents["lesson hello"] == ("Who are you?", "A desk")
    assert package.documents["figure desk.svg"] == ("Desk",)
    assert "lesson open-hour" not in package.documents
    assert package.documents["assignment gap"] == (
        "The gap is *named*",
        "No gap is named.",
        "It is named, without figures.",
        "It is named, with figures.",
        "It reads well",
        "It does.",
    )
    gap = package.assignments["gap"]
    assert (gap.accepts, gap.due_days, gap.pass_points, gap.resubmissions, gap.peer_reviews) == (("file",), 10, 5, 2, 3)
    assert gap.most_points == 6
    assert package.certificate.participation is not None
    assert package.certificate.participation.attendance_minutes == 90
    assert Package.model_validate_json(package.model_dump_json()) == package


def test_an_assignment_needs_no_more_than_a_rubric_and_what_passes() -> None:
    gap = read_package("cash", files({**LED, "assignments/gap.yaml": SHORTEST}), KINDS).assignments["gap"]
    assert (gap.accepts, gap.due_days, gap.resubmissions, gap.peer_reviews) == (("text", "file"), 6, 1, 0)


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("category: instructor-led", "category: self-paced", "course.yaml:18:16: Only an instructor-led course has activities of the kind meeting; this course is self-paced."),
        ("category: instructor-led", "category: self-paced", "course.yaml:21:16: Only an instructor-led course has activities of the kind assignment; this course is self-paced."),
        ("key: hello", "key: hallo", "course.yaml:20:9: The file lessons/hallo.md is missing."),
        ("key: hello", "key: hallo", "lessons/hello.md:1:1: No activity with a text in course.yaml has the key “hello”: this file is not used."),
        ("key: gap", "key: hole", "course.yaml:21:9: The file assignments/hole.yaml is missing."),
        ("key: gap", "key: hole", "course.yaml:21:9: The file lessons/hole.md is missing."),
        ("key: gap", "key: hole", "assignments/gap.yaml:1:1: No assignment in course.yaml has the key “gap”: this file is not used."),
        ("[gap]", "[gaps]", "course.yaml:30:33: The course has no assignment “gaps”."),
        ("[gap]", "[live]", "course.yaml:30:33: “live” is a meeting; only an assignment can stand here."),
        ("[gap]", "[gap, gap]", "course.yaml:30:38: “gap” stands here twice."),
        ("attendance_minutes: 90", "attendance_minutes: -1", "course.yaml:30:59: “attendance_minutes” must be 0 or more."),
        ("kind: meeting", "kind: discussion", "course.yaml:30:59: The course has no activity of the kind meeting."),
        ("{assignments: [gap], attendance_minutes: 90}", "{attendance_minutes: 0}", "course.yaml:30:18: This certificate asks for nothing;"),
    ],
)  # fmt: skip
def test_problems_of_what_an_instructor_leads(before: str, after: str, problem: str) -> None:
    assert before in LED["course.yaml"]
    found = problems({**LED, "course.yaml": LED["course.yaml"].replace(before, after)})
    assert any(line.startswith(problem) for line in found), found


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("[file]", "[file, file]", "1:17: “file” stands here twice."),
        ("[file]", "[paper]", "1:11: “accepts” must be 'text' or 'file'."),
        ("[file]", "[]", "1:10: “accepts” needs at least 1."),
        ("due_days: 10", "due_days: soon", "2:11: “due_days” must be a whole number."),
        ("due_days: 10", "due_day: 10", "2:1: “due_day” is not a field that belongs here. Did you mean “due_days”?"),
        ("pass_points: 5\n", "", "1:1: “pass_points” is missing."),
        ("pass_points: 5", "pass_points: 0", "3:14: “pass_points” must be 1 or more."),
        ("pass_points: 5", "pass_points: 7", "3:14: “pass_points” asks for 7 points, but the best levels give 6."),
        ("resubmissions: 2", "resubmissions: -1", "4:16: “resubmissions” must be 0 or more."),
        ("peer_reviews: 3", "peer_reviews: 21", "5:15: “peer_reviews” must be 20 or less."),
        ("key: language", "key: problem", "13:10: Another rubric entry has the key “problem”; a key names one thing."),
        ("points: 0, text: No gap", "points: 1, text: No gap", "10:18: The first level of a criterion gives 0 points."),
        ("points: 4", "points: 2", "12:18: Each level of a criterion gives more points than the one before it."),
        ("      - {points: 2, text: It does.}\n", "", "16:7: “levels” needs at least 2."),
        ("It reads well", "'[It](https://example.org) reads well'", "14:12: Links are not used here."),
        ("text: It does.", "text: It <b>does</b>.", "17:27: HTML is not used in texts"),
    ],
)  # fmt: skip
def test_assignment_problems(before: str, after: str, problem: str) -> None:
    name = "assignments/gap.yaml"
    assert before in LED[name]
    found = problems({**LED, name: LED[name].replace(before, after, 1)})
    assert any(line.startswith(f"{name}:{problem}") for line in found), found


def test_missing_and_unused_files() -> None:
    assert problems({"course.yaml": None}) == ["course.yaml:1:1: This file is missing; it says what the course is."]
    found = problems({"quizzes/check.yaml": None, "lessons/other.md": "Text\n", "media/b.svg": FIGURE})
    assert found == [
        "course.yaml:17:9: The file quizzes/check.yaml is missing.",
        "lessons/other.md:1:1: No activity with a text in course.yaml has the key “other”: this file is not used.",
        "media/b.svg:1:1: No lesson shows or links this file; delete it or use it.",
    ]
    assert problems({}, slug="My Course")[0].startswith("course.yaml:1:1: The folder's name “My Course”")


def test_pictures_are_what_they_say() -> None:
    png = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x20\x00\x00\x00\x10"
    lesson = "![A dot](media/dot.png)\n\n" + LESSON
    package = read_package("cash", files({"lessons/why.md": lesson, "media/dot.png": png}), KINDS)
    assert (package.media["dot.png"].width, package.media["dot.png"].height) == (32, 16)
    found = problems({"lessons/why.md": lesson, "media/dot.png": b"<svg onload=alert(1)>"})
    assert found == ["media/dot.png:1:1: This is not the kind of picture its name says."]


PO = 'msgid ""\nmsgstr ""\n"Language: ar\\n"\n\nmsgctxt "lesson why"\nmsgid "A book."\nmsgstr "{}"\n'


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("xx", PO, "1:1: “xx” is not a language code such as ar, fr or pt_BR."),
        ("../x", PO, None),
        ("en", PO, "1:1: This is the language the course is written in; it needs no translation."),
        ("fr", PO, "1:1: The header of the file says its language is “ar”."),
        ("ar", PO.format("[كتاب](https://example.org)"), "6:1: The link “https://example.org” is not in the source."),
        ("ar", PO.format("**كتاب**"), "6:1: The source has 0 **strong**, the translation 1."),
        ("ar", PO.format("<b>كتاب</b>"), "6:1: HTML is not used in texts"),
        ("ar", "nonsense", "1:1: This is not a gettext file"),
        ("ar", b"\xff\xfe", "1:1: The file is not UTF-8 text; save it as UTF-8."),
    ],
)
def test_translation_problems(name: str, text: str | bytes, problem: str | None) -> None:
    found = problems({f"translations/{name}.po": text})
    expected = f"translations/{name}.po:{problem}" if problem else "translations/../x.po:1:1: This file is not part"
    assert any(line.startswith(expected) for line in found), found


def test_translations_of_other_texts_are_let_be() -> None:
    package = read_package("cash", files({"translations/ar.po": PO.replace("A book", "*Gone*").format("x")}), KINDS)
    assert package.languages == ("ar",)


@given(st.dictionaries(st.sampled_from(sorted(FILES)), st.text(max_size=300) | st.binary(max_size=60)))
def test_any_content_is_read_or_refused(changes: dict[str, str | bytes]) -> None:
    written = {
        name: text.encode("utf-8", "replace") if isinstance(text, str) else text for name, text in changes.items()
    }
    try:
        read_package("cash", files({**written}), KINDS)
        lines = [1]
    except PackageProblems as refused:
        lines = [min(problem.line, problem.column) for problem in refused.problems]
    assert lines
    assert min(lines) >= 1


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**15), 10**15)
    | st.sampled_from(["yes", "no", "2020-01-01", "1e3", "a: b"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcdef"), inner, max_size=3),
    max_leaves=12,
)


def _yaml(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ", ".join(_yaml(each) for each in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_yaml(each)}" for key, each in value.items()) + "}"
    return f'"{value}"' if isinstance(value, str) else str(value)


@given(_JSON)
def test_yaml_says_what_was_written(value: Any) -> None:
    assert read_sheet(_yaml(value)).data == value


@given(st.text("-:[]{}&*!|>'\"%@`,?# \nab\t", max_size=60))
def test_any_yaml_is_read_or_refused(text: str) -> None:
    try:
        flaws = [Flaw(1, 1, "")] if read_sheet(text) else []
    except Unreadable as refused:
        flaws = refused.flaws
    assert flaws


def test_yaml_is_version_1_2() -> None:
    sheet = read_sheet("a: yes\nb: 2020-01-01\nc: 010\nd: 1_000\ne: .5\nf: ~\ng: 'x '\nh: true\n")
    assert sheet.data == {
        "a": "yes",
        "b": "2020-01-01",
        "c": 10,
        "d": "1_000",
        "e": 0.5,
        "f": None,
        "g": "x",
        "h": True,
    }
