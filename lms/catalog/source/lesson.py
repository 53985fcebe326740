"""Lessons drawn in a reader's language: safe HTML, each passage marked with the language it really is in.

Must not know the reader, the database or the addresses of the platform: whoever draws says where links lead.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html import escape

import nh3
from babel import Locale
from markdown_it.token import Token

from lms.catalog.source.blocks import (
    RECORDINGS,
    Heading,
    Picture,
    lesson_texts,
    parse,
    read_heading,
    read_picture,
)
from lms.catalog.source.figure import render_figure
from lms.catalog.source.inline import Links, hrefs, inline_html, plain, read_target, segment, words
from lms.catalog.source.parts import Media
from lms.kernel.text import fold
from lms.translation.rules import Passage, Say

__all__ = ["Labels", "Links", "inline_html", "lesson_texts", "render_lesson", "words"]

Figure = Callable[[str], tuple[str, Say]]
"""The SVG text of a figure by its name, and how its texts are said."""


@dataclass(frozen=True, slots=True)
class Labels:
    """The words of the platform that a lesson needs, in the reader's language."""

    table: str
    """What a screen reader says of a table that scrolls."""
    transcript: str
    sizes: Mapping[str, str]
    """How large each file of media/ is, in words."""


def render_lesson(
    body: str,
    say: Say,
    *,
    language: str,
    links: Links,
    labels: Labels,
    figure: Figure,
    pictures: Mapping[str, Media] | None = None,
) -> str:
    """The lesson as HTML that may stand in a page unescaped."""
    page = _Page(say, language, links, labels, figure, pictures or {})
    html = _CLEANER.clean("".join(page.draw(parse(body))))
    # Figures are put in after the cleaning: they are drawn from an allowlist of their own. No text can spell the
    # placeholder, since every "<" of a text is escaped.
    for number, drawn in enumerate(page.figures):
        html = html.replace(_placeholder(number), drawn)
    return html


def _placeholder(number: int) -> str:
    return f'<hr id="figure-{number}">'


_CLASSES = {
    "p": {"stale", "callout-title"},
    "div": {"stale", "callout", "table"},
    "a": {"term"},
    "span": {"size"},
    "figure": {"recording"},
    "th": {"stale", "center", "end"},
    "td": {"stale", "center", "end"},
} | {tag: {"stale"} for tag in ("h2", "h3", "summary", "figcaption", "img")}
_ATTRIBUTES = {
    "*": {"lang", "dir"},
    "h2": {"id"},
    "h3": {"id"},
    "hr": {"id"},
    "ol": {"start"},
    "th": {"scope"},
    "div": {"role", "tabindex", "aria-label"},
    "a": {"href", "rel", "download"},
    "img": {"src", "alt", "width", "height", "loading"},
    "audio": {"src", "controls", "preload"},
    "video": {"src", "controls", "preload"},
}
_TAGS = {
    *("p", "h2", "h3", "hr", "ul", "ol", "li", "blockquote", "table", "thead", "tbody", "tr", "th", "td"),
    *("div", "details", "summary", "figure", "figcaption", "img", "audio", "video"),
    *("a", "em", "strong", "code", "br", "span", "bdi"),
}
_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    clean_content_tags={"script", "style"},
    attributes=_ATTRIBUTES,
    allowed_classes=_CLASSES,
    url_schemes={"https"},
    link_rel=None,
)

_PLAIN_BLOCKS = ("bullet_list", "list_item", "blockquote", "thead", "tbody", "tr")
_ALIGNED = {"text-align:center": "center", "text-align:right": "end"}


@dataclass(slots=True)
class _Page:
    say: Say
    language: str
    links: Links
    labels: Labels
    figure: Figure
    pictures: Mapping[str, Media]
    figures: list[str] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)
    closing: list[str] = field(default_factory=list)
    holder: Token | None = None
    """The paragraph, heading or cell whose text comes next."""

    def draw(self, tokens: list[Token]) -> list[str]:
        return [self._draw(token) for token in tokens]

    def _draw(self, token: Token) -> str:
        name, _, end = token.type.rpartition("_")
        if token.type == "inline":
            return self._segment(token)
        if token.type == "hr":
            return "<hr>"
        if token.type == "container_block_open":
            return self._open_block(read_heading(token.info))
        if token.type == "container_block_close":
            return self.closing.pop()
        if name in ("paragraph", "heading", "th", "td"):
            self.holder = token if end == "open" else None
            return ""
        if name == "ordered_list":
            return _ordered(token)
        if name == "table":
            label = escape(self.labels.table)
            opening = f'<div class="table" tabindex="0" role="region" aria-label="{label}"><table>'
            return opening if end == "open" else "</table></div>"
        if name in _PLAIN_BLOCKS:
            return f"<{token.tag}>" if end == "open" else f"</{token.tag}>"
        return ""

    def _segment(self, token: Token) -> str:
        holder = self.holder
        picture = read_picture(token)
        if picture:
            return self._picture(picture)
        source = segment(token.content)
        tag = holder.tag if holder else "p"
        if not source:
            return f"<{tag}></{tag}>" if tag in ("th", "td") else ""
        passage = self.say(source)
        html = self._inline(passage, source)
        if holder and holder.hidden:
            attributes = self._attributes(passage)
            return f"<div{attributes}>{html}</div>" if attributes else html
        if tag in ("h2", "h3"):
            return f'<{tag} id="{self._id(source)}"{self._attributes(passage)}>{html}</{tag}>'
        aligned = _ALIGNED.get(str(holder.attrs.get("style", "")), "") if holder else ""
        scope = ' scope="col"' if tag == "th" else ""
        return f"<{tag}{scope}{self._attributes(passage, aligned)}>{html}</{tag}>"

    def _inline(self, passage: Passage, source: str) -> str:
        only = None if passage.text == source else hrefs(source)
        return inline_html(passage.text, self.links, self.labels.sizes, only)

    def _attributes(self, passage: Passage, *classes: str) -> str:
        named = " ".join(name for name in (*classes, "stale" if passage.stale else "") if name)
        attributes = f' class="{named}"' if named else ""
        if passage.lang != self.language:
            attributes += f' lang="{escape(passage.lang)}" dir="{escape(passage.dir)}"'
        return attributes

    def _id(self, source: str) -> str:
        """An address inside the page that is the same in every language."""
        word = "s-" + (fold(plain(source)).replace(" ", "-")[:60].rstrip("-") or "section")
        number = 1
        while (found := word if number == 1 else f"{word}-{number}") in self.ids:
            number += 1
        self.ids.add(found)
        return escape(found)

    def _open_block(self, heading: Heading) -> str:
        if heading.kind in RECORDINGS:
            return self._open_recording(heading)
        source = segment(heading.title)
        title = self.say(source)
        html, attributes = self._inline(title, source), self._attributes
        if heading.kind == "details":
            self.closing.append("</details>")
            return f"<details><summary{attributes(title)}>{html}</summary>"
        self.closing.append("</div>")
        return f'<div class="callout"><p{attributes(title, "callout-title")}>{html}</p>'

    def _open_recording(self, heading: Heading) -> str:
        target = read_target(heading.media)
        name = target.name if target else ""
        source = segment(heading.title)
        title = self.say(source)
        said = self._inline(title, source)
        size = self.labels.sizes.get(name, "")
        told = f' <span class="size">(<bdi>{escape(size)}</bdi>)</span>' if size else ""
        self.closing.append("</details></figure>")
        return (
            f'<figure class="recording"><figcaption{self._attributes(title)}>{said}{told}</figcaption>'
            f'<{heading.kind} controls preload="none" src="{escape(self.links.media(name))}"></{heading.kind}>'
            f"<details><summary>{escape(self.labels.transcript)}</summary>"
        )

    def _picture(self, picture: Picture) -> str:
        target = read_target(picture.source)
        if target is None or target.kind != "media":
            return ""
        alt = self.say(picture.alt)
        drawn = self._figure(target.name, alt) if target.name.endswith(".svg") else self._bitmap(target.name, alt)
        caption = ""
        if picture.caption:
            said = self.say(picture.caption)
            caption = f"<figcaption{self._attributes(said)}>{self._inline(said, picture.caption)}</figcaption>"
        return f"<figure>{drawn}{caption}</figure>"

    def _figure(self, name: str, alt: Passage) -> str:
        svg, say = self.figure(name)
        rtl = Locale.parse(self.language).text_direction == "rtl"
        self.figures.append(render_figure(svg, say, language=self.language, rtl=rtl, title=alt))
        return _placeholder(len(self.figures) - 1)

    def _bitmap(self, name: str, alt: Passage) -> str:
        media = self.pictures.get(name)
        size = f' width="{media.width}" height="{media.height}"' if media and media.width else ""
        source = escape(self.links.media(name))
        return f'<img src="{source}" alt="{escape(alt.text)}"{size} loading="lazy"{self._attributes(alt)}>'


def _ordered(token: Token) -> str:
    if token.nesting < 0:
        return "</ol>"
    start = token.attrs.get("start")
    return f'<ol start="{start}">' if start is not None else "<ol>"
