"""The translators' memory with 50,000 texts: how long it takes to ask, and whether what is most alike is found."""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median, quantiles
from typing import Any

from rapidfuzz import fuzz, process
from sqlalchemy import Engine, event, func, select, text
from sqlalchemy.orm import Session

from bench.ground import new_ground
from bench.table import Table, verdict
from bench.texts import Writer, remember
from lms.kernel.db import Database
from lms.translation.models import SegmentRevision, Translation
from lms.translation.rules import TranslationState, memory_form
from lms.workshop.queries.memory import ALMOST, matches
from tests.postgres import running_postgres

REMEMBERED, ASKED, WARM = 50_000, 600, 40
LANGUAGE, OTHER = "fr", "es"
MUST, AIM = 100, 50
"""Milliseconds for one text, a twentieth of the texts left out."""
WORTH, FOUND_AIM = 0.75, 0.99


def main() -> None:
    table = Table(
        f"Memory of {REMEMBERED:,} texts in a language, and {REMEMBERED // 2:,} more in another",
        [
            *("database", "median ms", "p95 ms", "must", "aim", "", "slowest ms", "queries"),
            *(f"best match from {WORTH:.0%} found", "aim", "the same by comparing all, ms"),
        ],
    )
    with new_ground() as ground:
        table.add("SQLite", *_row(ground.database))
    with running_postgres() as url, new_ground(url) as ground:
        table.add("PostgreSQL", *_row(ground.database))
    print(table)


def _row(database: Database) -> list[str]:
    writer = Writer(1)  # the same texts each time
    with database.session(write=True) as db:
        there = db.scalar(select(func.count()).select_from(Translation).where(Translation.language == LANGUAGE)) or 0
        written = [writer.write() for _ in range(REMEMBERED - there)]
        remember(db, written, LANGUAGE)
        remember(db, [writer.write() for _ in range(REMEMBERED // 2)], OTHER)
        db.commit()
        if not database.is_sqlite:  # PostgreSQL counts its tables by itself a minute later, SQLite never does
            db.execute(text("ANALYZE"))
            db.commit()
    asked = [_question(writer, written, number) for number in range(ASKED)]
    with database.session(write=False) as db:
        whole = [memory_form(source) for source in db.scalars(_sources())]
        best, plainly = zip(*(_timed(lambda each=each: _best(whole, each)) for each in asked), strict=True)
        for each in asked[:WARM]:
            matches(db, each, LANGUAGE, leave_out=None)
        with _counted(database.engine) as queries:
            found, took = zip(*(_timed(lambda each=each: _found(db, each)) for each in asked), strict=True)
    database.close()
    worth = [seen >= min(true, ALMOST) for seen, true in zip(found, best, strict=True) if true >= WORTH]
    p95 = quantiles(took, n=20)[-1]
    cells = [f"{median(took):.0f}", f"{p95:.0f}", f"{MUST}", f"{AIM}", verdict(p95, MUST, AIM), f"{max(took):.0f}"]
    cells += [
        f"{math.ceil(len(queries) / ASKED)}",
        f"{sum(worth) / len(worth):.1%} of {len(worth)}",
        f"{FOUND_AIM:.0%}",
    ]
    return [*cells, f"{median(plainly):.0f}"]


def _question(writer: Writer, written: list[str], number: int) -> str:
    """In turn: a text of the memory edited, one mistyped, one never written, a real one edited, one of a few words."""
    kind = number % 5
    if kind == 2:
        return writer.write()
    if kind == 3:
        return writer.edit(writer.chance.choice(writer.texts))
    if kind == 4:
        return writer.edit(next(each for each in iter(lambda: writer.chance.choice(written), "") if len(each) < 40))
    return (writer.edit, writer.mistype)[kind](writer.chance.choice(written))


def _sources() -> Any:
    return (
        select(SegmentRevision.text)
        .join(
            Translation,
            (Translation.segment_id == SegmentRevision.segment_id)
            & (Translation.from_revision == SegmentRevision.number),
        )
        .where(Translation.language == LANGUAGE, Translation.state == TranslationState.APPROVED)
    )


def _best(whole: list[str], source: str) -> float:
    found = process.extractOne(memory_form(source), whole, scorer=fuzz.ratio)
    return found[1] / 100


def _found(db: Session, source: str) -> float:
    found = matches(db, source, LANGUAGE, leave_out=None)
    return found[0].similarity if found else 0.0


def _timed(ask: Any) -> tuple[float, float]:
    started = time.perf_counter()
    answer = ask()
    return answer, (time.perf_counter() - started) * 1000


@contextmanager
def _counted(engine: Engine) -> Iterator[list[str]]:
    """The statements that are asked inside the block."""
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield asked
    event.remove(engine, "before_cursor_execute", note)
