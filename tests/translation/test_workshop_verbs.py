"""A text on its way from a translator to readers: every state, every refusal, nothing lost."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lms.accounts.models import Person
from lms.kernel.models import AuditEntry
from lms.kernel.refusals import Denied
from lms.translation.models import Segment, Translation
from lms.translation.queries import approved_texts, count_by_standing, history_of
from lms.translation.rules import Standing, TranslationState
from lms.translation.service import (
    Draft,
    Overtaken,
    Seen,
    approve_all,
    approve_translation,
    carry_over,
    save_translation,
    send_back,
    take_in_sources,
)
from tests.people import make_person

ONE = "People are paid."
CHANGED = "People are paid on time."


def _words(text: str) -> int:
    return len(text.split())


@dataclass(slots=True)
class Desk:
    """One segment of a small collection, and two people who work on its Arabic."""

    db: Session
    now: datetime
    segment: Segment
    chi: Person
    rim: Person

    def newest(self) -> int:
        found = self.db.scalars(history_of(self.segment, "ar")).first()
        return found.id if found else 0

    def seen(self) -> Seen:
        return Seen(self.newest(), self.segment.revision)

    def save(
        self, text: str, *, seen: Seen | None = None, who: Person | None = None, review: bool = False
    ) -> Translation:
        self.now += timedelta(minutes=1)
        draft = Draft(text, for_review=review, warnings=0)
        return save_translation(self.db, who or self.chi, self.segment, "ar", draft, seen or self.seen(), self.now)

    def approve(self, who: Person | None = None) -> Translation:
        return approve_translation(self.db, who or self.rim, self.segment, "ar", self.seen(), self.now)

    def source(self, text: str) -> None:
        take_in_sources(self.db, "c", {"lesson a": [text, "Another text that stays."]}, _words, self.now)

    def shown(self) -> str | None:
        found = approved_texts(self.db, "c", "ar").get(self.segment.id)
        return found.text if found else None

    def standing(self) -> Standing:
        rows = [each for each in count_by_standing(self.db, "c", "ar") if each.standing != Standing.UNTRANSLATED]
        return rows[0].standing if rows else Standing.UNTRANSLATED


@pytest.fixture
def desk(db: Session, now: datetime) -> Desk:
    chi, rim = make_person(db, "chi"), make_person(db, "rim")
    refs = take_in_sources(db, "c", {"lesson a": [ONE, "Another text that stays."]}, _words, now)
    return Desk(db, now, db.get_one(Segment, refs["lesson a"][0].segment), chi, rim)


def test_from_nothing_to_readers(desk: Desk) -> None:
    assert desk.standing() == Standing.UNTRANSLATED
    desk.save("يُدفع للناس")
    assert (desk.standing(), desk.shown()) == (Standing.DRAFT, None)
    desk.save("يُدفع للناس.", review=True)
    assert (desk.standing(), desk.shown()) == (Standing.IN_REVIEW, None)
    desk.approve()
    assert (desk.standing(), desk.shown()) == (Standing.APPROVED, "يُدفع للناس.")
    desk.save("يُدفع للناس أموال.", review=True)
    assert (desk.standing(), desk.shown()) == (Standing.IN_REVIEW, "يُدفع للناس.")
    desk.approve()
    assert desk.shown() == "يُدفع للناس أموال."
    history = [(each.text, each.state) for each in desk.db.scalars(history_of(desk.segment, "ar"))]
    assert history == [
        ("يُدفع للناس أموال.", TranslationState.APPROVED),
        ("يُدفع للناس.", TranslationState.RETIRED),
        ("يُدفع للناس", TranslationState.RETIRED),
    ]
    actions = list(desk.db.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))
    assert actions == ["save_translation"] * 2 + ["approve_translation", "save_translation", "approve_translation"]


def test_the_same_text_again_changes_nothing_or_moves_on(desk: Desk) -> None:
    first = desk.save("نص")
    assert desk.save("نص") is first
    assert desk.save("نص", review=True) is first
    assert desk.standing() == Standing.IN_REVIEW
    assert desk.save("نص") is first
    assert desk.standing() == Standing.IN_REVIEW


def test_nobody_approves_their_own_text(desk: Desk) -> None:
    desk.save("نص", review=True)
    with pytest.raises(Denied, match="somebody else has to approve"):
        desk.approve(desk.chi)
    desk.db.scalars(history_of(desk.segment, "ar")).one().approved_by_id = desk.chi.id
    with pytest.raises(IntegrityError, match="not_ones_own"):
        desk.db.flush()


def test_two_at_one_text_the_second_is_told_and_loses_nothing(desk: Desk) -> None:
    before = desk.seen()
    desk.save("نص الأول", seen=before)
    with pytest.raises(Overtaken, match="Somebody else has written"):
        desk.save("نص الثاني", seen=before, who=desk.rim)
    assert desk.save("نص الثاني", who=desk.rim).text == "نص الثاني"


def test_only_what_waits_for_review_is_approved_or_sent_back(desk: Desk) -> None:
    desk.save("نص")
    for verb in (desk.approve, lambda: send_back(desk.db, desk.rim, desk.segment, "ar", "?", desk.seen(), desk.now)):
        with pytest.raises(Overtaken, match="not waiting for review"):
            verb()
    desk.save("نص", review=True)
    seen = desk.seen()
    send_back(desk.db, desk.rim, desk.segment, "ar", "The verb is missing.", seen, desk.now)
    assert desk.standing() == Standing.DRAFT
    assert desk.db.scalars(history_of(desk.segment, "ar")).one().comment == "The verb is missing."


def test_the_source_changes_and_returns(desk: Desk) -> None:
    desk.save("يُدفع للناس.", review=True)
    desk.approve()
    before = desk.seen()
    desk.source(CHANGED)
    assert (desk.standing(), desk.shown()) == (Standing.SOURCE_CHANGED, "يُدفع للناس.")
    with pytest.raises(Overtaken, match="source has changed"):
        desk.save("يُدفع", seen=before)
    desk.source(ONE)
    assert desk.standing() == Standing.APPROVED


def test_a_draft_of_an_earlier_source_is_shown_as_such_and_mended(desk: Desk) -> None:
    desk.save("يُدفع للناس.")
    desk.source(CHANGED)
    assert desk.standing() == Standing.SOURCE_CHANGED
    again = desk.save("يُدفع للناس.", review=True)
    assert again.from_revision == desk.segment.revision
    assert desk.standing() == Standing.IN_REVIEW


def test_meaning_unchanged_carries_over(desk: Desk) -> None:
    desk.save("يُدفع للناس.", review=True)
    desk.approve()
    desk.source(CHANGED)
    with pytest.raises(Overtaken, match="changed again"):
        carry_over(desk.db, desk.rim, desk.segment, 1, desk.now)
    assert carry_over(desk.db, desk.rim, desk.segment, 2, desk.now) == ["ar"]
    assert (desk.standing(), desk.shown()) == (Standing.APPROVED, "يُدفع للناس.")
    carried = desk.db.scalars(history_of(desk.segment, "ar")).first()
    assert carried is not None
    assert (carried.translated_by_id, carried.approved_by_id) == (desk.chi.id, desk.rim.id)
    assert carry_over(desk.db, desk.rim, desk.segment, 2, desk.now) == []


def test_a_draft_outlives_a_text_that_was_approved_after_it(desk: Desk) -> None:
    """The approved text then has the later number: the draft is still the one that is worked on."""
    desk.save("الأول", review=True)
    desk.approve()
    desk.source(CHANGED)
    desk.save("الثاني")
    carry_over(desk.db, desk.rim, desk.segment, 2, desk.now)
    desk.save("الثالث", review=True)
    assert desk.approve().text == "الثالث"


def test_all_at_once_leaves_out_ones_own(desk: Desk) -> None:
    other = desk.db.scalars(select(Segment).where(Segment.id != desk.segment.id)).one()
    desk.save("نص", review=True)
    theirs = save_translation(
        desk.db, desk.rim, other, "ar", Draft("آخر", for_review=True, warnings=0), Seen(0, 1), desk.now
    )
    mine = desk.db.scalars(history_of(desk.segment, "ar")).one()
    assert approve_all(desk.db, desk.rim, [(desk.segment, mine), (other, theirs)], "ar", desk.now) == 1
    assert (mine.state, theirs.state) == (TranslationState.APPROVED, TranslationState.IN_REVIEW)


def test_one_text_at_work_and_one_approved_at_most(desk: Desk) -> None:
    """The database's word, whatever the code believes."""

    def write(*states: str) -> None:
        row = {"segment_id": desk.segment.id, "text": "x", "from_revision": 1, "created_at": desk.now}
        with desk.db.begin_nested():
            desk.db.add_all([Translation(**row, language="fr", state=state) for state in states])
            desk.db.flush()

    for states in (("draft", "in-review"), ("draft", "draft"), ("approved", "approved")):
        with pytest.raises(IntegrityError):
            write(*states)
    write("draft", "approved", "retired", "retired")
