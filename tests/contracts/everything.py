"""A course in which everything stands that a course can hold: each kind of block, of question, of text.

Whoever asks for it says what each text says: plain words, words in a script of their own, or an attack.
"""

import json
import struct
import zlib
from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po, write_po
from sqlalchemy.orm import Session

from lms.assessment.question_types import KINDS
from lms.catalog.service import load_course
from lms.catalog.source.catalogue import write_catalogue
from lms.catalog.source.package import Package, read_package
from lms.kernel.files import FileStore

SLUG = "all-there-is"
Words = Callable[[str], str]
"""What the text of this name says."""


def in_words(name: str) -> str:
    return f"The {name} of the course"


def package_files(say: Words = in_words) -> dict[str, bytes]:
    """The files of the package; JSON is YAML too."""
    return {
        "course.yaml": json.dumps(_course(say)).encode(),
        "lessons/long.md": _lesson(say).encode(),
        "lessons/last.md": f"{say('last paragraph')}\n".encode(),
        "quizzes/check.yaml": json.dumps({"questions": _questions(say)}).encode(),
        "quizzes/final.yaml": json.dumps(
            {"pass_mark": 60, "review": "after-submit", "minutes": 30, "questions": _questions(say)}
        ).encode(),
        "quizzes/strict.yaml": json.dumps(
            {"pass_mark": 100, "attempts": 1, "review": "never", "questions": _questions(say)[:1]}
        ).encode(),
        "media/figure.svg": _figure(say).encode(),
        "media/dot.png": _png(),
        "media/talk.mp3": b"ID3\x04\x00\x00\x00\x00\x00\x00" + b"\xff\xfb\x90\x00" * 40,
        "media/notes.txt": b"Notes\n",
    }


def _course(say: Words) -> dict[str, Any]:
    activities = [
        {"kind": "lesson", "key": "long", "title": say("first title"), "minutes": 7},
        {"kind": "self-test", "key": "check", "title": say("self-test title")},
        {"kind": "quiz", "key": "final", "title": say("quiz title")},
        {"kind": "quiz", "key": "strict", "title": say("strict title")},
        {"kind": "lesson", "key": "last", "title": say("last title")},
        {"kind": "evaluation", "key": "view", "title": say("evaluation title")},
    ]
    return {
        "format": 1,
        "title": say("title"),
        "summary": say("summary"),
        "language": "en",
        "category": "self-paced",
        "stage": "open",
        "series": {"title": say("series"), "number": 2},
        "minutes": 30,
        "audience": say("audience"),
        "objectives": [say("objective")],
        "partners": [say("partner")],
        "licence": say("licence"),
        "modules": [{"key": "all", "title": say("module"), "activities": activities}],
        "certificate": {
            "hours": 1,
            "completion": {"lessons": "all", "quizzes": ["final"], "evaluation": True},
            "participation": {"lessons": 50},
        },
        "glossary": [{"key": "word", "term": say("term"), "definition": say("definition")}],
    }


def _lesson(say: Words) -> str:
    return f"""\
{say("paragraph")}

## {say("section")}

### {say("part")}

- {say("item")}

1. {say("numbered item")}

> {say("quote")}

| {say("column")} | {say("number column")} |
|---|--:|
| {say("cell")} | 12 |

*{say("emphasis")}* **{say("strong")}** `{say("code")}` [{say("linked term")}](term:word)
[{say("linked lesson")}](activity:last) [{say("download")}](media/notes.txt) [{say("web link")}](https://example.org/a?b=c&d=e)

::: callout {say("callout title")}
{say("callout")}
:::

::: details {say("details title")}
{say("details")}
:::

::: audio media/talk.mp3 {say("recording")}
{say("transcript")}
:::

![{say("alternative of the figure")}](media/figure.svg "{say("caption")}")

![{say("alternative of the picture")}](media/dot.png)
"""


def _questions(say: Words) -> list[dict[str, Any]]:
    def asked(kind: str) -> dict[str, Any]:
        return {"key": kind, "kind": kind, "prompt": say(f"{kind} prompt"), "feedback": say(f"{kind} feedback")}

    def choices(kind: str) -> list[dict[str, Any]]:
        return [
            {"key": "a", "text": say(f"{kind} right choice"), "correct": True, "feedback": say(f"{kind} praise")},
            {"key": "b", "text": say(f"{kind} wrong choice"), "feedback": say(f"{kind} hint")},
        ]

    pairs = [{"key": key, "left": say(f"left {key}"), "right": say(f"right {key}")} for key in ("a", "b")]
    return [
        asked("single") | {"choices": choices("single")},
        asked("multiple") | {"choices": choices("multiple"), "points": 2},
        asked("true-false") | {"answer": True},
        asked("number") | {"answer": 12.5, "tolerance": 0.5, "unit": say("unit")},
        asked("short-text") | {"accepted": [say("accepted answer")]},
        asked("matching") | {"pairs": pairs, "extra": [{"key": "c", "right": say("right c")}]},
        asked("ordering") | {"items": [{"key": key, "text": say(f"place {key}")} for key in ("a", "b", "c")]},
    ]


def _figure(say: Words) -> str:
    text = say("lettering").replace("&", "&amp;").replace("<", "&lt;")
    return f"""\
<svg viewBox="0 0 360 80"><rect x="10" y="10" width="100" height="60" class="f-soft"/>
<text x="60" y="40" text-anchor="middle" data-width="90" class="f-ink">{text}</text></svg>
"""


def _png() -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")


def translated(package: Package, language: str, change: Callable[[str], str], every: int = 1) -> bytes:
    """A catalogue in which every one of the texts, every second, … is translated, never the first where not all are."""
    catalogue = read_po(BytesIO(write_catalogue(package, language, None)), locale=language)
    messages = [message for message in catalogue if message.id]
    for message in messages[every - 1 :: every]:
        message.string = change(str(message.id))
    written = BytesIO()
    write_po(written, catalogue, width=0)
    return written.getvalue()


def load_everything(
    db: Session,
    folder: Path,
    now: datetime,
    *,
    say: Words = in_words,
    arabic: Callable[[str], str] = lambda source: source.replace("The", "ال"),
    every: int = 1,
    smuggle: Callable[[str], str] | None = None,
) -> Package:
    """Take the course in, in English and in Arabic. `smuggle` changes the package after all checks."""
    files = package_files(say)
    package = read_package(SLUG, files, KINDS)
    if smuggle:
        package = Package.model_validate_json(smuggle(package.model_dump_json()))
    files["translations/ar.po"] = translated(package, "ar", arabic, every)
    load_course(db, None, package, files, FileStore(folder / "files"), now)
    db.flush()
    return package
