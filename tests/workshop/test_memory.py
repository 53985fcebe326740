"""The memory gives what was approved, the most alike first, and misses little of what comparing all would find."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from rapidfuzz import fuzz, process
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from bench.texts import Writer, remember
from lms.kernel.db import Database
from lms.kernel.refusals import NotFound
from lms.operations import schema
from lms.translation.models import Segment, SegmentRevision, Translation
from lms.translation.rules import memory_form
from lms.translation.service import (
    Draft,
    Seen,
    TranslatedText,
    approve_translation,
    save_translation,
    take_in_sources,
    take_in_translations,
)
from lms.workshop.queries.memory import ALIKE, ALMOST, Match, match_text, matches
from tests.people import make_person

PAID = "People are paid on the first Monday of the month."
LATER = "People are paid on the first Tuesday of the month, at home."
FAR = "A register of households is kept by the municipality."


@dataclass(slots=True)
class Memory:
    db: Session
    now: datetime
    collections: dict[str, list[str]] = field(default_factory=dict)

    def take_in(self, collection: str, *sources: str) -> None:
        self.collections[collection] = list(sources)
        take_in_sources(self.db, collection, {"lesson a": sources}, lambda text: len(text.split()), self.now)

    def approve(self, collection: str, language: str, said: dict[str, str]) -> None:
        texts = [TranslatedText("lesson a", source, target, None) for source, target in said.items()]
        take_in_translations(self.db, collection, language, texts, self.now)

    def segment(self, collection: str, source: str) -> Segment:
        joined = select(Segment).join(SegmentRevision, SegmentRevision.segment_id == Segment.id)
        return self.db.scalars(joined.where(Segment.collection == collection, SegmentRevision.text == source)).one()

    def ask(self, source: str, language: str = "fr", **options: Any) -> list[Match]:
        return matches(self.db, source, language, **{"leave_out": None, **options})


@pytest.fixture
def memory(db: Session, now: datetime) -> Memory:
    return Memory(db, now)


def test_the_same_text_comes_first_and_then_what_is_alike(memory: Memory) -> None:
    memory.take_in("one", PAID, FAR)
    memory.take_in("two", LATER, PAID)
    memory.approve("one", "fr", {PAID: "Payé le lundi.", FAR: "Un registre."})
    memory.approve("two", "fr", {LATER: "Payé le mardi."})
    found = memory.ask(PAID)
    assert [(each.translation, each.collection) for each in found] == [
        ("Payé le lundi.", "one"),
        ("Payé le mardi.", "two"),
    ]
    assert found[0].exact
    assert ALIKE <= found[1].similarity < 1
    assert found[0].segment == memory.segment("one", PAID).public_id
    mine = memory.segment("one", PAID).id
    assert [each.translation for each in memory.ask(PAID, leave_out=mine)] == ["Payé le mardi."]
    assert memory.ask(PAID, "ar") == []
    assert len(memory.ask(PAID, most=1)) == 1


def test_capitals_and_spaces_make_it_almost_the_same(memory: Memory) -> None:
    memory.take_in("one", PAID)
    memory.approve("one", "fr", {PAID: "Payé."})
    found = memory.ask(PAID.upper().replace(" ", "  "))
    assert [each.similarity for each in found] == [ALMOST]


@pytest.mark.parametrize("text", ["A", "5", "—", "…", "Yes", "الدفع", "It is", "GDP", "**", "a" * 3000])
def test_the_same_text_is_found_however_little_it_says(memory: Memory, text: str) -> None:
    memory.take_in("one", text, PAID, "It is not.", "Yesterday", "54")
    memory.approve("one", "fr", {text: "T", "It is not.": "N", "54": "54"})
    assert memory.ask(text)[0].translation == "T"
    assert memory.ask(text)[0].exact


def test_the_same_text_is_found_among_many_that_share_its_words(memory: Memory) -> None:
    many = [f"It is {number:04}" for number in range(700)]
    memory.take_in("one", *many, "It is")
    memory.approve("one", "fr", {text: f"C'est {text}" for text in many} | {"It is": "C'est"})
    assert memory.ask("It is")[0].translation == "C'est"
    assert memory.ask("It is 0350")[0].translation == "C'est It is 0350"


def test_only_approved_texts_are_remembered(memory: Memory) -> None:
    db, now = memory.db, memory.now
    memory.take_in("one", PAID)
    segment, chi, rim = memory.segment("one", PAID), make_person(db, "chi"), make_person(db, "rim")
    draft = save_translation(db, chi, segment, "fr", Draft("Brouillon", for_review=False, warnings=0), Seen(0, 1), now)
    assert memory.ask(PAID) == []
    sent = save_translation(
        db, chi, segment, "fr", Draft("En relecture", for_review=True, warnings=0), Seen(draft.id, 1), now
    )
    assert memory.ask(PAID) == []
    approve_translation(db, rim, segment, "fr", Seen(sent.id, 1), now)
    assert [each.translation for each in memory.ask(PAID)] == ["En relecture"]
    again = save_translation(db, chi, segment, "fr", Draft("Mieux", for_review=True, warnings=0), Seen(sent.id, 1), now)
    assert [each.translation for each in memory.ask(PAID)] == ["En relecture"]
    approve_translation(db, rim, segment, "fr", Seen(again.id, 1), now)
    found = memory.ask(PAID)
    assert [each.translation for each in found] == ["Mieux"]
    assert match_text(db, "fr", found[0].translation_id) == "Mieux"
    for language, chosen in (("fr", draft.id), ("fr", sent.id), ("ar", again.id), ("fr", 10**6)):
        with pytest.raises(NotFound):
            match_text(db, language, chosen)


def test_a_stale_translation_matches_what_it_translates(memory: Memory) -> None:
    memory.take_in("one", PAID)
    memory.approve("one", "fr", {PAID: "Le lundi."})
    memory.take_in("one", LATER)
    assert [(each.source, each.exact) for each in memory.ask(PAID)] == [(PAID, True)]
    found = memory.ask(LATER)
    assert [(each.source, each.translation, each.exact) for each in found] == [(PAID, "Le lundi.", False)]


def test_equal_pairs_are_shown_once(memory: Memory) -> None:
    for number in range(4):
        memory.take_in(f"course-{number}", PAID)
        memory.approve(f"course-{number}", "fr", {PAID: "Le lundi." if number else "Lundi."})
    found = memory.ask(PAID)
    assert [(each.translation, each.collection) for each in found] == [
        ("Le lundi.", "course-3"),
        ("Lundi.", "course-0"),
    ]


@pytest.mark.slow
def test_little_is_missed_of_what_comparing_all_would_find(memory: Memory) -> None:
    """Every text of the courses and three times as many that read like them, asked as authors edit and mistype."""
    writer = Writer(7)
    real = writer.texts
    written = [writer.write() for _ in range(3 * len(real))]
    remember(memory.db, [*real, *written], "fr")
    known = [memory_form(each) for each in [*real, *written]]
    assert [each for each in real if not memory.ask(each, most=1)[0].exact] == []
    asked = [(writer.edit, writer.mistype)[number % 2](writer.chance.choice(real)) for number in range(300)]
    queries, worth, missed = _count(memory.db), 0, []
    for question in asked:
        best = process.extractOne(memory_form(question), known, scorer=fuzz.ratio)[1] / 100
        found = memory.ask(question)
        if best >= 0.75:
            worth += 1
            missed += [(question, best, found[:1])] if not found or found[0].similarity < min(best, ALMOST) else []
    assert worth > 200
    assert len(missed) <= worth // 100, missed
    assert len(queries) <= 3 * len(asked)
    assert memory.db.scalar(select(Translation.id).limit(1))


def _count(db: Session) -> list[str]:
    asked: list[str] = []

    @event.listens_for(db.get_bind(), "before_cursor_execute")
    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    return asked


def test_what_was_translated_before_the_memory_was_there_is_found(database: Database, now: datetime) -> None:
    with database.session(write=True) as db:
        older = Memory(db, now)
        older.take_in("one", PAID)
        older.approve("one", "fr", {PAID: "Le lundi."})
        db.commit()
    schema.undo_to(database, "0001")
    schema.migrate(database)
    with database.session(write=False) as db:
        assert [each.exact for each in Memory(db, now).ask(PAID)] == [True]
