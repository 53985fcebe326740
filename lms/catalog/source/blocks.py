"""A lesson's Markdown as blocks and segments, and what is wrong with it.

Knows no course: which pictures, terms and activities exist is for the package to check.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.container import container_plugin

from lms.catalog.source.inline import LONGEST_SEGMENT, hrefs, link_flaws, plain, read_target, segment, text_flaws
from lms.catalog.source.problems import Flaw

LONGEST = 100_000
BLOCKS = ("callout", "details", "audio", "video")
RECORDINGS = ("audio", "video")
_DEEPEST = 8
_COLONS = re.compile(r"^\s*:::", re.MULTILINE)


def _any_block(_params: str, *_: object) -> bool:
    return True


def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False, "maxNesting": 40})
    markdown.enable("table").disable(["html_block", "html_inline", "reference", "lheading", "code"])
    container_plugin(markdown, "block", validate=_any_block)
    return markdown


_MARKDOWN = _markdown()
_BLOCKS_ONLY = _markdown().disable("inline")


@dataclass(frozen=True, slots=True)
class Reference:
    """Something of the course that a lesson names."""

    kind: str
    """term, activity, media (a download), figure or recording."""
    name: str
    line: int


@dataclass(frozen=True, slots=True)
class Heading:
    """The first line of a `:::` block."""

    kind: str
    media: str
    title: str


def read_heading(info: str) -> Heading:
    """Kind, recording and title of a block, from what follows its colons."""
    kind, _, rest = info.strip().partition(" ")
    if kind in RECORDINGS:
        media, _, title = rest.strip().partition(" ")
        return Heading(kind, media, title.strip())
    return Heading(kind, "", rest.strip())


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that is a paragraph of its own."""

    source: str
    alt: str
    caption: str


def read_picture(token: Token) -> Picture | None:
    """The picture of an inline token that holds nothing else."""
    children = [child for child in token.children or [] if _says(child)]
    if len(children) != 1 or children[0].type != "image":
        return None
    image = children[0]
    caption = str(image.attrs.get("title", "")).strip()
    return Picture(str(image.attrs["src"]), plain(image.content).strip(), segment(caption))


def _says(token: Token) -> bool:
    return token.type not in ("text", "softbreak", "hardbreak") or bool(token.content.strip())


def parse(body: str) -> list[Token]:
    """The blocks of a lesson."""
    return _MARKDOWN.parse(body, {})


def lesson_texts(body: str) -> list[str]:
    """The segments of a lesson, distinct, in reading order."""
    return list(dict.fromkeys(text for text, _line in _segments(parse(body)) if text))


def _segments(tokens: list[Token]) -> Iterator[tuple[str, int]]:
    for token, line in _with_lines(tokens):
        if token.type == "container_block_open":
            yield segment(read_heading(token.info).title), line
        elif token.type == "inline":
            picture = read_picture(token)
            if picture:
                yield picture.alt, line
                yield picture.caption, line
            else:
                yield segment(token.content), line


def _with_lines(tokens: list[Token]) -> Iterator[tuple[Token, int]]:
    line = 1
    for token in tokens:
        if token.map:
            line = token.map[0] + 1
        yield token, line


def lesson_references(body: str) -> list[Reference]:
    """Everything of the course that the lesson names."""
    found = []
    for token, line in _with_lines(parse(body)):
        if token.type == "container_block_open":
            heading = read_heading(token.info)
            target = read_target(heading.media)
            if heading.kind in RECORDINGS and target:
                found.append(Reference("recording", target.name, line))
        if token.type != "inline":
            continue
        picture = read_picture(token)
        target = read_target(picture.source) if picture else None
        if target and target.kind == "media":
            found.append(Reference("figure", target.name, line))
        for text in [picture.caption] if picture else [token.content]:
            targets = [read_target(href) for href in hrefs(text)]
            found += [Reference(to.kind, to.name, line) for to in targets if to and to.kind != "web"]
    return found


def too_long(body: str) -> list[Flaw]:
    """What is so long that the text is not looked at any closer."""
    if len(body) > LONGEST:
        return [Flaw(1, 1, f"The lesson is longer than {LONGEST:,} characters; make it two.")]
    tokens = _BLOCKS_ONLY.parse(body, {})
    sentence = f"This text is longer than {LONGEST_SEGMENT:,} characters; break it up."
    return [Flaw(line, 1, sentence) for token, line in _with_lines(tokens) if len(token.content) > LONGEST_SEGMENT]


def lesson_flaws(body: str) -> list[Flaw]:
    """Everything wrong inside a lesson, except what it names outside itself."""
    long = too_long(body)
    if long:
        return long
    tokens = parse(body)
    flaws = [*_empty_blocks(tokens), *_block_flaws(tokens, body.split("\n")), *_heading_flaws(tokens)]
    if not any(text for text, _line in _segments(tokens)):
        flaws.append(Flaw(1, 1, "The lesson is empty."))
    for token, line in _with_lines(tokens):
        if token.type == "inline":
            picture = read_picture(token)
            sentences = _picture_flaws(picture) if picture else _both(token.content)
            flaws += [Flaw(line, 1, sentence) for sentence in sentences]
    return sorted(set(flaws))


def _both(text: str) -> list[str]:
    return [*text_flaws(text), *link_flaws(text, allowed=True)]


def _picture_flaws(picture: Picture) -> list[str]:
    sentences = [*text_flaws(picture.alt), *_both(picture.caption)]
    if not picture.alt:
        sentences.append("The picture needs words for those who cannot see it: ![what it shows](media/…).")
    target = read_target(picture.source)
    if target is None or target.kind != "media":
        sentences.append(f"A picture comes from media/, not from “{picture.source}”.")
    return sentences


def _heading_flaws(tokens: list[Token]) -> Iterator[Flaw]:
    above = 1
    for token, line in _with_lines(tokens):
        if token.type != "heading_open":
            continue
        level = int(token.tag[1])
        if token.level:
            yield Flaw(line, 1, "A heading cannot stand inside a block, a list or a quote.")
        elif level == 1:
            yield Flaw(line, 1, "Start sections with ##; the title of the lesson is in course.yaml.")
        elif level > 3:  # noqa: PLR2004  ## and ###
            yield Flaw(line, 1, "Use ## and ### only.")
        elif level > above + 1:
            yield Flaw(line, 1, "This ### stands under no ## section.")
        above = max(level, 2)


def _block_flaws(tokens: list[Token], lines: list[str]) -> Iterator[Flaw]:
    for token, line in _with_lines(tokens):
        if token.level > 2 * _DEEPEST:
            yield Flaw(line, 1, "Lists and blocks are nested too deeply.")
        if token.type in ("fence", "code_block"):
            yield Flaw(line, 1, "Blocks of code are not part of lessons; use `code` in a sentence.")
        elif token.type == "container_block_open":
            yield from (Flaw(line, 1, sentence) for sentence in _container_flaws(token, lines))
        elif token.type == "inline" and _COLONS.search(token.content):
            yield Flaw(line, 1, "This ::: closes no block, or stands too close to the text above it.")


def _empty_blocks(tokens: list[Token]) -> Iterator[Flaw]:
    for token, following in pairwise(tokens):
        if token.type == "container_block_open" and following.type == "container_block_close":
            line = token.map[0] + 1 if token.map else 1
            recording = read_heading(token.info).kind in RECORDINGS
            sentence = "Put the transcript inside this block." if recording else "This block is empty."
            yield Flaw(line, 1, sentence)


def _container_flaws(token: Token, lines: list[str]) -> Iterator[str]:
    heading = read_heading(token.info)
    if not heading.kind:
        yield "This ::: closes no block; a block starts with ::: and its kind."
        return
    end = token.map[1] if token.map else 0
    closing = lines[end].strip(" >\t") if end < len(lines) else ""
    if not re.fullmatch(r":::+", closing):
        yield "This block is not closed; put ::: alone on the line after its last."
    if heading.kind not in BLOCKS:
        yield f"“::: {heading.kind}” is not a block; the blocks are {', '.join(BLOCKS)}."
        return
    if heading.kind in RECORDINGS:
        target = read_target(heading.media)
        if target is None or target.kind != "media":
            yield f"Write ::: {heading.kind} media/name and the title."
    if not heading.title:
        yield f"The {heading.kind} needs a title after its kind."
    yield from text_flaws(heading.title)
    yield from link_flaws(heading.title, allowed=False)
