"""One mechanism per job, read off the source itself. Which floor may import which: pyproject.toml, by `make check`."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from lms.settings import ROOT

SOURCES = sorted((ROOT / "lms").rglob("*.py"))
TEMPLATES = sorted((ROOT / "lms").rglob("templates/**/*.html"))


def _calls(path: Path) -> Iterator[tuple[str, int]]:
    """Every call in a module as dotted text, with its line."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node.lineno


def _imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _calling(pattern: str) -> set[str]:
    return {_name(path) for path in SOURCES for call, _line in _calls(path) if re.fullmatch(pattern, call)}


@pytest.mark.parametrize(
    ("job", "pattern", "places"),
    [
        ("asks the clock", r"(datetime|date|clock)?\.?(datetime\.)?(now|utcnow|today)", None),
        ("speaks SMTP", r"smtplib\.\w+", {"lms/kernel/mail.py"}),
        ("makes HTML of text", r"(markupsafe\.)?Markup", {"lms/ui/markup.py"}),
        ("evaluates code", r"eval|exec|compile|__import__", set()),
    ],
)
def test_one_place(job: str, pattern: str, places: set[str] | None) -> None:
    found = _calling(pattern)
    if places is None:
        allowed = re.compile(
            r"lms/(cli|demo|__main__|kernel/(clock|mail)|operations/\w+|\w+/(views|administration|session))\.py|lms/factory\.py"
        )
        found = {name for name in found if not allowed.fullmatch(name)}
        places = set()
    assert found == places, f"{job} outside its place"


def test_only_the_clock_reads_the_time() -> None:
    direct = {
        f"{_name(path)}:{line}"
        for path in SOURCES
        for call, line in _calls(path)
        if re.fullmatch(r"(datetime\.)?(datetime|date)\.(now|utcnow|today)", call)
    }
    assert {place.partition(":")[0] for place in direct} == {"lms/kernel/clock.py"}


@pytest.mark.parametrize(("module", "places"), [
    ("weasyprint", {"lms/certification/render"}),
    ("pickle", set()), ("shelve", set()), ("marshal", set()), ("csv", {"lms/kernel/sheets.py"}),
    ("smtplib", {"lms/kernel/mail.py"}),
])  # fmt: skip
def test_imported_in_one_place(module: str, places: set[str]) -> None:
    importing = {
        _name(path)
        for path in SOURCES
        if any(name == module or name.startswith(f"{module}.") for name in _imports(path))
    }
    assert all(any(name.startswith(place) for place in places) for name in importing), importing


def test_commits_stand_in_few_places() -> None:
    committing = {_name(path) for path in SOURCES for call, _line in _calls(path) if call.endswith(".commit")}
    outside = {name for name in committing if not re.match(r"lms/(kernel|operations|cli)", name)}
    assert outside <= {"lms/certification/service.py"}, outside


def test_no_import_inside_a_function() -> None:
    inside = [
        f"{_name(path)}:{node.lineno}"
        for path in SOURCES
        for function in ast.walk(ast.parse(path.read_text()))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert inside == []


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        _name(path)
        for path in SOURCES
        if path.read_text().strip() and not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert [name for name in silent if "/migrations/versions/" not in name] == []


def test_no_rooms_without_a_name() -> None:
    assert [_name(path) for path in SOURCES if path.stem in {"utils", "helpers", "common", "misc", "util"}] == []


def test_templates_hold_no_inline_style_or_script() -> None:
    """The content security policy would refuse them."""
    wrong = re.compile(r"<script(?![^>]*\bsrc=)|\son[a-z]+=|\sstyle=|javascript:")
    assert [_name(path) for path in TEMPLATES if wrong.search(path.read_text())] == []


def test_templates_use_logical_words_only() -> None:
    unsafe = re.compile(r"\|\s*safe\b")
    assert [_name(path) for path in TEMPLATES if unsafe.search(path.read_text())] == []


def test_style_sheet_knows_no_left_and_right() -> None:
    css = (ROOT / "lms/ui/static/masar.css").read_text()
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    assert (
        re.findall(r"\b(?:margin|padding|border|inset)-(?:left|right)\b|text-align:\s*(?:left|right)|\bfloat:", css)
        == []
    )
