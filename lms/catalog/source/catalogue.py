"""A course's gettext files: read, checked against the course, and brought up to date when the course changes.

Babel reads; the writing is ours, since Babel breaks long previous sources into comments no tool reads back.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from io import StringIO
from typing import Protocol

from babel import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import PoFileError, denormalize, escape, read_po

from lms.catalog.source.inline import LONGEST_SEGMENT, marks, text_flaws
from lms.catalog.source.problems import Flaw, Unreadable, forbidden, read_text
from lms.kernel.i18n import _

ALIKE = 0.6
"""How much of a text must be left for its translation to be offered for the new text."""
LARGEST = 4_000_000

# Babel swaps two of the Arabic forms; this is the header gettext's own tools write.
_ARABIC_PLURALS = (
    "nplurals=6; plural=(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 && n%100<=99 ? 4 : 5);"
)
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:_[A-Z][a-z]{3})?(?:_[A-Z]{2})?")
_KEPT_HEADERS = ("last-translator", "language-team", "po-revision-date")


class Translatable(Protocol):
    """What of a package a catalogue needs."""

    @property
    def slug(self) -> str: ...
    @property
    def documents(self) -> dict[str, tuple[str, ...]]: ...


@dataclass(frozen=True, slots=True)
class Entry:
    """One source text of one document beside its translation."""

    document: str
    source: str
    target: str
    """Empty when not translated yet."""
    previous_source: str | None = None
    """What the source was when this translation was made, where that is known and it has changed since."""
    line: int = 0
    fuzzy: bool = False
    """The translation was made for another source, or its translator wants it looked at again."""
    comments: tuple[str, ...] = ()
    """What translators wrote to each other."""
    notes: tuple[str, ...] = ()
    """What the platform tells translators' tools (`#. …`), in files that go out for a while and come back."""

    @property
    def made_from(self) -> str | None:
        """The source that was translated; None where nobody kept it."""
        return self.previous_source if self.fuzzy else self.source


@dataclass(frozen=True, slots=True)
class Catalogue:
    language: str
    """As the file's header says; empty when it does not."""
    entries: tuple[Entry, ...]
    header: tuple[tuple[str, str], ...] = ()
    comments: tuple[str, ...] = ()


def is_language(code: str) -> bool:
    """Whether a code such as ar, fr or pt_BR names a language."""
    if not _LANGUAGE.fullmatch(code):
        return False
    try:
        Locale.parse(code)
    except (UnknownLocaleError, ValueError):
        return False
    return True


def read_catalogue(data: bytes) -> Catalogue:
    """The entries of a gettext file; raises Unreadable when it is not one."""
    if len(data) > LARGEST:
        raise Unreadable([Flaw(1, 1, f"The file is larger than {LARGEST // 1_000_000} MB.")])
    return parse_catalogue(read_text(data))


def parse_catalogue(text: str) -> Catalogue:
    """The same of a text that has been looked at, or whose hidden characters are for each entry to answer for."""
    lines = ["" if line.startswith("#~") else line for line in text.split("\n")]
    flaws = [*_plural_entries(lines), *_double_entries(lines)]
    if flaws:
        raise Unreadable(flaws)
    try:
        catalog = read_po(StringIO("\n".join(lines)), abort_invalid=True)
    except PoFileError as error:
        raise Unreadable([Flaw(error.lineno + 1, 1, _no_catalogue(error))]) from error
    except Exception as error:  # whatever Babel trips over, the file is at fault
        raise Unreadable([Flaw(1, 1, _no_catalogue(error))]) from error
    entries = []
    for message in catalog:
        if message.id:
            entries.append(_entry(message))
    header = _header(lines)
    language = dict(header).get("language", "").replace("-", "_")
    return Catalogue(language, tuple(entries), header, tuple(_header_comments(lines)))


def _no_catalogue(error: Exception) -> str:
    return _("This is not a gettext file: %(why)s.", why=error)


def _entry(message: Message) -> Entry:
    comments = [str(comment) for comment in message.user_comments]
    previous = _previous_source([comment[1:].strip() for comment in comments if comment.startswith("|")])
    return Entry(
        document=message.context or "",
        source=str(message.id),
        target=str(message.string),
        previous_source=previous if message.fuzzy else None,
        line=message.lineno or 0,
        fuzzy=message.fuzzy,
        comments=tuple(comment for comment in comments if not comment.startswith("|")),
        notes=tuple(str(note) for note in message.auto_comments),
    )


def _previous_source(lines: list[str]) -> str | None:
    quoted = []
    for line in lines:
        keyword, quote, rest = line.partition('"')
        if quote and keyword.strip() in ("msgid", ""):
            quoted.append(quote + rest)
    return denormalize("\n".join(['""', *quoted])) if quoted else None


def _plural_entries(lines: list[str]) -> Iterator[Flaw]:
    for number, line in enumerate(lines, 1):
        if line.lstrip().startswith(("msgid_plural", "msgstr[")):
            yield Flaw(number, 1, _("Plural forms are not used in a course's translations."))


def _double_entries(lines: list[str]) -> Iterator[Flaw]:
    """Entries written twice: Babel would silently join them."""
    seen: set[tuple[str, str]] = set()
    context: list[str] = []
    source: list[str] = []
    into: list[str] | None = None
    for number, line in enumerate(lines, 1):
        keyword, _space, rest = line.strip().partition(" ")
        if keyword == "msgctxt":
            context = into = [rest]
        elif keyword == "msgid":
            source = into = [rest]
        elif keyword.startswith("msgstr"):
            entry = ("".join(context), "".join(source))
            if entry in seen:
                yield Flaw(number, 1, _("This text stands in the file twice; keep one translation."))
            seen.add(entry)
            context, into = [], None
        elif line.lstrip().startswith('"') and into is not None:
            into.append(line.strip())


def _header(lines: list[str]) -> tuple[tuple[str, str], ...]:
    text = ""
    inside = False
    for line in lines:
        bare = line.strip()
        if bare.startswith("msgstr"):
            inside, bare = True, bare.removeprefix("msgstr").strip()
        elif bare.startswith("msgid") and bare != 'msgid ""':
            break
        elif not bare.startswith('"'):
            if inside:
                break
            continue
        if inside and bare.startswith('"'):
            text += denormalize(bare)
    pairs = [line.partition(":") for line in text.split("\n") if ":" in line]
    return tuple((name.strip().lower(), value.strip()) for name, _colon, value in pairs)


def _header_comments(lines: list[str]) -> Iterator[str]:
    for line in lines:
        if not line.startswith("#"):
            return
        if not line.startswith(("#,", "#:", "#|", "#.")):
            yield line[1:].strip()


def check_entry(entry: Entry) -> list[str]:
    """Sentences about what a translation lost or added: links, emphasis, code, hidden characters."""
    if not entry.target:
        return []
    if not entry.target.strip():
        return ["The translation is only blank space."]
    if len(entry.target) > LONGEST_SEGMENT:
        return ["The translation is far too long."]
    complaint = forbidden(entry.target)
    if complaint:
        return [complaint]
    sentences = []
    kept, given = marks(entry.source), marks(entry.target)
    for mark in sorted({*kept, *given}):
        sentences += _mark_sentence(mark, kept[mark], given[mark])
    known = text_flaws(entry.source)
    sentences += [flaw for flaw in text_flaws(entry.target) if flaw not in known]
    return list(dict.fromkeys(sentences))


def _mark_sentence(mark: str, kept: int, given: int) -> list[str]:
    if kept == given:
        return []
    if mark.startswith("link "):
        address = mark.removeprefix("link ")
        return [f"The link “{address}” is missing." if given < kept else f"The link “{address}” is not in the source."]
    name = {"em": "*emphasis*", "strong": "**strong**", "code_inline": "`code`"}[mark]
    return [f"The source has {kept} {name}, the translation {given}."]


def write_catalogue(package: Translatable, language: str, existing: bytes | None) -> bytes:
    """The gettext file of a course in one language: every text in the order of the course, translations kept.

    A text that changed a little keeps its translation, marked fuzzy with the old source beside it.
    """
    old = read_catalogue(existing) if existing else Catalogue(language, ())
    return write_entries(package.slug, language, entries_of(package, old), old)


def write_entries(slug: str, language: str, entries: Iterable[Entry], old: Catalogue) -> bytes:
    """A gettext file of these entries; what people wrote at the top of the old one stays."""
    return "\n".join([_header_block(slug, language, old), *map(_entry_block, entries)]).encode("utf-8")


def entries_of(package: Translatable, old: Catalogue) -> Iterator[Entry]:
    """An entry for every text of the course, in its order, with what the old catalogue has for it."""
    for document, texts in package.documents.items():
        mine = [replace(entry, notes=()) for entry in old.entries if entry.document == document]
        yield from _carry_over(document, texts, mine)


def _carry_over(document: str, texts: tuple[str, ...], old: list[Entry]) -> list[Entry]:
    exact = {entry.source: entry for entry in old}
    new = [text for text in texts if text not in exact]
    left = [entry for entry in old if entry.source not in texts and entry.target]
    edited = _pairs(new, left)
    entries = []
    for text in texts:
        if text in exact:
            entries.append(exact[text])
        elif text in edited:
            entries.append(_edited(text, edited[text]))
        else:
            entries.append(Entry(document, text, ""))
    return entries


def _edited(text: str, old: Entry) -> Entry:
    """An old translation for a new text; a text that went back to what it was is simply translated again."""
    if old.fuzzy and old.previous_source == text:
        return Entry(old.document, text, old.target, comments=old.comments)
    first_source = old.previous_source or old.source
    return Entry(old.document, text, old.target, first_source, fuzzy=True, comments=old.comments)


def _pairs(new: list[str], left: list[Entry]) -> dict[str, Entry]:
    """The most alike first, each old translation for one new text at most."""
    candidates = []
    for new_index, text in enumerate(new):
        matcher = SequenceMatcher(b=text, autojunk=False)
        for old_index, entry in enumerate(left):
            likeness = max(
                _likeness(matcher, source) for source in {entry.source, entry.previous_source or entry.source}
            )
            if likeness >= ALIKE:
                candidates.append((-likeness, new_index, old_index))
    pairs: dict[str, Entry] = {}
    used: set[int] = set()
    for _likeness_of_both, new_index, old_index in sorted(candidates):
        if new[new_index] not in pairs and old_index not in used:
            pairs[new[new_index]] = left[old_index]
            used.add(old_index)
    return pairs


def _likeness(matcher: SequenceMatcher[str], source: str) -> float:
    matcher.set_seq1(source)
    if matcher.real_quick_ratio() < ALIKE or matcher.quick_ratio() < ALIKE:
        return 0.0
    return matcher.ratio()


def _header_block(slug: str, language: str, old: Catalogue) -> str:
    headers = [
        ("Project-Id-Version", slug),
        ("Language", language),
        ("MIME-Version", "1.0"),
        ("Content-Type", "text/plain; charset=UTF-8"),
        ("Content-Transfer-Encoding", "8bit"),
        (
            "Plural-Forms",
            _ARABIC_PLURALS if language.split("_", maxsplit=1)[0] == "ar" else Catalog(language).plural_forms,
        ),
    ]
    headers += [(name.title().replace("Po-", "PO-"), value) for name, value in old.header if name in _KEPT_HEADERS]
    comments = [f"# {comment}".rstrip() for comment in old.comments]
    lines = [*comments, 'msgid ""', 'msgstr ""', *(escape(f"{name}: {value}\n") for name, value in headers)]
    return "\n".join(lines) + "\n"


def _entry_block(entry: Entry) -> str:
    lines = [f"# {comment}".rstrip() for comment in entry.comments]
    lines += [f"#. {line}".rstrip() for note in entry.notes for line in note.split("\n")]
    if entry.fuzzy:
        lines.append("#, fuzzy")
        if entry.previous_source is not None:
            lines.append(f"#| msgid {escape(entry.previous_source)}")
    lines += [f"msgctxt {escape(entry.document)}", f"msgid {escape(entry.source)}", f"msgstr {escape(entry.target)}"]
    return "\n".join(lines) + "\n"
