"""What people write to each other as safe HTML: a smaller Markdown than that of lessons.

Paragraphs, emphasis, code, lists, quotations, links to https addresses. No HTML, no pictures, no headings, no tables.
"""

import nh3
from markdown_it import MarkdownIt

_MARKDOWN = MarkdownIt("commonmark", {"html": False, "breaks": True, "maxNesting": 20}).disable(
    ["html_block", "html_inline", "image", "heading", "lheading", "reference", "code", "hr"]
)
_CLEANER = nh3.Cleaner(
    tags={"p", "br", "em", "strong", "code", "pre", "ul", "ol", "li", "blockquote", "a"},
    clean_content_tags={"script", "style"},
    attributes={"*": set(), "a": {"href"}, "ol": {"start"}},
    url_schemes={"https"},
    link_rel="noopener nofollow ugc",
)


def draw_post(text: str) -> str:
    """The text as it is kept beside what was written."""
    return clean_post(str(_MARKDOWN.render(text)))


def clean_post(html: str) -> str:
    """Whatever was kept, as it may stand in a page unescaped."""
    return _CLEANER.clean(html)
