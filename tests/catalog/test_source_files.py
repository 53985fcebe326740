"""Packages from strangers: what a zip or a folder may not hold is refused on what is really read."""

import io
import os
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.catalog.source import files as limits
from lms.catalog.source.files import read_folder, read_named_zip, read_zip
from lms.catalog.source.problems import PackageRefused

GOOD = {"course.yaml": b"format: 1\n", "lessons/a.md": b"Text\n", "media/a.svg": b"<svg/>"}


def zipped(members: dict[str, bytes] | list[tuple[str | zipfile.ZipInfo, bytes]]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items() if isinstance(members, dict) else members:
            archive.writestr(name, data)
    return buffer.getvalue()


def test_reads_a_zip_with_and_without_its_folder(tmp_path: Path) -> None:
    assert read_zip(zipped(GOOD)) == GOOD
    nested = {f"my-course/{name}": data for name, data in GOOD.items()}
    junk = {"__MACOSX/my-course/._a": b"x", "my-course/.DS_Store": b"x", "my-course/.git/config": b"x"}
    assert read_named_zip(zipped(nested | junk)) == ("my-course", GOOD)
    path = tmp_path / "course.zip"
    path.write_bytes(zipped([(zipfile.ZipInfo("my-course/"), b""), *nested.items()]))
    assert read_zip(path) == GOOD


def test_reads_a_folder(tmp_path: Path) -> None:
    for name, data in {**GOOD, ".git/config": b"x", ".DS_Store": b"x"}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    assert read_folder(tmp_path) == GOOD
    with pytest.raises(PackageRefused, match="There is no folder"):
        read_folder(tmp_path / "nowhere")


def with_mode(name: str, mode: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = mode << 16
    return info


def packed(method: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("lessons/a.md")
    info.compress_type = method
    return info


@pytest.mark.parametrize(
    ("members", "sentence"),
    [
        ([("/etc/a.md", b"")], "points outside"),
        ([("../a.md", b"")], "points outside"),
        ([("lessons/../../a.md", b"")], "points outside"),
        ([("lessons//a.md", b"")], "points outside"),
        ([("./a.md", b"")], "points outside"),
        ([("lessons\\a.md", b"")], "points outside"),
        ([("C:/a.md", b"")], "points outside"),
        ([("lessons/\u202ea.md", b"")], "not a name"),
        ([("lessons/" + "a" * 300 + ".md", b"")], "not a name"),
        ([("a.md", b""), ("a.md", b"")], "is there twice"),
        ([("a.md", b""), ("A.md", b"")], "is there twice"),
        ([("e\u0301.md", b""), ("\u00e9.md", b"")], "is there twice"),
        ([("stra\u00dfe.md", b""), ("STRASSE.md", b"")], "is there twice"),
        ([("a.exe", b"")], "courses do not use"),
        ([("media/a.html", b"")], "courses do not use"),
        ([("Makefile", b"")], "courses do not use"),
        ([("media/a.zip", zipped(GOOD))], "courses do not use"),
        ([("media/a.pdf", zipped(GOOD))], "archive inside"),
        ([("media/a.txt", b"\x1f\x8b....")], "archive inside"),
        ([(with_mode("lessons/a.md", stat.S_IFLNK | 0o777), b"/etc/passwd")], "link or a device"),
        ([(with_mode("lessons/a.md", stat.S_IFIFO | 0o777), b"")], "link or a device"),
        ([(packed(zipfile.ZIP_BZIP2), b"x")], "unusual way"),
        ([(packed(zipfile.ZIP_LZMA), b"x")], "unusual way"),
        ([("media/a.txt", b"\0" * 3_000_000)], "unpacks to far more"),
        ([(f"media/{number}.txt", b"") for number in range(limits.MOST_FILES + 1)], "more than 2,000 files"),
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_refuses(members: list[tuple[str | zipfile.ZipInfo, bytes]], sentence: str) -> None:
    with pytest.raises(PackageRefused, match=sentence):
        read_zip(zipped(members))


def set_field(data: bytes, signature: bytes, offset: int, layout: str, value: int) -> bytes:
    """The zip with one field of its (first) local or central header changed."""
    changed = bytearray(data)
    struct.pack_into(layout, changed, data.index(signature) + offset, value)
    return bytes(changed)


LOCAL, CENTRAL = b"PK\x03\x04", b"PK\x01\x02"


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda data: set_field(set_field(data, LOCAL, 6, "<H", 1), CENTRAL, 8, "<H", 1), "encrypted"),
        (lambda data: set_field(data, CENTRAL, 24, "<I", 3), "cannot be read"),  # says it unpacks to less
        (lambda data: set_field(data, CENTRAL, 24, "<I", 10**9), "not as large"),  # and to more
        (lambda data: set_field(data, CENTRAL, 16, "<I", 1), "cannot be read"),  # wrong checksum
        (lambda data: data[:-30], "cannot be read"),
        (lambda data: b"PK\x03\x04" + b"\0" * 50, "cannot be read"),
        (lambda data: b"", "cannot be read"),
        (lambda data: data.replace(b"lessons/a.md", b"lessons/a\0md"), "not a name|cannot be read"),
    ],
    ids=["encrypted", "shorter", "longer", "checksum", "cut-off", "torso", "empty", "nul"],
)
def test_refuses_zips_that_lie(spoil: Callable[[bytes], bytes], sentence: str) -> None:
    with pytest.raises(PackageRefused, match=sentence):
        read_zip(spoil(zipped({"lessons/a.md": b"Text that is long enough to be packed. " * 9})))


def test_counts_what_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(limits, "LARGEST_FILE", 100_000)
    monkeypatch.setattr(limits, "LARGEST_PACKAGE", 150_000)
    big, half = os.urandom(100_001), os.urandom(80_000)
    with pytest.raises(PackageRefused, match="is larger than"):
        read_zip(zipped({"media/a.mp3": big}))
    with pytest.raises(PackageRefused, match="The package is larger than"):
        read_zip(zipped({"media/a.mp3": half, "media/b.mp3": half}))
    (tmp_path / "a.mp3").write_bytes(big)
    with pytest.raises(PackageRefused, match="is larger than"):
        read_folder(tmp_path)


def test_refuses_links_and_pipes_in_folders(tmp_path: Path) -> None:
    secret = tmp_path / "secret.md"
    secret.write_text("secret")
    course = tmp_path / "course"
    course.mkdir()
    (course / "a.md").symlink_to(secret)
    with pytest.raises(PackageRefused, match="link to another place"):
        read_folder(course)
    (course / "a.md").unlink()
    (course / "lessons").symlink_to(tmp_path)
    with pytest.raises(PackageRefused, match="link to another place"):
        read_folder(course)
    (course / "lessons").unlink()
    os.mkfifo(course / "a.md")
    with pytest.raises(PackageRefused, match="not an ordinary file"):
        read_folder(course)


@given(st.integers(0, 400), st.integers(0, 255))
def test_a_spoilt_zip_is_read_or_refused(at: int, value: int) -> None:
    data = bytearray(zipped(GOOD))
    data[at % len(data)] = value
    try:
        found = read_zip(bytes(data))
    except PackageRefused:
        found = {}
    assert all(".." not in name and not name.startswith("/") for name in found)
