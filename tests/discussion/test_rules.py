"""What people write becomes safe HTML, and never more than that."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.discussion.rules import Said, best_language, is_behind, problems_of_texts, tidy_post, tidy_title
from lms.discussion.source import clean_post, draw_post

TAGS = {"p", "br", "em", "strong", "code", "pre", "ul", "ol", "li", "blockquote", "a"}
ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](http://plain.example)",
    "![x](https://evil.example/pixel.png)",
    '<https://ok.example/"onmouseover=alert(1)>',
    '[x](https://ok.example "a\\" onmouseover=alert(1)")',
    "> <svg onload=alert(1)>",
    "`<b>`\n\n```\n<script>x</script>\n```",
    "<a href=https://evil.example>click</a>",
    "[a]: javascript:alert(1)\n\n[a]",
    "# Huge\n\nText\n===",
    "<details open ontoggle=alert(1)>",
]


def assert_harmless(html: str) -> None:
    for tag, attributes in re.findall(r"</?([a-zA-Z][a-zA-Z0-9]*)([^>]*)>", html):
        assert tag in TAGS
        allowed = {"a": r'( href="https://[^"]*")?( rel="noopener nofollow ugc")?', "ol": r'( start="\d+")?'}
        assert re.fullmatch(allowed.get(tag, ""), attributes), f"<{tag}{attributes}>"
    assert "<" not in re.sub(r"</?[a-zA-Z][^<>]*>", "", html)


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_attack_is_markup(attack: str) -> None:
    assert_harmless(draw_post(attack))
    assert_harmless(clean_post(attack))


@given(st.text(alphabet=st.sampled_from(list("<>[]()!*_`#-\n\t \"'=/:;&ahrefsontpj1.")), max_size=80))
def test_nothing_typed_is_more_than_the_subset(text: str) -> None:
    html = draw_post(text)
    assert_harmless(html)
    assert clean_post(html) == html, "cleaning again changes nothing"


def test_what_may_be_written() -> None:
    said = draw_post("*a* **b** `c`\nd\n\n- one\n- two\n\n3. three\n\n> quoted\n\n[w](https://example.org/a?b=c)")
    for part in ("<em>a</em>", "<strong>b</strong>", "<code>c</code><br>", "<li>one</li>", '<ol start="3">'):
        assert part in said
    assert '<a href="https://example.org/a?b=c" rel="noopener nofollow ugc">w</a>' in said
    assert draw_post("<b>bold</b> 1 < 2") == "<p>&lt;b&gt;bold&lt;/b&gt; 1 &lt; 2</p>\n"


def test_what_is_kept_of_a_text() -> None:
    assert tidy_post(" a\r\nb\rc\u2028d\0\u202ee\u2066 \ufeff") == "a\nb\nc\nde"
    assert tidy_post("می\u200cخواهم") == "می\u200cخواهم", "joiners are part of writing"
    assert tidy_post("e\u0301") == "é"
    assert tidy_title(" a\n  b\t") == "a b"


def test_languages_of_an_announcement() -> None:
    assert best_language({"en", "ar"}, "ar", "en") == "ar"
    assert best_language({"en", "ar"}, "fr", "ar") == "ar"
    assert problems_of_texts({"en": Said("a", "b"), "fr": Said("a", ""), "ar": Said("", "b")}) == {
        "fr": "text",
        "ar": "title",
    }
    assert is_behind({"a"}, ["a", "b"])
    assert not is_behind({"a", "b", "c"}, ["a", "b"])
