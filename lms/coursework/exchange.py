"""Files that participants hand in: what they are is read from what is in them, never from what they are called."""

import re
import unicodedata
from dataclasses import dataclass
from io import BytesIO
from zipfile import BadZipFile, ZipFile

from lms.coursework.rules import LONGEST_NAME


@dataclass(frozen=True, slots=True)
class FileKind:
    ending: str
    content_type: str


PDF = FileKind("pdf", "application/pdf")
PNG = FileKind("png", "image/png")
JPEG = FileKind("jpg", "image/jpeg")
TEXT = FileKind("txt", "text/plain; charset=utf-8")
_OFFICE = "application/vnd.openxmlformats-officedocument."
_OFFICE_KINDS = {
    "word/document.xml": FileKind("docx", f"{_OFFICE}wordprocessingml.document"),
    "xl/workbook.xml": FileKind("xlsx", f"{_OFFICE}spreadsheetml.sheet"),
    "ppt/presentation.xml": FileKind("pptx", f"{_OFFICE}presentationml.presentation"),
}
_OPEN = "application/vnd.oasis.opendocument."
_OPEN_KINDS = {
    f"{_OPEN}text": FileKind("odt", f"{_OPEN}text"),
    f"{_OPEN}spreadsheet": FileKind("ods", f"{_OPEN}spreadsheet"),
    f"{_OPEN}presentation": FileKind("odp", f"{_OPEN}presentation"),
}
ENDINGS = ("pdf", "docx", "xlsx", "pptx", "odt", "ods", "odp", "jpg", "png", "txt")
"""What is taken, as people know it."""

_MOST_MEMBERS = 5_000
_LONGEST_TYPE = 200


def kind_of(data: bytes) -> FileKind | None:
    """What these bytes are; None: nothing that is taken. Documents with macros are not."""
    if data.startswith(b"%PDF-"):
        return PDF
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if data.startswith(b"\xff\xd8\xff"):
        return JPEG
    if data.startswith(b"PK\x03\x04"):
        return _document(data)
    return TEXT if _is_text(data) else None


def _document(data: bytes) -> FileKind | None:
    """Only the list of what is inside is read; nothing is unpacked but the name of an open document's type."""
    try:
        with ZipFile(BytesIO(data)) as packed:
            names = set(packed.namelist())
            if len(names) > _MOST_MEMBERS or any("vbaproject" in name.casefold() for name in names):
                return None
            if "mimetype" in names and packed.getinfo("mimetype").file_size <= _LONGEST_TYPE:
                return _OPEN_KINDS.get(packed.read("mimetype").decode("ascii", "replace").strip())
    except (BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError, EOFError):
        return None
    return next((kind for part, kind in _OFFICE_KINDS.items() if part in names), None)


def _is_text(data: bytes) -> bool:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return bool(text.strip()) and not any(
        unicodedata.category(sign) == "Cc" and sign not in "\t\n\r\f" for sign in text
    )


def name_with(name: str, kind: FileKind) -> str:
    """A name to keep a file under: the last part of what it was called, without signs that steer, with its true ending.

    What it was called may come from any system, in any script.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    clean = "".join(sign for sign in last if unicodedata.category(sign)[0] != "C" and sign not in '<>:"|?*;%')
    stem = " ".join(clean.split()).strip(". ")
    known = stem.rpartition(".")
    if known[1] and known[2].casefold() in {*ENDINGS, "jpeg"}:
        stem = known[0].strip(". ")
    return f"{stem[: LONGEST_NAME - 10] or 'file'}.{kind.ending}"
