"""Files that travel: what is written is read back to the letter; what strangers made of them is refused by line."""

import re
import zipfile
from io import BytesIO

import pytest
from hypothesis import given
from lxml import etree
from openpyxl import load_workbook

from lms.catalog.source.catalogue import read_catalogue
from lms.catalog.source.problems import Unreadable
from lms.kernel.i18n import use_language
from lms.settings import ROOT
from lms.translation.rules import Standing
from lms.workshop.exchange import FORMATS, LARGEST, read_file, xlsx
from lms.workshop.exchange.bundle import Bundle
from lms.workshop.exchange.xliff import CORE
from tests.workshop.exchanged import bundle, bundles, said, sent, unit

STRONG = "People are **paid** on [time](term:time)."
STRONG_AR = "يُدفع للناس **أجرهم** في [وقته](term:time)."


def _shipped() -> list[Bundle]:
    found = []
    for path in sorted((ROOT / "courses").glob("*/translations/*.po")):
        entries = read_catalogue(path.read_bytes()).entries
        units = [unit(each.source, each.target, document=each.document, id=f"u{n}") for n, each in enumerate(entries)]
        found.append(bundle(*units, language=path.stem))
    return found


@pytest.mark.parametrize("suffix", FORMATS)
@given(texts=bundles())
def test_every_text_comes_back_to_the_letter(suffix: str, texts: Bundle) -> None:
    data = FORMATS[suffix].write(texts)
    incoming = read_file(f"texts.{suffix}", data)
    assert said(incoming) == sent(texts)
    assert [each.base for each in incoming.units] == [each.base for each in texts.units]
    assert all(not each.flaws for each in incoming.units if each.source == each.target)
    assert (incoming.collection, incoming.language) == ("cash-first-steps", texts.language)
    assert FORMATS[suffix].write(texts) == data


@pytest.mark.parametrize("suffix", FORMATS)
def test_every_text_of_the_shipped_courses_comes_back_without_a_flaw(suffix: str) -> None:
    for texts in _shipped():
        incoming = read_file(f"texts.{suffix}", FORMATS[suffix].write(texts))
        assert said(incoming) == sent(texts)
        assert [each for each in incoming.units if each.flaws] == []


def test_what_a_file_says_of_being_done() -> None:
    units = [unit("Untranslated")]
    units += [unit(str(each), "نص", each) for each in Standing if each != Standing.UNTRANSLATED]
    expected = {"draft": False, "source-changed": False, "in-review": True, "approved": True}
    for suffix in ("xlf", "po"):
        incoming = read_file(f"a.{suffix}", FORMATS[suffix].write(bundle(*units)))
        assert {each.source: each.final for each in incoming.units if each.target} == expected
    sheet = read_file("a.xlsx", FORMATS["xlsx"].write(bundle(*units)))
    assert {each.final for each in sheet.units} == {None}


@pytest.mark.parametrize("name", ["a.docx", "a", "", "xlf", "a.xlf.zip"])
def test_other_kinds_of_file_are_refused(name: str) -> None:
    with pytest.raises(Unreadable, match=r"\.xlf, \.po or \.xlsx"):
        read_file(name, b"x")


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_huge_file_is_refused(suffix: str) -> None:
    with pytest.raises(Unreadable, match="larger than 4 MB"):
        read_file(f"a.{suffix}", b" " * (LARGEST + 1))


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("data", [b"", b"x", b"\xff\xfe\x00", b"PK\x03\x04", b"<xliff", "نص".encode("utf-16")])
def test_what_is_no_such_file_is_refused(suffix: str, data: bytes) -> None:
    if (suffix, data) == ("po", b""):
        assert read_file("a.po", data).units == ()  # an empty catalogue; its course is asked for later
        return
    with pytest.raises(Unreadable) as caught:
        read_file(f"a.{suffix}", data)
    assert all(flaw.line >= 1 for flaw in caught.value.flaws)


def test_sentences_are_in_the_language_of_the_moment() -> None:
    with use_language("fr"), pytest.raises(Unreadable, match="4 Mo"):
        read_file("a.po", b" " * (LARGEST + 1))


# -- XLIFF


def _xliff(*units: object, **values: str) -> str:
    return FORMATS["xlf"].write(bundle(*units, **values)).decode()  # type: ignore[arg-type]


def _read(text: str) -> tuple[str, tuple[str, ...]]:
    (found,) = read_file("a.xlf", text.encode()).units
    return found.target, found.flaws


def test_marks_are_codes_that_tools_protect() -> None:
    root = etree.fromstring(_xliff(unit(STRONG, STRONG_AR)).encode())
    space = {"x": CORE}
    for side in ("source", "target"):
        codes = root.findall(f".//x:{side}//x:pc", space)
        assert [code.get("id") for code in codes] == ["1", "2"]
        assert {code.get("canDelete") for code in codes} == {"no"}
    assert [each.text for each in root.findall(".//x:data", space)] == ["**", "[", "](term:time)"]
    assert root.find(".//x:target", space).text == "يُدفع للناس "


@given(texts=bundles())
def test_files_keep_the_rules_of_the_format(texts: Bundle) -> None:
    """Those a schema would check, and the references it cannot."""
    root = etree.fromstring(FORMATS["xlf"].write(texts))
    tag = re.compile(r"[\w.:-]+")
    files = [each.get("id") for each in root]
    assert len(set(files)) == len(files)
    for each in root.iter(f"{{{CORE}}}unit"):
        assert tag.fullmatch(each.get("id"))
        names = [etree.QName(child).localname for child in each]
        assert names == [name for name in ("notes", "originalData", "segment") if name in names]
        data = [found.get("id") for found in each.iter(f"{{{CORE}}}data")]
        assert len(set(data)) == len(data)
        for side in ("source", "target"):
            codes = list(each.iterfind(f".//{{{CORE}}}{side}//*"))
            ids = [code.get("id") for code in codes]
            assert len(set(ids)) == len(ids)
            refs = {code.get(name) for code in codes for name in ("dataRef", "dataRefStart", "dataRefEnd")} - {None}
            assert refs <= set(data)


def test_a_lost_code_is_named_and_the_others_are_kept() -> None:
    text = _xliff(unit(STRONG, STRONG_AR), unit("Other", "آخر"))
    lost = re.sub(r'(<target[^>]*>.*?)<pc id="1"[^>]*>(.*?)</pc>', r"\1\2", text)
    assert lost != text
    first, second = read_file("a.xlf", lost.encode()).units
    assert first.flaws == ("The code **…** is missing.",)
    assert first.line == 4
    assert (second.target, second.flaws) == ("آخر", ())


def test_marks_typed_as_text_are_as_good_as_codes() -> None:
    """Some tools show no codes; who types the marks has lost nothing."""
    text = re.sub(r"(<target[^>]*>).*?(</target>)", rf"\1{STRONG_AR}\2", _xliff(unit(STRONG, STRONG_AR)))
    assert _read(text) == (STRONG_AR, ())


def test_an_invented_code_is_named() -> None:
    text = _xliff(unit("Paid on time", "نص"))
    for code in (
        '<ph id="9"/>',
        '<pc id="9">x</pc>',
        '<x id="9"/>',
        '<cp hex="0000"/>',
        '<cp hex="D800"/>',
        '<ec id="9"/>',
    ):
        _target, flaws = _read(text.replace("نص", f"نص{code}"))
        assert len(flaws) == 1, code
        assert "is not in the source" in flaws[0]


def test_codes_are_known_by_their_id_in_the_forms_tools_give_them() -> None:
    text = _xliff(unit(STRONG, STRONG_AR))
    start = text.index("<target")
    bare = text[:start] + re.sub(r' dataRef(?:Start|End)="\w+"', "", text[start:])
    assert _read(bare) == (STRONG_AR, ())
    split = re.sub(
        r"<target.*</target>",
        '<target>يُدفع للناس <sc id="1"/>أجرهم<ec startRef="1"/> في '
        "<mrk id='m1' type='comment'><pc id='2'>وقته</pc></mrk><sm id='m2'/>.<em startRef='m2'/></target>",
        text,
    )
    assert _read(split) == (STRONG_AR, ())


def test_a_unit_cut_into_segments_is_one_text_again() -> None:
    text = _xliff(unit("One. Two.", "واحد. اثنان."))
    cut = re.sub(
        r"<segment.*</segment>",
        "<segment><source>One.</source><target>واحد.</target></segment><ignorable><source> </source></ignorable>"
        "<segment><source>Two.</source><target>اثنان.</target></segment>",
        text,
        flags=re.DOTALL,
    )
    assert _read(cut) == ("واحد. اثنان.", ())
    assert read_file("a.xlf", cut.encode()).units[0].source == "One. Two."
    _target, flaws = _read(cut.replace("<target>اثنان.</target>", ""))
    assert flaws == ("Only a part of this text is translated.",)


@pytest.mark.parametrize(
    "prolog",
    [
        '<!DOCTYPE xliff SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE xliff [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE xliff [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE xliff [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x.dtd"> %x;]>',
    ],
)
def test_document_types_are_refused_by_line(prolog: str) -> None:
    text = _xliff(unit("A", "أ")).replace("<xliff", f"{prolog}\n<xliff", 1)
    with pytest.raises(Unreadable) as caught:
        read_file("a.xlf", text.encode())
    assert [(flaw.line, flaw.sentence) for flaw in caught.value.flaws] == [
        (2, "The file has a document type (DTD); such files are not read.")
    ]


def test_broken_and_foreign_xml_is_refused_by_line() -> None:
    text = _xliff(unit("A", "أ"))
    for broken, line, words in [
        (text.replace("</source>", "</sauce>"), 6, "broken here"),
        (text.replace("أ", "&nbsp;"), 7, "broken here"),
        (
            '<?xml version="1.0"?>\n<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2"/>',
            2,
            "not XLIFF 2.0",
        ),
        (f'<xliff xmlns="{CORE}">' + "<pc>" * 5000, 1, "broken here"),
    ]:
        with pytest.raises(Unreadable) as caught:
            read_file("a.xlf", broken.encode())
        (flaw,) = caught.value.flaws
        assert (flaw.line, words in flaw.sentence) == (line, True), flaw


# -- PO


def test_a_catalogue_keeps_ids_beside_the_texts() -> None:
    data = (
        FORMATS["po"]
        .write(
            bundle(
                unit("New text", "قديم", Standing.SOURCE_CHANGED, previous_source="Old text", note="Why?", id="an-id")
            )
        )
        .decode()
    )
    assert (
        '#. id an-id 7\n#. Why?\n#, fuzzy\n#| msgid "Old text"\n'
        'msgctxt "lesson what"\nmsgid "New text"\nmsgstr "قديم"\n' in data
    )


def test_a_hidden_character_spoils_its_own_entry_only() -> None:
    data = FORMATS["po"].write(bundle(unit("One", "واحد"), unit("Two", "اث\u202eنان"))).decode()
    assert [each.target for each in read_file("a.po", data.encode()).units] == ["واحد", "اث\u202eنان"]


def test_windows_line_ends_and_a_byte_order_mark_are_no_flaw() -> None:
    texts = bundle(unit("One\\\nTwo", "واحد\\\nاثنان"))
    for suffix in ("po", "xlf"):
        data = FORMATS[suffix].write(texts).decode()
        assert said(read_file(f"a.{suffix}", ("\ufeff" + data).encode())) == sent(texts)
    assert said(read_file("a.po", FORMATS["po"].write(texts).replace(b"\n", b"\r\n"))) == sent(texts)


# -- XLSX


def _sheet(data: bytes):  # type: ignore[no-untyped-def]
    return load_workbook(BytesIO(data)).active


def test_a_sheet_for_volunteers() -> None:
    texts = bundle(unit("=1+1", "=HYPERLINK(1)"), unit("New", "قديم", Standing.SOURCE_CHANGED, previous_source="Old"))
    sheet = _sheet(FORMATS["xlsx"].write(texts))
    assert sheet.sheet_view.rightToLeft
    assert sheet.freeze_panes == "A2"
    assert sheet.column_dimensions["A"].hidden
    assert [sheet[name].data_type for name in ("B2", "C2")] == ["s", "s"]
    assert sheet.protection.sheet
    assert [sheet[name].protection.locked for name in ("B2", "C2")] == [True, False]
    assert sheet["C2"].alignment.wrap_text
    assert (sheet["B2"].alignment.readingOrder, sheet["C2"].alignment.readingOrder) == (1, 2)
    assert "Old" in sheet["B3"].comment.text
    assert not _sheet(FORMATS["xlsx"].write(bundle(unit("A"), language="fr"))).sheet_view.rightToLeft


def _changed(data: bytes, **cells: object) -> bytes:
    book = load_workbook(BytesIO(data))
    for name, value in cells.items():
        book.active[name] = value
    kept = BytesIO()
    book.save(kept)
    return kept.getvalue()


def test_formulas_and_other_values_are_refused_by_cell() -> None:
    texts = [unit(f"Text {n}") for n in range(5)]
    data = _changed(
        FORMATS["xlsx"].write(bundle(*texts)), C2="=1+1", C3=2026, C4=1.5, C5=True, C6="_x000D_\r\nnor\r\nmal"
    )
    found = read_file("a.xlsx", data).units
    assert [each.flaws for each in found] == [
        ("Cell C2 holds a formula; write the text itself.",),
        (),
        ("Cell C4 does not hold a text; format it as text.",),
        ("Cell C5 does not hold a text; format it as text.",),
        (),
    ]
    assert [found[1].target, found[4].target] == ["2026", "\nnor\nmal"]
    assert [each.line for each in found] == [2, 3, 4, 5, 6]


def test_rows_may_be_sorted_left_out_and_left_empty() -> None:
    texts = [unit("One", "واحد", id="one"), unit("Two", "اثنان", id="two")]
    data = FORMATS["xlsx"].write(bundle(*texts))
    swapped = _changed(
        data, A2="two 7", B2="Two", C2="اثنان", A3=None, B3=None, C3=None, A9="one 7", B9="One", C9="واحد"
    )
    assert [(each.id, each.line, each.target) for each in read_file("a.xlsx", swapped).units] == [
        ("two", 2, "اثنان"),
        ("one", 9, "واحد"),
    ]
    with pytest.raises(Unreadable, match="hidden first column"):
        read_file("a.xlsx", _changed(data, A1="Source"))


def _zip(members: dict[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", how) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return packed.getvalue()


def _members(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_bombs_are_refused_before_they_are_opened() -> None:
    members = _members(FORMATS["xlsx"].write(bundle(unit("A"))))
    large = b" " * (xlsx.LARGEST_UNPACKED // 2 + 1)
    for extra in ({"xl/workbook.xml": large * 2}, {"a.bin": large, "b.bin": large}):
        with pytest.raises(Unreadable, match="unpacks to more than 24 MB"):
            read_file("a.xlsx", _zip(members | extra))
    with pytest.raises(Unreadable, match="not an Excel workbook"):
        read_file("a.xlsx", _zip(members | {f"{n}.bin": b"" for n in range(xlsx.MOST_MEMBERS)}))


def test_a_bomb_that_lies_about_its_size_is_refused() -> None:
    """The library would inflate the whole member at once; nothing but what was really read reaches it."""
    members = _members(FORMATS["xlsx"].write(bundle(unit("A"))))
    data = bytearray(_zip(members | {"xl/styles.xml": b" " * 30_000_000}))
    for signature, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = -1
        while (at := data.find(signature, at + 1)) >= 0:
            if int.from_bytes(data[at + place : at + place + 4], "little") == 30_000_000:
                data[at + place : at + place + 4] = (100).to_bytes(4, "little")
    with pytest.raises(Unreadable):
        read_file("a.xlsx", bytes(data))


@pytest.mark.parametrize("name", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "_rels/.rels"])
def test_a_workbook_with_a_document_type_is_refused(name: str) -> None:
    members = _members(FORMATS["xlsx"].write(bundle(unit("A"))))
    evil = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + members[name]
    for data in (evil, evil.decode().encode("utf-16")):
        with pytest.raises(Unreadable, match="document type"):
            read_file("a.xlsx", _zip(members | {name: data}))


def test_too_many_rows_are_refused_by_row() -> None:
    data = _changed(FORMATS["xlsx"].write(bundle(unit("A"))), **{f"C{xlsx.MOST_ROWS + 1}": "more"})
    with pytest.raises(Unreadable) as caught:
        read_file("a.xlsx", data)
    assert [(flaw.line, flaw.sentence) for flaw in caught.value.flaws] == [
        (xlsx.MOST_ROWS + 1, "The sheet has more than 20,000 rows.")
    ]
