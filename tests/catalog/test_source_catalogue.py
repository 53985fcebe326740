"""Gettext files of a course: what is written is read back, edits keep their translations, checks tell what was lost."""

from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.catalog.source.catalogue import Entry, check_entry, is_language, read_catalogue, write_catalogue
from lms.catalog.source.problems import Unreadable, forbidden


@dataclass
class Course:
    documents: dict[str, tuple[str, ...]]
    slug: str = "cash"


def fill(data: bytes, translations: dict[str, str]) -> bytes:
    """The file after a translator worked on it."""
    text = data.decode()
    for source, target in translations.items():
        text = text.replace(f'msgid "{source}"\nmsgstr ""', f'msgid "{source}"\nmsgstr "{target}"')
    return text.encode()


def entries(data: bytes) -> list[Entry]:
    return [replace(entry, line=0) for entry in read_catalogue(data).entries]


COURSE = Course({"course": ("Cash", "First steps"), "lesson why": ("Cash", "The quick brown fox jumps.")})


def test_writes_every_text_in_the_order_of_the_course() -> None:
    data = write_catalogue(COURSE, "ar", None)
    assert data.decode() == (
        'msgid ""\nmsgstr ""\n"Project-Id-Version: cash\\n"\n"Language: ar\\n"\n"MIME-Version: 1.0\\n"\n'
        '"Content-Type: text/plain; charset=UTF-8\\n"\n"Content-Transfer-Encoding: 8bit\\n"\n'
        '"Plural-Forms: nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : '
        'n%100>=11 && n%100<=99 ? 4 : 5);\\n"\n'
        '\nmsgctxt "course"\nmsgid "Cash"\nmsgstr ""\n'
        '\nmsgctxt "course"\nmsgid "First steps"\nmsgstr ""\n'
        '\nmsgctxt "lesson why"\nmsgid "Cash"\nmsgstr ""\n'
        '\nmsgctxt "lesson why"\nmsgid "The quick brown fox jumps."\nmsgstr ""\n'
    )
    assert write_catalogue(COURSE, "ar", data) == data
    assert "Plural-Forms: nplurals=2; plural=(n > 1)" in write_catalogue(COURSE, "fr", None).decode()


def test_keeps_what_people_wrote_into_the_file() -> None:
    data = write_catalogue(COURSE, "fr", None)
    text = fill(data, {"First steps": "Premiers pas"}).decode()
    text = "# Translated by Chi\n" + text.replace('"MIME', '"Last-Translator: Chi <chi@example.org>\\n"\n"MIME')
    text = text.replace('msgctxt "course"\nmsgid "First', '# ask Bo\nmsgctxt "course"\nmsgid "First')
    text += '\n#~ msgid "Gone"\n#~ msgstr "Parti"\n'
    again = write_catalogue(COURSE, "fr", text.encode())
    assert again.startswith(b"# Translated by Chi\n")
    assert b"Last-Translator: Chi <chi@example.org>" in again
    assert b'# ask Bo\nmsgctxt "course"\nmsgid "First steps"\nmsgstr "Premiers pas"' in again
    assert b"Gone" not in again
    assert write_catalogue(COURSE, "fr", again) == again


def test_an_edited_source_keeps_its_translation_until_there_is_a_new_one() -> None:
    old = fill(
        write_catalogue(COURSE, "fr", None), {"The quick brown fox jumps.": "Le renard", "First steps": "Premiers pas"}
    )
    edited = Course({"course": ("Cash",), "lesson why": ("Cash", "The quick brown dog jumps.", "All new here")})
    new = write_catalogue(edited, "fr", old)
    assert b'#, fuzzy\n#| msgid "The quick brown fox jumps."\nmsgctxt "lesson why"\n' in new
    assert entries(new) == [
        Entry("course", "Cash", ""),
        Entry("lesson why", "Cash", ""),
        Entry("lesson why", "The quick brown dog jumps.", "Le renard", "The quick brown fox jumps.", fuzzy=True),
        Entry("lesson why", "All new here", ""),
    ]
    assert write_catalogue(edited, "fr", new) == new
    # edited once more: the source the translation was made for is still the one beside it
    once_more = write_catalogue(Course({"lesson why": ("The quick brown dog leaps.",)}), "fr", new)
    assert entries(once_more)[0].previous_source == "The quick brown fox jumps."
    # taken back: the translation is simply right again
    reverted = write_catalogue(COURSE, "fr", once_more)
    assert entries(reverted)[3] == Entry("lesson why", "The quick brown fox jumps.", "Le renard")


def test_one_old_translation_serves_one_new_text_the_most_alike_one() -> None:
    old = fill(write_catalogue(Course({"a": ("One two three four.",)}), "fr", None), {"One two three four.": "Un"})
    new = write_catalogue(
        Course({"a": ("One two three fore!", "One two three four!"), "b": ("One two three four.",)}), "fr", old
    )
    assert [(entry.target, entry.fuzzy) for entry in entries(new)] == [("", False), ("Un", True), ("", False)]


def test_fuzzy_without_a_previous_source_is_still_fuzzy() -> None:
    text = 'msgid ""\nmsgstr "Language: fr\\n"\n\n#, fuzzy\nmsgctxt "a"\nmsgid "One"\nmsgstr "Un"\n'
    (entry,) = read_catalogue(text.encode()).entries
    assert (entry.fuzzy, entry.previous_source, entry.line) == (True, None, 6)


def test_reads_what_other_tools_write() -> None:
    text = (
        'msgid ""\nmsgstr ""\n"Language: pt-BR\\n"\n"X-Generator: Poedit 3\\n"\n\n'
        '#. a hint\n#: lessons/why.md:3\n#, fuzzy, no-wrap\n#| msgctxt "a"\n#| msgid ""\n#| "One "\n#| "\\"two\\"\\n"\n'
        'msgctxt "a"\nmsgid ""\n"One "\n"more"\nmsgstr ""\n"Um "\n"mais"\n\n'
        '#~| msgid "x"\n#~ msgid "Gone"\n#~ msgstr "y"\n'
    )
    catalogue = read_catalogue(text.encode())
    assert catalogue.language == "pt_BR"
    (entry,) = catalogue.entries
    assert (entry.source, entry.target, entry.previous_source) == ("One more", "Um mais", 'One "two"\n')


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("nonsense", "not a gettext file"),
        ('msgid "a"', "not a gettext file"),
        ('msgctxt "a"\nmsgid "b"\nmsgstr "c"\n\nmsgctxt "a"\nmsgid "b"\nmsgstr "d"\n', "stands in the file twice"),
        ('msgid "a"\nmsgid_plural "b"\nmsgstr[0] "c"\n', "Plural forms are not used"),
        (
            'msgid ""\nmsgstr "Plural-Forms: nplurals=999999999; plural=0\\n"\n\nmsgid "a"\nmsgstr[9] "c"\n',
            "Plural forms",
        ),
        ("\u202e", "reading direction"),
    ],
    ids=["nonsense", "cut off", "twice", "plural", "plural bomb", "direction"],
)
def test_refuses(text: str, sentence: str) -> None:
    with pytest.raises(Unreadable, match=sentence):
        read_catalogue(text.encode())


@pytest.mark.parametrize(
    ("source", "target", "sentences"),
    [
        ("Any", "", []),
        ("A *b* **c** `d`", "ا *ب* **ج** `د`", []),
        ("A *b*", "ا ب", ["The source has 1 *emphasis*, the translation 0."]),
        ("A `b`", "ا", ["The source has 1 `code`, the translation 0."]),
        ("[a](term:x) [b](https://e.org)", "[ب](https://e.org) [ا](term:x)", []),
        ("[a](term:x)", "[ا](term:y)", ["The link “term:x” is missing.", "The link “term:y” is not in the source."]),
        (
            "[a](https://e.org)",
            "[ا](https://e.org) [ا](https://e.org)",
            ["The link “https://e.org” is not in the source."],
        ),
        ("Any", "  ", ["The translation is only blank space."]),
        ("Any", "x" * 6000, ["The translation is far too long."]),
        (
            "Any",
            "a\u202eb",
            ["The text holds an invisible character that changes the reading direction (U+202E); delete it."],
        ),
        ("Any", "<b>a</b>", ["HTML is not used in texts; write Markdown, or put `code` marks round it to show it."]),
        ("Any", "![a](media/x.svg)", ["A picture stands alone in its paragraph."]),
        ("5 * 3 * 2", "٥ * ٣ * ٢", []),
    ],
)
def test_checks_what_a_translation_keeps(source: str, target: str, sentences: list[str]) -> None:
    assert check_entry(Entry("lesson a", source, target)) == sentences


def test_languages() -> None:
    assert all(is_language(code) for code in ("ar", "fr", "es", "pt_BR", "sw", "zh_Hant", "sr_Latn_RS"))
    assert not any(is_language(code) for code in ("", "xx", "AR", "ar-EG", "klingon", "../ar", "en_", "pt_brasil"))


_TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=40).filter(
    lambda text: not forbidden(text) and "\r" not in text
)


@given(st.dictionaries(_TEXTS, st.lists(_TEXTS, min_size=1, max_size=4, unique=True), max_size=4))
def test_what_is_written_is_read(documents: dict[str, list[str]]) -> None:
    course = Course({name: tuple(texts) for name, texts in documents.items()})
    data = write_catalogue(course, "ar", None)
    assert [(entry.document, entry.source) for entry in entries(data)] == [
        (name, text) for name, texts in course.documents.items() for text in texts
    ]
    assert write_catalogue(course, "ar", data) == data


@given(st.text('msgidctrfuzy "\\#,|~[0]\n', max_size=200) | st.text(max_size=80))
def test_any_file_is_read_or_refused(text: str) -> None:
    try:
        read = isinstance(read_catalogue(text.encode("utf-8", "replace")).entries, tuple)
    except Unreadable as refused:
        read = bool(refused.flaws)
    assert read
