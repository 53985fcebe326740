"""Lessons and figures in a reader's language: what is marked, what is kept, and that nothing unsafe gets through."""
# ruff: noqa: E501  one case a line

import xml.etree.ElementTree as ET
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.catalog.source.blocks import lesson_flaws
from lms.catalog.source.cover import draw_cover
from lms.catalog.source.figure import break_lines, figure_texts, render_figure
from lms.catalog.source.inline import plain, segment
from lms.catalog.source.lesson import Labels, Links, inline_html, lesson_texts, render_lesson, words
from lms.catalog.source.parts import Media
from lms.catalog.source.problems import Unreadable
from lms.translation.rules import Passage, Say

LINKS = Links(term=lambda key: f"/t#{key}", activity=lambda key: f"/a/{key}/", media=lambda name: f"/m/{name}")
LABELS = Labels(table="Table", transcript="Transcript", sizes={"list.pdf": "12 KB", "talk.mp3": "3 MB"})
FIGURE = '<svg viewBox="0 0 360 90"><rect class="f-soft" width="90" height="9"/><text x="50" y="20" class="f-ink">Start</text></svg>'


def say_in(language: str, translations: dict[str, str] | None = None, *, stale: bool = False) -> Say:
    direction = "rtl" if language == "ar" else "ltr"

    def say(source: str) -> Passage:
        target = (translations or {}).get(source)
        return Passage(target, language, direction, stale) if target else Passage(source, "en", "ltr")

    return say


def draw(body: str, say: Say | None = None, language: str = "en") -> str:
    return render_lesson(
        body,
        say or say_in("en"),
        language=language,
        links=LINKS,
        labels=LABELS,
        figure=lambda _name: (FIGURE, say_in(language, {"Start": "بداية"})),
        pictures={"dot.png": Media(sha256="0", size=1, content_type="image/png", width=32, height=16)},
    )


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ("One *two* **three** `<b>`", "<p>One <em>two</em> <strong>three</strong> <code>&lt;b&gt;</code></p>"),
        ("One\ntwo  \nthree", "<p>One two<br>three</p>"),
        ("## A heading\n\n### A heading", '<h2 id="s-a-heading">A heading</h2><h3 id="s-a-heading-2">A heading</h3>'),
        ("- one\n- two\n", "<ul><li>one</li><li>two</li></ul>"),
        ("3. one\n\n4. two\n", '<ol start="3"><li><p>one</p></li><li><p>two</p></li></ol>'),
        ("> Said\n\n---\n", "<blockquote><p>Said</p></blockquote><hr>"),
        ("[a](term:floor)", '<p><a class="term" href="/t#floor">a</a></p>'),
        ("[a](activity:why)", '<p><a href="/a/why/">a</a></p>'),
        ("[a](https://example.org/?a=1&b=2)", '<p><a href="https://example.org/?a=1&amp;b=2" rel="noopener">a</a></p>'),
        (
            "[a](media/list.pdf).",
            '<p><a href="/m/list.pdf" download="list.pdf">a</a> <span class="size">(<bdi>12 KB</bdi>)</span>.</p>',
        ),
        ("::: callout *In* practice\nDo.\n:::\n", '<div class="callout"><p class="callout-title"><em>In</em> practice</p><p>Do.</p></div>'),
        ("::: details Sum\nOne.\n:::\n", "<details><summary>Sum</summary><p>One.</p></details>"),
        (
            "::: audio media/talk.mp3 A talk\nHello.\n:::\n",
            '<figure class="recording"><figcaption>A talk <span class="size">(<bdi>3 MB</bdi>)</span></figcaption>'
            '<audio controls="" preload="none" src="/m/talk.mp3"></audio>'
            "<details><summary>Transcript</summary><p>Hello.</p></details></figure>",
        ),
        (
            "| A | B |\n|---|--:|\n| 1 | |\n",
            '<div class="table" tabindex="0" role="region" aria-label="Table"><table><thead><tr><th scope="col">A</th>'
            '<th scope="col" class="end">B</th></tr></thead><tbody><tr><td>1</td><td></td></tr></tbody></table></div>',
        ),
        (
            '![A dot](media/dot.png "Small")',
            '<figure><img src="/m/dot.png" alt="A dot" width="32" height="16" loading="lazy">'
            "<figcaption>Small</figcaption></figure>",
        ),
    ],
)  # fmt: skip
def test_blocks(body: str, html: str) -> None:
    assert lesson_flaws(body) == []
    assert draw(body) == html


def test_passages_carry_the_language_they_are_in() -> None:
    body = "Yes.\n\nNo.\n\n- Yes.\n- No.\n\n| Yes. | No. |\n|---|---|\n| a | b |\n\n## No.\n"
    drawn = draw(body, say_in("ar", {"Yes.": "نعم."}, stale=True), "ar")
    assert '<p class="stale">نعم.</p><p lang="en" dir="ltr">No.</p>' in drawn
    assert '<li><div class="stale">نعم.</div></li><li><div lang="en" dir="ltr">No.</div></li>' in drawn
    assert '<th scope="col" class="stale">نعم.</th><th scope="col" lang="en" dir="ltr">No.</th>' in drawn
    assert '<h2 id="s-no" lang="en" dir="ltr">No.</h2>' in drawn


def test_every_segment_is_asked_for_once_per_place() -> None:
    body = '*A*\nb\n\n![Alt](media/a.svg "Cap *c*")\n\n::: callout Title\n- x\n\n| h |\n|---|\n| y |\n:::\n\n- x\n'
    texts = lesson_texts(body)
    assert texts == ["*A* b", "Alt", "Cap *c*", "Title", "x", "h", "y"]
    asked: list[str] = []

    def say(source: str) -> Passage:
        asked.append(source)
        return Passage(source, "en", "ltr")

    draw(body, say)
    assert list(dict.fromkeys(asked)) == texts


def test_how_lines_are_wrapped_does_not_matter() -> None:
    assert lesson_texts("A long\nline of\n   text.\n") == lesson_texts("A long line of text.\n")
    assert segment("a  \n  b\\\nc") == "a\\\nb\\\nc"


def test_a_translation_leads_nowhere_its_source_does_not() -> None:
    source = "[a](https://example.org)"
    assert 'href="https://example.org"' in draw(source, say_in("ar", {source: f"{source} ب"}), "ar")
    for href in ("https://evil.example", "term:x", "javascript:alert(1)", "/logout"):
        drawn = draw(source, say_in("ar", {source: f"[x]({href})"}), "ar")
        assert "<a" not in drawn


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("", 0),
        ("One two", 2),
        ("It's 3.5 % of *all*", 4),
        ("[a b](https://example.org) `c`", 3),
        ("الحماية الاجتماعية", 2),
    ],
)
def test_words(text: str, number: int) -> None:
    assert words(text) == number


def test_inline_without_a_page_has_no_links() -> None:
    assert inline_html("[a](term:x) <i>") == "a &lt;i&gt;"
    assert plain("*a* `b`\\\nc &amp;") == "a b c &"


class Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.bad: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style", "iframe", "object", "embed", "form", "input", "link", "meta", "base"):
            self.bad.append(tag)
        for name, value in attrs:
            scheme = (value or "").strip().lower().partition(":")[0]
            if name.startswith("on") or name == "style" or scheme in ("javascript", "data", "vbscript", "file"):
                self.bad.append(f"{tag} {name}={value}")


def unsafe(html: str) -> list[str]:
    seen = Seen()
    seen.feed(html)
    return seen.bad


ATTACKS = [
    "<script>alert(1)</script>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    '[x](https://a.example/"onmouseover="alert(1))',
    "![x](javascript:alert(1))",
    '![x" onerror="alert(1)](media/a.png)',
    '![x](media/a.svg "\\"><script>alert(1)</script>")',
    "<javascript:alert(1)>",
    "::: callout <img src=x onerror=alert(1)>\nx\n:::",
    "::: audio media/a\"onerror=x x\nx\n:::",
    "::: <script> x\nx\n:::",
    '<hr id="figure-0">',
    "`<hr id=\"figure-0\">`",
    "| <svg onload=alert(1)> |\n|---|\n| x |",
    "## <b onclick=alert(1)>",
]  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
def test_nothing_unsafe_is_drawn(attack: str) -> None:
    assert unsafe(draw(attack)) == []
    assert unsafe(draw("Text", say_in("ar", {"Text": attack}), "ar")) == []
    assert unsafe(draw("![Text](media/a.svg)", say_in("ar", {"Text": attack}), "ar")) == []
    assert "<svg" not in draw(attack + "\n\n![a](media/b.svg)").partition("<figure><svg")[0]


@given(st.text("*_`[]()<>!:#-|\\\"'& \nabc/.0", max_size=120), st.text(max_size=60))
def test_any_lesson_is_drawn_safely(body: str, translation: str) -> None:
    lesson_flaws(body)
    texts = lesson_texts(body)
    assert all(texts)
    drawn = draw(body, say_in("ar", dict.fromkeys(texts, translation)), "ar")
    assert unsafe(drawn) == []


# Figures


def draw_figure(svg: str, language: str = "ar", translations: dict[str, str] | None = None) -> ET.Element:
    title = Passage("An <alt> text", language, "rtl" if language == "ar" else "ltr")
    drawn = render_figure(svg, say_in(language, translations), language=language, rtl=language == "ar", title=title)
    return ET.fromstring(drawn)


def test_a_figure_is_mirrored_for_arabic_and_its_texts_are_not() -> None:
    svg = (
        '<svg viewBox="0 0 360 90" xmlns="http://www.w3.org/2000/svg"><title>x</title>'
        '<text x="50" y="20" class="f-ink">Start</text><text x="60" y="40" class="f-ink" text-anchor="end">End</text></svg>'
    )
    english = draw_figure(svg, "en")
    assert english.attrib == {"viewBox": "0 0 360 90", "role": "img", "aria-label": "An <alt> text"}
    assert [text.attrib["direction"] for text in english] == ["ltr", "ltr"]
    (group,) = draw_figure(svg, "ar", {"Start": "بداية"})
    assert group.attrib == {"transform": "translate(360 0) scale(-1 1)"}
    start, end = group
    assert start.text == "بداية"
    assert start.attrib["transform"] == "translate(100 0) scale(-1 1)"
    assert (start.attrib["direction"], start.attrib["text-anchor"]) == ("rtl", "start")
    # English words in the mirrored picture stand on the same side of their point as Arabic ones would
    assert (end.attrib["direction"], end.attrib["text-anchor"], end.attrib["lang"]) == ("ltr", "start", "en")
    kept = draw_figure(svg.replace("<svg ", '<svg data-mirror="no" '), "ar", {"Start": "بداية"})
    assert "transform" not in kept[0].attrib
    assert (kept[0].attrib["direction"], kept[0].attrib["text-anchor"]) == ("rtl", "end")


def test_texts_are_broken_into_even_lines_about_their_place() -> None:
    svg = (
        '<svg viewBox="0 0 360 90"><g font-size="20" text-anchor="middle">'
        '<text x="50" y="60" data-width="120" class="f-ink">One two three four five</text></g></svg>'
    )
    (group,) = draw_figure(svg, "en")
    lines = list(group[0])
    assert [line.text for line in lines] == ["One two", "three", "four five"]
    assert [line.attrib["y"] for line in lines] == ["36", "60", "84"]
    assert {line.attrib["x"] for line in lines} == {"50"}


@given(st.lists(st.text("abcdefابتث", min_size=1, max_size=12), max_size=12), st.floats(1, 40))
def test_breaking_keeps_every_word(parts: list[str], room: float) -> None:
    text = " ".join(parts)
    assert " ".join(break_lines(text, room)) == text


@pytest.mark.parametrize(
    ("inside", "sentence"),
    [
        ("<script>alert(1)</script>", "<script> is not allowed"),
        ("<image href='x'/>", "<image> is not allowed"),
        ("<a href='https://example.org'/>", "<a> is not allowed"),
        ("<foreignObject/>", "<foreignObject> is not allowed"),
        ("<use href='#x'/>", "<use> is not allowed"),
        ("<style>*{}</style>", "<style> is not allowed"),
        ("<animate/>", "<animate> is not allowed"),
        ("<svg viewBox='0 0 1 1'/>", "one <svg> that holds"),
        ("<rect class='f-ink' onclick='x'/>", "“onclick” is not allowed on <rect>"),
        ("<rect class='f-ink' style='fill:red'/>", "Colours come from classes"),
        ("<rect fill='red'/>", "Colours come from classes"),
        ("<rect class='f-ink' id='x'/>", "Figures use no ids"),
        ("<rect class='card'/>", "“card” is not one of the figure classes"),
        ("<rect width='9' height='9'/>", "has no fill"),
        ("<rect class='f-ink' width='9px'/>", "value that is not allowed"),
        ("<rect class='f-ink' width='1e9999'/>", "value that is not allowed"),
        ("<path class='f-ink' d='url(x)'/>", "value that is not allowed"),
        ("<g transform='matrix(1 2 3 4 5 6)'/>", "value that is not allowed"),
        ("<text x='1' y='1' class='f-ink'>a<tspan>b</tspan></text>", "<tspan> is not allowed"),
        ("<text x='1' class='f-ink'>a</text>", "needs “y”"),
        ("<text x='1' y='1' class='f-ink'/>", "is empty"),
        ("<text x='1' y='1' class='f-ink' font-size='9'>a</text>", "smaller than 12"),
        ("<g font-size='9'><text x='1' y='1' class='f-ink'>a</text></g>", "smaller than 12"),
        ("<text x='1' y='1' class='f-ink' data-width='0'>a</text>", "must be 20 or more"),
        ("<text x='1' y='1' class='f-ink'>&#x202e;a</text>", "reading direction"),
        ("loose words", "must stand inside <text>"),
        ("<?php x?>", "instructions"),
        ("<rect", "not well-formed"),
        ("&unknown;", "not well-formed"),
        ("<g>" * 20 + "</g>" * 20, "nested too deeply"),
        ("<g/>" * 700, "more than 600 elements"),
        ("<!-- -->" * 10_000, "larger than 60 KB"),
    ],
    ids=range(32),
)
def test_figures_are_refused(inside: str, sentence: str) -> None:
    with pytest.raises(Unreadable, match=sentence):
        figure_texts(f'<svg viewBox="0 0 360 90">{inside}</svg>')


@pytest.mark.parametrize(
    "svg",
    [
        '<!DOCTYPE svg [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><svg viewBox="0 0 9 9">&b;</svg>',
        '<!DOCTYPE svg SYSTEM "file:///etc/passwd"><svg viewBox="0 0 9 9"/>',
        '<svg viewBox="0 0 9"/>',
        '<svg viewBox="0 0 -1 9"/>',
        '<svg viewBox="0 0 e e"/>',
        "<g/>",
        "",
    ],
)
def test_broken_figures_are_refused(svg: str) -> None:
    with pytest.raises(Unreadable):
        figure_texts(svg)


@given(st.text("<>/\"'= svgtextrpah0123.-&;#\n", max_size=120))
def test_any_figure_is_read_or_refused(inside: str) -> None:
    try:
        texts = figure_texts(f'<svg viewBox="0 0 360 90">{inside}</svg>')
    except Unreadable as refused:
        texts = [flaw.sentence for flaw in refused.flaws] or ["nothing said"]
    assert "nothing said" not in texts


def test_figures_without_lucky_regular_expressions() -> None:
    """Values that would keep a careless pattern busy for years are refused at once."""
    for attribute in ("points", "transform", "class", "d", "stroke-dasharray", "width"):
        with pytest.raises(Unreadable):
            figure_texts(f'<svg viewBox="0 0 9 9"><rect class="f-ink"/><polyline {attribute}="{"1" * 5000}!"/></svg>')


# Covers


@given(st.from_regex(r"[a-z0-9]{1,12}(-[a-z0-9]{1,8}){0,3}", fullmatch=True))
def test_covers_are_small_drawn_from_the_slug_and_silent(slug: str) -> None:
    cover = draw_cover(slug)
    assert cover == draw_cover(slug)
    assert len(cover) < 1_500
    assert ET.fromstring(cover).attrib["aria-hidden"] == "true"


def test_covers_differ() -> None:
    draw_one: Callable[[str], str] = draw_cover
    assert len({draw_one(f"course-{number}") for number in range(50)}) == 50
