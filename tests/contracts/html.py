"""A page as a browser reads it, and what must be right in every page whatever it is about."""

import re
from collections import Counter
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from tinyhtml5.parser import HTMLParser

from lms.kernel.i18n import LANGUAGES

CONTROLS = {"input", "select", "textarea"}
BUTTONS = {"submit", "button", "reset", "image"}
ADDRESSES = {"href", "src", "action", "formaction", "data", "poster", "xlink:href", "srcset"}
FOREIGN = {
    "iframe",
    "object",
    "embed",
    "base",
    "frame",
    "applet",
    "style",
    "template",
    "foreignObject",
    "animate",
    "set",
}
"""Elements that no page of ours has; an attack would bring them."""


class Page:
    """The tree of one answer."""

    def __init__(self, text: str) -> None:
        parser = HTMLParser(namespace_html_elements=False)
        self.root: Element = parser.parse(text)
        self.errors = parser.errors
        self.elements = [each for each in self.root.iter() if isinstance(each.tag, str)]
        self.parents = {child: parent for parent in self.elements for child in parent}
        self.ids = Counter(each.attrib["id"] for each in self.elements if "id" in each.attrib)

    def all(self, *tags: str) -> list[Element]:
        return [each for each in self.elements if tag(each) in tags]

    def above(self, element: Element) -> Iterator[Element]:
        while (parent := self.parents.get(element)) is not None:
            yield (element := parent)

    def by_id(self, name: str) -> Element | None:
        return next((each for each in self.elements if each.attrib.get("id") == name), None)

    def name_of(self, element: Element) -> str:
        """What a screen reader calls it, as far as the page itself says."""
        if element.attrib.get("aria-label", "").strip():
            return element.attrib["aria-label"]
        named = [self.by_id(each) for each in element.attrib.get("aria-labelledby", "").split()]
        return " ".join(read(each) for each in [*filter(None, named), element] if each is not None).strip()


def tag(element: Element) -> str:
    """The name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def read(element: Element) -> str:
    """The text that is read aloud."""
    if element.attrib.get("aria-hidden") == "true":
        return ""
    own = element.attrib.get("alt", "") if tag(element) == "img" else element.attrib.get("aria-label", "")
    inner = (element.text or "") + "".join(
        (read(child) if isinstance(child.tag, str) else "") + (child.tail or "") for child in element
    )
    return own or inner


def problems(text: str, lang: str) -> list[str]:
    """Everything wrong with the page, in words; it should be in this language."""
    page = Page(text)
    return [
        *(f"not well-formed: {name} {values} at {place}" for place, name, values in page.errors),
        *_frame(page, lang),
        *_references(page),
        *_names(page),
        *_headings(page),
        *_languages(page, lang),
        *_tables(page),
        *_forms(page),
        *injected(page),
    ]


def _frame(page: Page, lang: str) -> Iterator[str]:
    for name in ("h1", "main", "title"):
        found = [each for each in page.all(name) if not any(tag(parent) == "svg" for parent in page.above(each))]
        if len(found) != 1 or not read(found[0]).strip(" ·\n"):
            yield f"{len(found)} {name}, or an empty one"
    title = "".join(page.all("title")[0].itertext()) if page.all("title") else ""
    if title.strip().startswith("·"):
        yield "the title says nothing of the page"
    html = page.root.attrib
    if (html.get("lang"), html.get("dir")) != (lang, LANGUAGES[lang].dir):
        yield f"lang and dir are {html.get('lang')} {html.get('dir')}"
    viewport = [each.attrib.get("content", "") for each in page.all("meta") if each.attrib.get("name") == "viewport"]
    if (
        len(viewport) != 1
        or "width=device-width" not in viewport[0]
        or re.search("maximum-scale|user-scal", viewport[0])
    ):
        yield f"viewport {viewport}"


def _references(page: Page) -> Iterator[str]:
    yield from (f"the id {name!r} stands {count} times" for name, count in page.ids.items() if count > 1)
    for each in page.elements:
        for attribute in ("for", "aria-describedby", "aria-labelledby", "aria-controls", "list", "headers"):
            for name in each.attrib.get(attribute, "").split():
                if name not in page.ids:
                    yield f"{tag(each)} {attribute}={name!r} points to nothing"
        href = each.attrib.get("href", "")
        if href.startswith("#") and len(href) > 1 and href[1:] not in page.ids:
            yield f"the link {href!r} leads nowhere"


def _names(page: Page) -> Iterator[str]:
    labelled = {each.attrib["for"] for each in page.all("label") if "for" in each.attrib and read(each).strip()}
    for each in page.elements:
        name, kind = tag(each), each.attrib.get("type", "text")
        if name in CONTROLS and kind != "hidden" and not (name == "input" and kind in BUTTONS):
            inside = any(tag(parent) == "label" and read(parent).strip() for parent in page.above(each))
            named = each.attrib.get("id") in labelled or "aria-label" in each.attrib or "aria-labelledby" in each.attrib
            if not inside and not named:
                yield f"{name} {each.attrib.get('name')!r} has no label"
        speaks = name in ("a", "button", "summary", "legend", "label", "option", "th")
        if speaks and not page.name_of(each).strip() and not each.attrib.get("label"):
            yield f"{name} {each.attrib} has no words"
        if name == "a" and "href" not in each.attrib:
            yield "a link without an address"
        if name == "img" and "alt" not in each.attrib:
            yield f"img {each.attrib.get('src')} has no alt"
        named = each.attrib.get("role") == "img" and page.name_of(each)
        if name == "svg" and each.attrib.get("aria-hidden") != "true" and not named:
            yield "a drawing neither named nor hidden"
        if name in ("nav", "aside", "progress", "meter", "video") and not each.attrib.get("aria-label"):
            yield f"{name} has no name"
        if each.attrib.get("role") in ("region", "group", "img", "dialog") and not page.name_of(each):
            yield f"role {each.attrib['role']} has no name"
    for each in page.all("fieldset"):
        if next((tag(child) for child in each), "") != "legend":
            yield "a fieldset does not begin with its legend"


def _headings(page: Page) -> Iterator[str]:
    above = 0
    for each in page.all("h1", "h2", "h3", "h4", "h5", "h6"):
        level = int(tag(each)[1])
        if level > above + 1:
            yield f"h{level} {read(each)!r} after h{above}"
        if not read(each).strip():
            yield f"an empty h{level}"
        above = level


def _languages(page: Page, lang: str) -> Iterator[str]:
    for each in page.elements:
        said = each.attrib.get("lang")
        if said is None or "hreflang" in each.attrib:
            continue
        if said not in LANGUAGES:
            yield f"lang={said!r}"
            continue
        around = next((parent.attrib["lang"] for parent in page.above(each) if "lang" in parent.attrib), lang)
        drawn = any(tag(parent) == "svg" for parent in [each, *page.above(each)])
        if LANGUAGES[said].dir != LANGUAGES[around].dir and each.attrib.get("dir") != LANGUAGES[said].dir and not drawn:
            yield f"{tag(each)} in {said} has no direction of its own"


def _tables(page: Page) -> Iterator[str]:
    for each in page.all("th"):
        if each.attrib.get("scope") not in ("col", "row"):
            yield f"the header {read(each)!r} has no scope"
    for table in page.all("table"):
        if not any(tag(each) == "th" for each in table.iter() if isinstance(each.tag, str)):
            yield "a table without headers"


def _forms(page: Page) -> Iterator[str]:
    for form in page.all("form"):
        method = form.attrib.get("method", "get").lower()
        names = [each.attrib.get("name") for each in form.iter() if isinstance(each.tag, str)]
        if method not in ("get", "post"):
            yield f"a form with method {method!r}"
        if names.count("csrf_token") != (method == "post"):
            yield f"a {method} form with {names.count('csrf_token')} tokens"
        if method == "get" and "password" in [each.attrib.get("type") for each in form.iter()]:
            yield "a password in an address"
        if not any(tag(each) == "button" for each in form.iter() if isinstance(each.tag, str)):
            yield "a form without a button"
    for each in page.all("button", *CONTROLS):
        if not any(tag(parent) == "form" for parent in page.above(each)):
            yield f"{tag(each)} stands in no form"


def injected(page: Page) -> Iterator[str]:
    """What would run, load or restyle something: no page has it, whatever people wrote into it."""
    for each in page.elements:
        name = tag(each)
        if name in FOREIGN:
            yield f"<{name}> {dict(each.attrib)}"
        if name == "script" and (not each.attrib.get("src", "").startswith("/static/") or "".join(each.itertext())):
            yield f"a script of its own: {each.attrib} {each.text}"
        if name == "link" and not each.attrib.get("href", "").startswith("/static/"):
            yield f"a link to {each.attrib}"
        if name == "meta" and "http-equiv" in each.attrib:
            yield f"meta {each.attrib}"
        for whole, value in each.attrib.items():
            attribute = whole.rpartition("}")[2]
            if attribute.startswith("on") or attribute in ("style", "srcdoc", "background", "autofocus"):
                yield f"{name} {attribute}={value!r}"
            if attribute in ADDRESSES and not _is_safe(value):
                yield f"{name} {attribute}={value!r}"


def _is_safe(address: str) -> bool:
    """On this site, or the address of a source; never code."""
    bare = re.sub(r"[\x00-\x20]", "", address)
    return (
        bool(re.match(r"(?:/(?![/\\])|#|\.\./|https://|\?|$)", bare)) or re.fullmatch(r"\w[\w./-]*", bare) is not None
    )
