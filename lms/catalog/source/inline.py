"""The marks inside one segment: emphasis, strong, code, links. Knows Markdown, not lessons."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape

from markdown_it import MarkdownIt
from markdown_it.token import Token

from lms.catalog.source.problems import forbidden_sentence, forbidden_sign

LONGEST_SEGMENT = 5_000
CODE = "\ufffc"
"""Stands in for a code where only what is written around it matters."""


def inline_parser() -> MarkdownIt:
    """Reads a segment as every reader of ours reads it."""
    return MarkdownIt("commonmark", {"html": False}).disable(["html_inline"])


_INLINE = inline_parser()
_RAW_HTML = re.compile(r"</?[A-Za-z][A-Za-z0-9-]*(?:\s[^<>]*)?/?>|<!--|<![A-Za-z]|<\?")
_WORD = re.compile(r"[^\W_]+(?:['’\-.,٫٬/][^\W_]+)*")
_HARD_BREAK = re.compile(r"(?: {2,}|\\)\n[ \t]*")
_SOFT_BREAK = re.compile(r"(?<!\\)[ \t]*\n[ \t]*")
_TERM = re.compile(r"term:([a-z0-9-]+)")
_ACTIVITY = re.compile(r"activity:([a-z0-9-]+)")
_MEDIA = re.compile(r"media/([A-Za-z0-9][A-Za-z0-9._-]*)")
_HTTPS = re.compile(r"https://[^/\s@]+\.[^/\s@]+(?:/\S*)?|https://[^/\s@]+\.[^/\s@]+\?\S*")


@dataclass(frozen=True, slots=True)
class Links:
    """Where the links of a segment lead on the page that is being made."""

    term: Callable[[str], str]
    activity: Callable[[str], str]
    media: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Inside:
    """What stands in a segment, read once for all that is asked about it."""

    plain: str
    """The text without its marks."""
    prose: str
    """The same with one sign, U+FFFC, in the place of each code."""
    marks: Counter[str]
    hidden: tuple[str, ...]
    """Characters that may not stand in a text."""
    html: bool
    picture: bool


@dataclass(frozen=True, slots=True)
class Target:
    """What a link in a text names."""

    kind: str
    """term, activity, media, or web."""
    name: str


def segment(content: str) -> str:
    """The text of a block as one segment: where the author wrapped the lines does not matter."""
    return _SOFT_BREAK.sub(" ", _HARD_BREAK.sub("\\\\\n", content)).strip()


def read_target(href: str) -> Target | None:
    """What an address in a text names, or None when such an address may not be written."""
    for kind, pattern in (("term", _TERM), ("activity", _ACTIVITY), ("media", _MEDIA)):
        found = pattern.fullmatch(href)
        if found:
            return Target(kind, found[1])
    return Target("web", href) if _HTTPS.fullmatch(href) else None


def inline_html(
    text: str,
    links: Links | None = None,
    sizes: Mapping[str, str] | None = None,
    only: Collection[str] | None = None,
) -> str:
    """The text as HTML: emphasis, strong, code, and links when the page has places for them.

    `sizes` says how large a download is, by its name in media/; `only` names the addresses that may be linked, so that
    a translation leads nowhere its source does not.
    """
    return "".join(_html(_tokens(text), links, sizes or {}, only))


def plain(text: str) -> str:
    """The text without its marks."""
    return _plain(_tokens(text))


@lru_cache(maxsize=4096)
def words(text: str) -> int:
    """How many words a reader reads, a translator translates."""
    return len(_WORD.findall(plain(text)))


def hrefs(text: str) -> list[str]:
    """The addresses of the links in a text, in order."""
    return [str(token.attrs["href"]) for token in _tokens(text) if token.type == "link_open"]


def marks(text: str) -> Counter[str]:
    """What a translation must keep of its source: each link, and how many emphases, strongs, codes."""
    return _marks(_tokens(text))


def look_inside(text: str) -> Inside:
    """Everything there is to know of a segment; not for texts longer than LONGEST_SEGMENT."""
    tokens = _tokens(text)
    leaves = list(_leaves(tokens))
    return Inside(
        plain=_plain(tokens),
        prose="".join(CODE if leaf.type == "code_inline" else _said(leaf) for leaf in leaves),
        marks=_marks(tokens),
        hidden=tuple(sign for leaf in leaves if (sign := forbidden_sign(leaf.content))),
        html=any(leaf.type == "text" and _RAW_HTML.search(leaf.content) for leaf in leaves),
        picture=any(token.type == "image" for token in tokens),
    )


def text_flaws(text: str) -> list[str]:
    """Sentences about what may not stand in any segment."""
    if len(text) > LONGEST_SEGMENT:
        return [f"This text is longer than {LONGEST_SEGMENT:,} characters; break it up."]
    inside = look_inside(text)
    sentences = [forbidden_sentence(sign) for sign in inside.hidden]
    if inside.html:
        sentences.append("HTML is not used in texts; write Markdown, or put `code` marks round it to show it.")
    if inside.picture:
        sentences.append("A picture stands alone in its paragraph.")
    return sentences


def link_flaws(text: str, *, allowed: bool) -> list[str]:
    """Sentences about the links of a segment; whether what they name exists is for the package to judge."""
    addresses = hrefs(text) if len(text) <= LONGEST_SEGMENT else []
    if not allowed:
        return ["Links are not used here."] if addresses else []
    return [_address_sentence(href) for href in addresses if read_target(href) is None]


def _address_sentence(href: str) -> str:
    if href.startswith("http://"):
        return f"The link “{href}” must start with https://."
    return f"The link “{href}” leads nowhere: write https://…, term:key, activity:key or media/name."


_COUNTED = ("em_open", "strong_open", "code_inline")
_TAGS = {
    "em_open": "<em>",
    "em_close": "</em>",
    "strong_open": "<strong>",
    "strong_close": "</strong>",
    "hardbreak": "<br>",
    "softbreak": " ",
}


@lru_cache(maxsize=256)  # the checks, counts and drawings of a text follow each other closely
def _tokens(text: str) -> tuple[Token, ...]:
    return tuple(child for token in _INLINE.parseInline(text, {}) for child in token.children or [])


def _marks(tokens: Sequence[Token]) -> Counter[str]:
    found = Counter(token.type.removesuffix("_open") for token in tokens if token.type in _COUNTED)
    found.update(f"link {token.attrs['href']}" for token in tokens if token.type == "link_open")
    return found


def _plain(tokens: Sequence[Token]) -> str:
    return "".join(_said(leaf) for leaf in _leaves(tokens))


def _said(leaf: Token) -> str:
    return " " if leaf.type in ("softbreak", "hardbreak") else leaf.content


def _leaves(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        if token.children:
            yield from _leaves(token.children)
        elif token.type in ("text", "code_inline", "softbreak", "hardbreak"):
            yield token


def _html(
    tokens: Iterable[Token], links: Links | None, sizes: Mapping[str, str], only: Collection[str] | None
) -> Iterator[str]:
    closing: list[str] = []
    for token in tokens:
        if token.type in _TAGS:
            yield _TAGS[token.type]
        elif token.type == "code_inline":
            yield f"<code>{escape(token.content)}</code>"
        elif token.type == "link_open":
            href = str(token.attrs["href"])
            target = read_target(href) if only is None or href in only else None
            yield _anchor(target, links) if target and links else ""
            closing.append(_after(target, sizes) if target and links else "")
        elif token.type == "link_close":
            yield closing.pop()
        elif token.children:
            yield escape("".join(leaf.content for leaf in _leaves(token.children)))
        else:
            yield escape(token.content)


def _anchor(target: Target, links: Links) -> str:
    if target.kind == "web":
        return f'<a href="{escape(target.name)}" rel="noopener">'
    if target.kind == "term":
        return f'<a class="term" href="{escape(links.term(target.name))}">'
    if target.kind == "media":
        return f'<a href="{escape(links.media(target.name))}" download="{escape(target.name)}">'
    return f'<a href="{escape(links.activity(target.name))}">'


def _after(target: Target, sizes: Mapping[str, str]) -> str:
    if target.kind == "media" and target.name in sizes:
        return f'</a> <span class="size">(<bdi>{escape(sizes[target.name])}</bdi>)</span>'
    return "</a>"
