"""Keeping the glossary of a language: what it says is a person's word; what the platform brings only fills gaps."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lms.accounts.models import Person
from lms.accounts.rules import has_hidden_letters, tidy
from lms.kernel import events
from lms.kernel.audit import record_audit
from lms.kernel.i18n import FOLDER, _
from lms.kernel.models import AuditEntry, Epoch
from lms.kernel.refusals import Conflict, Invalid, require
from lms.kernel.text import fold
from lms.translation.models import GlossaryTerm
from lms.workshop.policy import may_change_glossary, may_confirm_term

LONGEST = 200
LONGEST_DEFINITION = 1_000
MOST_FORBIDDEN = 20


@dataclass(frozen=True, slots=True)
class Wording:
    """What is said of a term, as a person writes it."""

    term: str
    translation: str
    definition: str
    forbidden: tuple[str, ...]


class TermChanged(Conflict):
    """Somebody else changed or removed the term since it was opened: nothing was written."""


def add_term(db: Session, actor: Person, language: str, wording: Wording, now: datetime) -> GlossaryTerm:
    """A term that the language has not. Invalid when it is there."""
    require(may_change_glossary(actor, language, now))
    term = _new(language, _checked(wording), now, needs_review=True)
    term.changed_by_id = actor.id
    with _one_of_its_kind(db):
        db.add(term)
    _note(db, actor, "add_term", term, now, after=_said(term))
    return term


def change_term(
    db: Session, actor: Person, term: GlossaryTerm, wording: Wording, version: int, now: datetime
) -> GlossaryTerm:
    """Say it otherwise. TermChanged when it is not as it was seen; the same again changes nothing.

    What a native speaker confirmed was the wording: another one has to be confirmed anew.
    """
    require(may_change_glossary(actor, term.language, now))
    said = _checked(wording)
    _hold(db, term, version)
    before = _said(term)
    if before == _said(_new(term.language, said, now, needs_review=term.needs_review)):
        return term
    reworded = (term.term, term.translation, term.forbidden) != (said.term, said.translation, list(said.forbidden))
    with _one_of_its_kind(db):
        _put(term, said)
        term.needs_review = term.needs_review or reworded
        term.version, term.changed_at, term.changed_by_id = term.version + 1, now, actor.id
    _note(db, actor, "change_term", term, now, before=before, after=_said(term))
    return term


def confirm_term(db: Session, actor: Person, term: GlossaryTerm, version: int, now: datetime) -> GlossaryTerm:
    """A native speaker says that this is how it is said. Denied for who worded it."""
    require(may_confirm_term(actor, term, now))
    _hold(db, term, version)
    if term.needs_review:
        term.needs_review, term.version = False, term.version + 1
        term.changed_at, term.changed_by_id = now, actor.id
        db.flush()
        _note(db, actor, "confirm_term", term, now, after=_said(term))
    return term


def remove_term(db: Session, actor: Person, term: GlossaryTerm, version: int, now: datetime) -> None:
    """Take a term out; the platform does not bring it again."""
    require(may_change_glossary(actor, term.language, now))
    _hold(db, term, version)
    term.removed_at, term.version = now, term.version + 1
    term.changed_at, term.changed_by_id = now, actor.id
    db.flush()
    _note(db, actor, "remove_term", term, now, before=_said(term))


# -- what the platform brings


def take_in_seeds(db: Session, now: datetime, folder: Path = FOLDER) -> dict[str, int]:
    """Add what the glossaries in `translations/` have and the platform has not; how many terms changed, by language.

    What nobody has changed, confirmed or removed follows its file. A file that was taken in before is not even read:
    the ledger says which one was the last.
    """
    db.execute(select(Epoch.number).with_for_update())  # nodes that start together wait for the first
    taken = {}
    for path in sorted(folder.glob("*/glossary.yaml")):
        language, data = path.parent.name, path.read_bytes()
        digest = sha256(data).hexdigest()
        if digest != _taken_last(db, language):
            taken[language] = changed = _take_in(db, language, read_seeds(data), now)
            after = {"sha256": digest, "terms": changed}
            record_audit(db, None, TAKE_IN, f"glossary:{language}", now, after=after)
            if changed:
                events.record(db, "glossary.changed", language=language)
    return taken


TAKE_IN = "take_in_glossary"


def read_seeds(data: bytes) -> list[tuple[Wording, bool]]:
    """The terms of a file, each with whether a native speaker has yet to confirm it."""
    return [
        (
            Wording(entry["term"], entry["translation"], entry["definition"], tuple(entry["forbidden"])),
            bool(entry["needs_review"]),
        )
        for entry in YAML(typ="safe", pure=True).load(data)
    ]


def _taken_last(db: Session, language: str) -> str | None:
    entries = select(AuditEntry.after).where(AuditEntry.thing == f"glossary:{language}", AuditEntry.action == TAKE_IN)
    last: Mapping[str, Any] | None = db.scalar(entries.order_by(AuditEntry.id.desc()).limit(1))
    return last.get("sha256") if last else None


def _take_in(db: Session, language: str, seeds: Iterable[tuple[Wording, bool]], now: datetime) -> int:
    there = {term.folded: term for term in db.scalars(select(GlossaryTerm).where(GlossaryTerm.language == language))}
    changed = 0
    for wording, needs_review in seeds:
        term, new = there.get(fold(wording.term)), _new(language, wording, now, needs_review=needs_review)
        if term is None:
            db.add(new)
        elif term.changed_by_id is not None or _said(term) == _said(new):
            continue
        else:
            _put(term, wording)
            term.needs_review, term.version, term.changed_at = needs_review, term.version + 1, now
        changed += 1
    db.flush()
    return changed


# -- smaller steps


def _checked(wording: Wording) -> Wording:
    """Each part in one tidy line. Invalid where that is no term."""
    said = Wording(
        tidy(wording.term),
        tidy(wording.translation),
        " ".join(wording.definition.split()),
        tuple(dict.fromkeys(filter(None, map(tidy, wording.forbidden)))),
    )
    wrong = {}
    if not fold(said.term):
        wrong["term"] = _("Write the term as a dictionary lists it.")
    if not fold(said.translation):
        wrong["translation"] = _("Write how it is said.")
    if fold(said.translation) in map(fold, said.forbidden):
        wrong["forbidden"] = _("What is right cannot be forbidden as well.")
    if len(said.forbidden) > MOST_FORBIDDEN:
        wrong["forbidden"] = _("This is too long.")
    parts = {"term": [said.term], "translation": [said.translation], "forbidden": said.forbidden}
    for name, texts in (parts | {"definition": [said.definition]}).items():
        longest = LONGEST_DEFINITION if name == "definition" else LONGEST
        if any(len(text) > longest or len(fold(text)) > longest for text in texts):
            wrong[name] = _("This is too long.")
        if any(has_hidden_letters(text) for text in texts):
            wrong[name] = _("A hidden character stands in this; write it anew instead of pasting it.")
    if wrong:
        raise Invalid(wrong)
    return said


def _new(language: str, said: Wording, now: datetime, *, needs_review: bool) -> GlossaryTerm:
    term = GlossaryTerm(language=language, needs_review=needs_review, version=1, changed_at=now)
    _put(term, said)
    return term


def _put(term: GlossaryTerm, said: Wording) -> None:
    term.term, term.folded, term.translation = said.term, fold(said.term), said.translation
    term.definition, term.forbidden = said.definition or None, list(said.forbidden)


@contextmanager
def _one_of_its_kind(db: Session) -> Iterator[None]:
    """Changes that are undone, and Invalid, where the language has the term already, perhaps since this moment."""
    try:
        with db.begin_nested():
            yield
            db.flush()
    except IntegrityError as error:
        raise Invalid({"term": _("The glossary has this term already.")}) from error


def _hold(db: Session, term: GlossaryTerm, version: int) -> None:
    """Lock the term; TermChanged when it is not as it was seen."""
    db.refresh(term, with_for_update=True)
    if term.version != version or term.removed_at is not None:
        raise TermChanged(_("Somebody else has changed this term in the meantime. Look at it and decide anew."))


def _said(term: GlossaryTerm) -> dict[str, Any]:
    return {
        "term": term.term,
        "translation": term.translation,
        "definition": term.definition,
        "forbidden": term.forbidden,
        "needs_review": term.needs_review,
    }


def _note(db: Session, actor: Person, action: str, term: GlossaryTerm, now: datetime, **states: Any) -> None:
    record_audit(db, actor, action, f"term:{term.language}/{term.public_id}", now, **states)
    events.record(db, "glossary.changed", language=term.language)
