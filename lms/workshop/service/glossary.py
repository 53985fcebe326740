"""Verbs of the glossary: what comes with the platform is taken in once; what people change stays theirs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from sqlalchemy import select
from sqlalchemy.orm import Session

from lms.accounts.models import Person
from lms.kernel import events
from lms.kernel.audit import record_audit
from lms.kernel.i18n import FOLDER, _
from lms.kernel.refusals import Conflict, Denied, Invalid
from lms.kernel.text import fold
from lms.translation.models import GlossaryTerm

LONGEST_TERM, LONGEST_DEFINITION, MOST_FORBIDDEN = 200, 1_000, 20


@dataclass(frozen=True, slots=True)
class Said:
    """How a term is said in one language, as somebody writes it down."""

    term: str
    translation: str
    definition: str
    forbidden: tuple[str, ...] = ()


def seed_files() -> Mapping[str, Path]:
    """The glossary that comes with the platform, by language."""
    return {path.parent.name: path for path in sorted(FOLDER.glob("*/glossary.yaml"))}


@cache
def read_seeds(path: Path) -> tuple[dict[str, Any], ...]:
    return tuple(YAML(typ="safe", pure=True).load(path.read_text("utf-8")))


def take_in_seeds(db: Session, now: datetime) -> int:
    """Add the terms that are not there yet, and were not removed by anybody; how many."""
    added = 0
    for language, path in seed_files().items():
        known = set(db.scalars(select(GlossaryTerm.folded).where(GlossaryTerm.language == language)))
        new = [seed for seed in read_seeds(path) if fold(seed["term"]) not in known]
        db.add_all(
            GlossaryTerm(
                language=language,
                term=seed["term"],
                folded=fold(seed["term"]),
                translation=seed["translation"],
                definition=seed["definition"],
                forbidden=list(seed["forbidden"]),
                needs_review=seed["needs_review"],
                changed_at=now,
            )
            for seed in new
        )
        if new:
            record_audit(db, None, "take_in_glossary", f"glossary:{language}", now, after={"added": len(new)})
            added += len(new)
    db.flush()
    return added


def add_term(db: Session, actor: Person, language: str, said: Said, now: datetime) -> GlossaryTerm:
    """Write down a new term, or one that was removed once. Invalid when the language has it."""
    _check(said)
    row = db.scalar(
        select(GlossaryTerm).where(GlossaryTerm.language == language, GlossaryTerm.folded == fold(said.term))
    )
    if row is not None and row.removed_at is None:
        raise Invalid({"term": _("The glossary has this term already.")})
    if row is None:
        row = GlossaryTerm(language=language, folded=fold(said.term), needs_review=True, version=0)
        db.add(row)
    row.removed_at = None
    _write(row, actor, said, now)
    db.flush()
    _tell(db, actor, "add_term", row, now)
    return row


def change_term(db: Session, actor: Person, row: GlossaryTerm, said: Said, version: int, now: datetime) -> None:
    """Say it otherwise from now on; it needs a native reader's review again. Conflict when somebody was faster."""
    _check(said)
    hold_term(db, row, version)
    taken = select(GlossaryTerm.id).where(
        GlossaryTerm.language == row.language, GlossaryTerm.folded == fold(said.term), GlossaryTerm.id != row.id
    )
    if db.scalar(taken) is not None:
        raise Invalid({"term": _("The glossary has this term already.")})
    before = {"term": row.term, "translation": row.translation}
    row.needs_review, row.folded = True, fold(said.term)
    _write(row, actor, said, now)
    db.flush()
    _tell(db, actor, "change_term", row, now, before)


def confirm_term(db: Session, actor: Person, row: GlossaryTerm, version: int, now: datetime) -> None:
    """A native reader finds it right. Denied to who wrote it last."""
    hold_term(db, row, version)
    if row.changed_by_id == actor.id:
        raise Denied(_("You wrote this term last; somebody else has to confirm it."))
    row.needs_review, row.version = False, row.version + 1
    db.flush()
    _tell(db, actor, "confirm_term", row, now)


def remove_term(db: Session, actor: Person, row: GlossaryTerm, version: int, now: datetime) -> None:
    """Nobody is shown it any more, and the platform does not bring it again."""
    hold_term(db, row, version)
    row.removed_at, row.changed_by_id, row.changed_at, row.version = now, actor.id, now, row.version + 1
    db.flush()
    _tell(db, actor, "remove_term", row, now)


def hold_term(db: Session, row: GlossaryTerm, version: int) -> None:
    """The row as it is now, held until the commit; Conflict when it is not what was seen."""
    db.refresh(row, with_for_update=True)
    if row.version != version or row.removed_at is not None:
        raise Conflict(_("Somebody else has changed this term in the meantime. Look at it and decide anew."))


def _write(row: GlossaryTerm, actor: Person, said: Said, now: datetime) -> None:
    row.term, row.translation, row.definition = said.term, said.translation, said.definition or None
    row.forbidden = list(said.forbidden)
    row.changed_by_id, row.changed_at, row.version = actor.id, now, row.version + 1


def _check(said: Said) -> None:
    wrong: dict[str, str] = {}
    for field, value, longest in (
        ("term", said.term, LONGEST_TERM),
        ("translation", said.translation, LONGEST_TERM),
        ("definition", said.definition, LONGEST_DEFINITION),
    ):
        if len(value) > longest:
            wrong[field] = _("This is too long.")
    if not fold(said.term):
        wrong["term"] = _("Write the term as a dictionary lists it.")
    if not said.translation:
        wrong["translation"] = _("Write how it is said.")
    if len(said.forbidden) > MOST_FORBIDDEN or any(len(each) > LONGEST_TERM for each in said.forbidden):
        wrong["forbidden"] = _("This is too long.")
    if said.translation in said.forbidden:
        wrong["forbidden"] = _("What is right cannot be forbidden as well.")
    if wrong:
        raise Invalid(wrong)


def _tell(
    db: Session, actor: Person, deed: str, row: GlossaryTerm, now: datetime, before: dict[str, Any] | None = None
) -> None:
    after = {"term": row.term, "translation": row.translation}
    record_audit(db, actor, deed, f"glossary:{row.language}/{row.public_id}", now, before, after)
    events.record(db, "glossary.changed", language=row.language)
