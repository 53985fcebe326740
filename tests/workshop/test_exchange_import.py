"""Translations come back: what is fine is kept, what is not is told, nobody's text is lost."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from lms.accounts.models import Person, RoleGrant
from lms.accounts.rules import Role
from lms.catalog.models import Course
from lms.catalog.source.problems import Unreadable
from lms.kernel.i18n import use_language
from lms.kernel.models import AuditEntry
from lms.kernel.refusals import Denied
from lms.translation.models import Segment, Translation
from lms.translation.queries import AtHand, at_hand
from lms.translation.rules import Standing, TranslationState
from lms.translation.service import (
    Draft,
    Overtaken,
    Seen,
    approve_all,
    save_translation,
    save_translations,
    take_in_sources,
)
from lms.workshop.exchange import FORMATS, read_file
from lms.workshop.exchange.bundle import Incoming, IncomingUnit
from lms.workshop.queries.exchange import bundle
from lms.workshop.service.importing import Chosen, Line, Outcome, Plan, apply_import, plan_import
from tests.factories import HOW, SLUG, WHAT, course_files, load
from tests.people import make_person

QUICK = "It is quick, and it respects what people know about their own needs."
FIRST = "First people are enrolled, then they are paid, then someone listens to complaints."
CASH = "A [cash transfer](term:transfer) is money that people receive and may spend as they choose."
QUICK_AR = "التحويل سريع، ويحترم ما يعرفه الناس عن احتياجاتهم."
OTHER_AR = "إنه سريع، ويحترم معرفة الناس باحتياجاتهم."
THIRD_AR = "هو سريع، ويحترم ما يعرفه الناس عن حاجاتهم."
FILE = {"name": "ar.po", "digest": "0" * 64}


@dataclass(slots=True)
class Bench:
    """A course on its way into Arabic, two translators and a reviewer."""

    db: Session
    folder: Path
    now: datetime
    course: Course
    chi: Person
    nour: Person
    rim: Person

    def hands(self) -> dict[str, AtHand]:
        return {each.source: each for each in at_hand(self.db, SLUG, "ar")}

    def taken_along(self) -> Incoming:
        """The file as it would be exported now and read again, before anybody worked in it."""
        found = bundle(self.db, self.course, "ar", only_unfinished=False)
        return read_file("ar.po", FORMATS["po"].write(found))

    def write(self, source: str, text: str, who: Person | None = None, *, review: bool = True) -> Translation:
        self.now += timedelta(minutes=1)
        hand = self.hands()[source]
        seen = Seen(hand.newest, hand.segment.revision)
        return save_translation(self.db, who or self.nour, hand.segment, "ar", Draft(text, review, 0), seen, self.now)

    def approve(self, source: str) -> None:
        hand = self.hands()[source]
        assert hand.working is not None
        assert approve_all(self.db, self.rim, [(hand.segment, hand.working)], "ar", self.now) == 1

    def plan(self, incoming: Incoming, who: Person | None = None) -> Plan:
        return plan_import(self.db, who or self.chi, self.course, "ar", incoming, self.now)

    def take(self, incoming: Incoming, *, review: bool = True, instead: tuple[str, ...] = ()) -> int:
        self.now += timedelta(minutes=1)
        chosen = Chosen(review, instead)
        return apply_import(self.db, self.chi, self.course, "ar", incoming, chosen, self.now, file=FILE)

    def edit(self, old: str, new: str) -> None:
        load(self.db, self.folder, self.now, course_files(what=WHAT.replace(old, new), how=HOW.replace(old, new)))


@pytest.fixture
def bench(db: Session, tmp_path: Path, now: datetime) -> Bench:
    load(db, tmp_path, now)
    people = []
    for key, role in (("chi", Role.TRANSLATOR), ("nour", Role.TRANSLATOR), ("rim", Role.REVIEWER)):
        person = make_person(db, key)
        person.grants.append(RoleGrant(role=role, scope=f"course:{SLUG}", language="ar", valid_from=now))
        people.append(person)
    db.flush()
    return Bench(db, tmp_path, now, db.scalars(select(Course)).one(), *people)


def changed(incoming: Incoming, texts: dict[str, str], **values: object) -> Incoming:
    """The file after a translator worked in it."""
    assert texts.keys() <= {each.source for each in incoming.units}
    units = (
        replace(each, target=texts[each.source], **values) if each.source in texts else each  # type: ignore[arg-type]
        for each in incoming.units
    )
    return replace(incoming, units=tuple(units))


def one(plan: Plan, source: str) -> Line:
    (found,) = [line for line in plan.lines if line.unit.source == source]
    return found


def test_what_is_new_is_accepted_and_goes_to_review(bench: Bench) -> None:
    incoming = changed(bench.taken_along(), {QUICK: QUICK_AR, FIRST: "أولًا"})
    plan = bench.plan(incoming)
    assert plan.counts["accepted"] == 2
    assert plan.counts["accepted"] + plan.counts["unchanged"] == len(incoming.units) == len(bench.hands())
    assert bench.hands()[QUICK].standing == Standing.UNTRANSLATED
    assert bench.take(incoming) == 2
    hand = bench.hands()[QUICK]
    assert (hand.standing, hand.working and hand.working.text) == (Standing.IN_REVIEW, QUICK_AR)
    assert hand.working is not None
    assert (hand.working.translated_by_id, hand.working.from_revision) == (bench.chi.id, 1)
    bench.approve(QUICK)
    assert bench.take(incoming) == 0
    assert bench.plan(bench.taken_along()).counts["unchanged"] == len(incoming.units)


def test_one_row_in_the_audit_says_what_was_found(bench: Bench) -> None:
    incoming = changed(bench.taken_along(), {QUICK: QUICK_AR, CASH: "مال"})
    bench.take(incoming)
    entry = bench.db.scalars(select(AuditEntry).where(AuditEntry.actor == f"person:{bench.chi.public_id}")).one()
    assert (entry.action, entry.thing) == ("save_translations", f"translation:{SLUG}/ar")
    assert entry.after is not None
    assert (entry.after["texts"], entry.after["file"]) == (1, FILE)
    assert (entry.after["found"]["accepted"], entry.after["found"]["failing"]) == (1, 1)


def test_what_the_file_calls_unfinished_stays_a_draft(bench: Bench) -> None:
    bench.take(changed(bench.taken_along(), {QUICK: QUICK_AR}, final=False))
    assert bench.hands()[QUICK].standing == Standing.DRAFT
    untouched = bench.taken_along()
    assert bench.plan(untouched).counts["accepted"] == 0
    done = changed(untouched, {QUICK: QUICK_AR}, final=True)
    assert one(bench.plan(done), QUICK).outcome == Outcome.ACCEPTED
    assert bench.take(done, review=False) == 0
    assert bench.take(done) == 1
    hand = bench.hands()[QUICK]
    assert (hand.standing, bench.db.scalar(select(func.count()).select_from(Translation))) == (Standing.IN_REVIEW, 1)


def test_a_person_may_keep_everything_as_drafts(bench: Bench) -> None:
    bench.take(changed(bench.taken_along(), {QUICK: QUICK_AR}), review=False)
    assert bench.hands()[QUICK].standing == Standing.DRAFT


def test_an_empty_target_never_deletes(bench: Bench) -> None:
    bench.write(QUICK, QUICK_AR)
    incoming = changed(bench.taken_along(), {QUICK: ""})
    assert one(bench.plan(incoming), QUICK).outcome == Outcome.UNCHANGED
    assert bench.take(incoming) == 0
    assert bench.hands()[QUICK].standing == Standing.IN_REVIEW


def test_a_source_that_moved_on_is_told_with_both(bench: Bench) -> None:
    incoming = changed(bench.taken_along(), {QUICK: QUICK_AR, FIRST: "أولًا"})
    bench.edit("It is quick", "It is very quick")
    line = one(bench.plan(incoming), QUICK)
    assert line.outcome == Outcome.SOURCE_MOVED
    assert line.hand is not None
    assert line.hand.source.startswith("It is very quick")
    assert bench.take(incoming) == 1
    assert bench.hands()[line.hand.source].standing == Standing.UNTRANSLATED


def test_a_stale_text_nobody_touched_is_unchanged_and_may_be_confirmed(bench: Bench) -> None:
    bench.write(QUICK, QUICK_AR)
    bench.approve(QUICK)
    before = bench.taken_along()
    bench.edit("It is quick", "It is very quick")
    assert one(bench.plan(before), QUICK).outcome == Outcome.UNCHANGED  # taken along before the edit
    stale = bench.taken_along()
    (unit,) = [each for each in stale.units if each.target]
    assert (unit.target, unit.final) == (QUICK_AR, False)
    assert one(bench.plan(stale), unit.source).outcome == Outcome.UNCHANGED
    assert (
        one(bench.plan(changed(stale, {unit.source: QUICK_AR}, final=None)), unit.source).outcome == Outcome.UNCHANGED
    )
    confirmed = changed(stale, {unit.source: QUICK_AR}, final=True)
    assert bench.take(confirmed) == 1
    hand = bench.hands()[unit.source]
    assert (hand.standing, hand.working and hand.working.text) == (Standing.IN_REVIEW, QUICK_AR)


def test_somebody_elses_newer_text_is_not_lost(bench: Bench) -> None:
    incoming = changed(bench.taken_along(), {QUICK: QUICK_AR})
    theirs = bench.write(QUICK, OTHER_AR, review=False)
    line = one(bench.plan(incoming), QUICK)
    assert (line.outcome, line.own, line.unit.target) == (Outcome.WRITTEN_SINCE, False, QUICK_AR)
    assert line.hand is not None
    assert line.hand.text is theirs
    assert bench.take(incoming) == 0
    assert bench.take(incoming, instead=(line.choice,)) == 1
    hand = bench.hands()[QUICK]
    assert hand.working is not None
    assert hand.working.text == QUICK_AR
    states = bench.db.execute(select(Translation.text, Translation.state).order_by(Translation.id)).all()
    assert [tuple(each) for each in states] == [
        (OTHER_AR, TranslationState.RETIRED),
        (QUICK_AR, TranslationState.IN_REVIEW),
    ]


def test_a_choice_holds_for_the_text_that_was_seen(bench: Bench) -> None:
    incoming = changed(bench.taken_along(), {QUICK: QUICK_AR})
    bench.write(QUICK, OTHER_AR)
    choice = one(bench.plan(incoming), QUICK).choice
    bench.write(QUICK, THIRD_AR)
    assert bench.take(incoming, instead=(choice,)) == 0
    hand = bench.hands()[QUICK]
    assert hand.working is not None
    assert hand.working.text == THIRD_AR


def test_a_text_approved_since_is_not_written_over_unseen(bench: Bench) -> None:
    incoming = changed(bench.taken_along(), {QUICK: QUICK_AR})
    bench.write(QUICK, OTHER_AR)
    bench.approve(QUICK)
    assert one(bench.plan(incoming), QUICK).outcome == Outcome.WRITTEN_SINCE


def test_what_was_not_touched_in_the_file_takes_nothing_back(bench: Bench) -> None:
    """Taken along, improved at the desk meanwhile, brought back for the sake of other texts."""
    bench.write(QUICK, QUICK_AR)
    incoming = changed(bench.taken_along(), {FIRST: "أولًا"})
    bench.write(QUICK, OTHER_AR, bench.chi)
    assert bench.plan(incoming).counts == {
        "accepted": 1, "unchanged": len(incoming.units) - 1, "source-moved": 0, "written-since": 0, "failing": 0,
    }  # fmt: skip


def test_the_same_file_improved_again_meets_ones_own_text(bench: Bench) -> None:
    incoming = bench.taken_along()
    assert bench.take(changed(incoming, {QUICK: QUICK_AR})) == 1
    line = one(bench.plan(changed(incoming, {QUICK: OTHER_AR})), QUICK)
    assert (line.outcome, line.own) == (Outcome.WRITTEN_SINCE, True)


def test_a_file_that_lost_its_memory_yields_to_work_but_not_to_nothing(bench: Bench) -> None:
    bench.write(QUICK, OTHER_AR, review=False)
    incoming = changed(bench.taken_along(), {QUICK: QUICK_AR, FIRST: "أولًا"}, base=None, id="", final=True)
    plan = bench.plan(incoming)
    assert one(plan, QUICK).outcome == Outcome.WRITTEN_SINCE
    assert one(plan, FIRST).outcome == Outcome.ACCEPTED  # found by its words in its document


def test_failing_checks_are_told_and_the_rest_is_kept(bench: Bench) -> None:
    incoming = changed(bench.taken_along(), {QUICK: QUICK_AR, CASH: "التحويل النقدي مال.", FIRST: "أو\u202eلًا"})
    plan = bench.plan(incoming)
    assert [line.unit.source for line in plan.of(Outcome.FAILING)] == [CASH, FIRST]
    assert all(line.sentences for line in plan.of(Outcome.FAILING))
    assert "term:transfer" in one(plan, CASH).sentences[0]
    assert bench.take(incoming) == 1
    assert bench.hands()[CASH].standing == Standing.UNTRANSLATED


def test_warnings_are_counted(bench: Bench) -> None:
    incoming = changed(bench.taken_along(), {QUICK: QUICK.upper()})
    assert one(bench.plan(incoming), QUICK).warnings > 0
    bench.take(incoming)
    hand = bench.hands()[QUICK]
    assert hand.working is not None
    assert hand.working.warnings is not None
    assert hand.working.warnings > 0


def test_texts_that_are_not_here_or_there_twice(bench: Bench) -> None:
    incoming = changed(bench.taken_along(), {QUICK: QUICK_AR})
    (unit,) = [each for each in incoming.units if each.target]
    strange = [
        replace(unit, target=OTHER_AR, line=901),
        IncomingUnit(id="not-one-of-ours", source="x", target="y", line=902),
        IncomingUnit(id="", source="x", target="y", line=903, document="lesson what"),
    ]
    plan = bench.plan(replace(incoming, units=(*incoming.units, *strange)))
    assert [(line.unit.line, line.sentences) for line in plan.of(Outcome.FAILING)] == [
        (901, ("This text stands in the file twice; keep one translation.",)),
        (902, ("This text is not in the course, or not any more.",)),
        (903, ("This text is not in the course, or not any more.",)),
    ]
    assert bench.take(replace(incoming, units=(*incoming.units, *strange))) == 1


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"collection": "other"}, "The file belongs to the course “other”; this is “cash-first-steps”."),
        ({"collection": ""}, "The file does not say which course it belongs to"),
        ({"language": "fr"}, "The file is in French, fr; these are texts in Arabic, ar."),
        ({"language": ""}, "The file does not say which language it is in"),
        ({"language": "elvish"}, "The file is in “elvish”; these are texts in Arabic, ar."),
        ({"source_language": "fr"}, "The file translates from French, fr; this course is written in English, en."),
    ],
)
def test_a_file_for_elsewhere_is_refused(bench: Bench, values: dict[str, str], sentence: str) -> None:
    incoming = replace(changed(bench.taken_along(), {QUICK: QUICK_AR}), **values, line=3)  # type: ignore[arg-type]
    for attempt in (bench.plan, bench.take):
        with pytest.raises(Unreadable) as caught:
            attempt(incoming)
        (flaw,) = caught.value.flaws
        assert flaw.line == 3
        assert flaw.sentence.startswith(sentence)
    assert bench.hands()[QUICK].standing == Standing.UNTRANSLATED


def test_a_language_of_one_place_is_explained(bench: Bench) -> None:
    with pytest.raises(Unreadable) as caught, use_language("en"):
        bench.plan(replace(bench.taken_along(), language="ar_SA"))
    assert caught.value.flaws[0].sentence == (
        "The file is in Arabic (Saudi Arabia), ar_SA; this course is translated into Arabic, ar, which counts as "
        "another language. If its texts are right for those readers, set the language of the file to “ar” and send it "
        "again."
    )


def test_who_does_not_work_on_the_language_brings_nothing(bench: Bench) -> None:
    incoming = bench.taken_along()
    bench.chi.grants[0].language = "fr"
    for attempt in (bench.plan, bench.take):
        with pytest.raises(Denied, match="You do not work on this course in this language: Arabic"):
            attempt(incoming)


# -- many at once


def test_many_texts_are_all_kept_or_none(bench: Bench) -> None:
    hands = bench.hands()
    handed = [
        (hands[source].segment, Draft(text, True, 0), Seen(0, 1))
        for source, text in ((QUICK, QUICK_AR), (FIRST, "أولًا"))
    ]
    bench.write(FIRST, "ثانيًا")
    before = bench.db.scalar(select(func.count()).select_from(Translation))
    with pytest.raises(Overtaken, match="Somebody else has written here"), bench.db.begin_nested():
        save_translations(bench.db, bench.chi, SLUG, "ar", handed, bench.now, about={})
    assert bench.db.scalar(select(func.count()).select_from(Translation)) == before
    stale = [(hands[QUICK].segment, Draft(QUICK_AR, True, 0), Seen(0, 0))]
    with pytest.raises(Overtaken, match="The source has changed"):
        save_translations(bench.db, bench.chi, SLUG, "ar", stale, bench.now, about={})


def _large(bench: Bench, count: int) -> Incoming:
    """The course again with so many texts, all of them translated in the file."""
    texts = [f"Sentence {number} of {count} says that people are paid on time." for number in range(count)]
    bench.db.query(Segment).filter(Segment.document != "course").update({"position": None})
    take_in_sources(bench.db, SLUG, {f"lesson {count}": texts}, lambda text: len(text.split()), bench.now)
    incoming = bench.taken_along()
    return changed(
        incoming, {text: f"الجملة {n} من {count} تقول إن الناس يُدفع لهم في الوقت." for n, text in enumerate(texts)}
    )


def _queries(db: Session, deed: Callable[[], object]) -> int:
    count = 0

    def note(*_: object) -> None:
        nonlocal count
        count += 1

    db.flush()
    event.listen(db.get_bind(), "before_cursor_execute", note)
    try:
        deed()
        db.flush()
    finally:
        event.remove(db.get_bind(), "before_cursor_execute", note)
    return count


def test_two_thousand_texts_take_as_many_queries_as_twenty(bench: Bench) -> None:
    counted = []
    for size in (20, 2_000):
        incoming = _large(bench, size)
        assert bench.plan(incoming).counts["accepted"] == size  # and the course is on the shelf, whatever ran before
        planned = _queries(bench.db, lambda incoming=incoming: bench.plan(incoming))  # type: ignore[misc]
        first = _queries(bench.db, lambda incoming=incoming: bench.take(incoming, review=False))  # type: ignore[misc]
        moved_on = _queries(bench.db, lambda incoming=incoming: bench.take(incoming))  # type: ignore[misc]
        again = changed(bench.taken_along(), {each.source: f"{each.target}!" for each in incoming.units if each.target})
        replaced = _queries(bench.db, lambda again=again: bench.take(again))  # type: ignore[misc]
        counted.append((planned, first, moved_on, replaced))
        assert bench.plan(bench.taken_along()).counts["accepted"] == 0
    assert counted[0] == counted[1]
