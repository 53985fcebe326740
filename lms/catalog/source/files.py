"""The files of a package, from a folder or a zip that a stranger may have made. Knows no course.

Nothing is ever unpacked to disk: names are only names, and every limit counts bytes that were really read.
"""

import stat
import unicodedata
import zipfile
import zlib
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import IO

from lms.catalog.source.problems import PackageRefused

MOST_FILES = 2_000
LARGEST_FILE = 64_000_000
LARGEST_PACKAGE = 256_000_000
HIGHEST_RATIO = 200
"""How much larger than its packed form a file may be; text reaches 20."""
_RATIO_FROM = 1_000_000
_PIECE = 65_536
_LONGEST_NAME = 200

CONTENT_TYPES = {
    "svg": "image/svg+xml",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "gif": "image/gif",
    "pdf": "application/pdf",
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
    "ogg": "audio/ogg",
    "opus": "audio/ogg",
    "mp4": "video/mp4",
    "webm": "video/webm",
    "csv": "text/csv",
    "txt": "text/plain",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odp": "application/vnd.oasis.opendocument.presentation",
}
"""What may lie in media/, by the ending of its name."""

_TEXTS = ("yaml", "md", "po")
_ARCHIVES = (b"PK\x03\x04", b"\x1f\x8b", b"7z\xbc\xaf\x27\x1c", b"Rar!", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")
_OFFICE = ("docx", "xlsx", "pptx", "odt", "ods", "odp")
_JUNK = ("__MACOSX", "Thumbs.db", "desktop.ini")


def read_folder(path: Path | str) -> dict[str, bytes]:
    """The files of a course folder by their path in it; raises PackageRefused."""
    root = Path(path)
    if not root.is_dir():
        raise PackageRefused(f"There is no folder {root.name}.")
    gathered = _Gathered()
    for file in sorted(root.rglob("*")):
        name = file.relative_to(root).as_posix()
        if _is_junk(name):
            continue
        if file.is_symlink():
            raise PackageRefused(f"“{name}” is a link to another place; put the file itself there.")
        if file.is_dir():
            continue
        if not file.is_file():
            raise PackageRefused(f"“{name}” is not an ordinary file.")
        try:
            with file.open("rb") as opened:
                gathered.add(name, opened, packed=None)
        except OSError as error:
            raise PackageRefused(f"“{_shown(name)}” cannot be read.") from error
    return gathered.files


def read_zip(source: Path | str | bytes) -> dict[str, bytes]:
    """The files of a zipped course by their path in it; raises PackageRefused."""
    return read_named_zip(source)[1]


def read_named_zip(source: Path | str | bytes) -> tuple[str | None, dict[str, bytes]]:
    """The files of a zipped course, and the name of the one folder that holds them all, if there is one."""
    try:
        with zipfile.ZipFile(BytesIO(source) if isinstance(source, bytes) else source) as archive:
            return _without_top_folder(_read_members(archive))
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        raise PackageRefused(f"This zip cannot be read: {error}.") from error


def _read_members(archive: zipfile.ZipFile) -> dict[str, bytes]:
    members = archive.infolist()
    if len(members) > MOST_FILES:
        raise PackageRefused(f"The package holds more than {MOST_FILES:,} files.")
    gathered = _Gathered()
    for member in members:
        _refuse_odd_member(member)
        if member.orig_filename.endswith("/") or _is_junk(member.orig_filename):
            continue
        with archive.open(member) as opened:
            gathered.add(member.orig_filename, opened, packed=member.compress_size)
        if len(gathered.files[member.orig_filename]) != member.file_size:
            raise PackageRefused(f"“{_shown(member.orig_filename)}” is not as large as the zip says.")
    return gathered.files


def _refuse_odd_member(member: zipfile.ZipInfo) -> None:
    # zipfile cuts names at a NUL and turns the system's separators round; the name as it was sent is judged.
    sent = member.orig_filename
    mode = member.external_attr >> 16
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise PackageRefused(f"“{_shown(sent)}” is a link or a device; a package holds ordinary files.")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise PackageRefused(f"“{_shown(sent)}” is packed in an unusual way; make an ordinary zip.")
    if member.flag_bits & 0x1:
        raise PackageRefused(f"“{_shown(sent)}” is encrypted; send the package without a password.")
    _refuse_odd_name(sent.removesuffix("/"))


def _refuse_odd_name(name: str) -> None:
    parts = name.split("/")
    if name.startswith("/") or "\\" in name or ":" in name or any(part in ("", ".", "..") for part in parts):
        raise PackageRefused(f"“{_shown(name)}” points outside the package.")
    if len(name) > _LONGEST_NAME or not name.isprintable():
        raise PackageRefused(f"“{_shown(name)}” is not a name for a file.")


def _shown(name: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in name[:80])


def _is_junk(name: str) -> bool:
    return any(part in _JUNK or part.startswith(".") for part in PurePosixPath(name).parts if part != "..")


class _Gathered:
    """Files read so far, with the limits they share."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self._folded: dict[str, str] = {}
        self._size = 0

    def add(self, name: str, opened: IO[bytes], packed: int | None) -> None:
        _refuse_odd_name(name)
        if len(self.files) >= MOST_FILES:
            raise PackageRefused(f"The package holds more than {MOST_FILES:,} files.")
        ending = name.rpartition(".")[2].lower() if "." in name else ""
        if ending not in CONTENT_TYPES and ending not in _TEXTS:
            raise PackageRefused(f"“{_shown(name)}” is of a kind that courses do not use.")
        self._refuse_double(name)
        data = self._read(name, opened, packed)
        if data.startswith(_ARCHIVES) and ending not in _OFFICE:
            raise PackageRefused(f"“{_shown(name)}” is an archive inside the package; put its files there instead.")
        self.files[name] = data

    def _refuse_double(self, name: str) -> None:
        folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
        other = self._folded.setdefault(folded, name)
        if other != name or name in self.files:
            raise PackageRefused(f"“{_shown(name)}” is there twice, or differs from another file by its case only.")

    def _read(self, name: str, opened: IO[bytes], packed: int | None) -> bytes:
        pieces = []
        size = 0
        while piece := opened.read(_PIECE):
            pieces.append(piece)
            size += len(piece)
            self._size += len(piece)
            if size > LARGEST_FILE:
                raise PackageRefused(f"“{_shown(name)}” is larger than {LARGEST_FILE // 1_000_000} MB.")
            if self._size > LARGEST_PACKAGE:
                raise PackageRefused(f"The package is larger than {LARGEST_PACKAGE // 1_000_000} MB.")
            if packed is not None and size > _RATIO_FROM and size > HIGHEST_RATIO * max(packed, 1):
                raise PackageRefused(f"“{_shown(name)}” unpacks to far more than it says; this is no course.")
        return b"".join(pieces)


def _without_top_folder(files: dict[str, bytes]) -> tuple[str | None, dict[str, bytes]]:
    tops = {name.partition("/")[0] for name in files}
    if len(tops) != 1 or any("/" not in name for name in files):
        return None, files
    top = tops.pop()
    return top, {name.removeprefix(top + "/"): data for name, data in files.items()}
