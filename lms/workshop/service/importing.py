"""Bringing translations back: what a file would change, and changing it.

A plan is made anew whenever it is carried out, so that nothing rests on what somebody was shown earlier. What is fine
is taken over; what is not stays as it was, and is told with its line.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from lms.accounts.models import Person
from lms.catalog.models import Course
from lms.catalog.source.catalogue import is_language
from lms.catalog.source.problems import Flaw, Unreadable
from lms.kernel.i18n import _, language_name
from lms.kernel.refusals import require
from lms.translation.models import Segment
from lms.translation.queries import AtHand, at_hand, past_texts
from lms.translation.rules import TranslationState
from lms.translation.service import Draft, Seen, hold_collection, save_translations
from lms.workshop.checks import Finding, TermPair, check_translation
from lms.workshop.exchange.bundle import Incoming, IncomingUnit
from lms.workshop.policy import may_translate
from lms.workshop.queries.terms import terms_of


class Outcome(StrEnum):
    """What becomes of one text of a file."""

    ACCEPTED = "accepted"
    UNCHANGED = "unchanged"
    SOURCE_MOVED = "source-moved"
    """It translates what the source does not say any more."""
    WRITTEN_SINCE = "written-since"
    """Here too somebody has written since the file was taken along; the person decides whose text it shall be."""
    FAILING = "failing"


@dataclass(frozen=True, slots=True)
class Line:
    """One text of a file beside what is here."""

    outcome: Outcome
    unit: IncomingUnit
    hand: AtHand | None
    """The segment it belongs to, if there is one."""
    sentences: tuple[str, ...] = ()
    warnings: int = 0
    """How many checks it fails that may be failed."""
    own: bool = False
    """What is here was written by the very person who brings the file."""

    @property
    def choice(self) -> str:
        """Names this text of the file and what is here now, so that a choice holds for what was seen only."""
        return f"{self.unit.id}.{self.hand.newest}" if self.hand else ""


@dataclass(frozen=True, slots=True)
class Plan:
    lines: tuple[Line, ...]

    def of(self, *outcomes: Outcome) -> list[Line]:
        return [line for line in self.lines if line.outcome in outcomes]

    @property
    def counts(self) -> dict[str, int]:
        counted = Counter(line.outcome for line in self.lines)
        return {str(outcome): counted[outcome] for outcome in Outcome}


def plan_import(db: Session, actor: Person, course: Course, language: str, incoming: Incoming, now: datetime) -> Plan:
    """What this file would change. Unreadable when it belongs elsewhere; a constant number of queries."""
    require(may_translate(actor, course.slug, language, now))
    _refuse_other_places(course, language, incoming)
    checks = _Checks(course, language, terms_of(db, language))
    pairs = _beside_each_other(incoming.units, at_hand(db, course.slug, language))
    taken_along = past_texts(db, {unit.base for unit, hand in pairs if unit.base and hand and unit.base != hand.newest})
    seen: set[int] = set()
    lines = []
    for unit, hand in pairs:
        untouched = hand is not None and taken_along.get((hand.segment.id, unit.base or 0)) == unit.target
        line = Line(Outcome.UNCHANGED, unit, hand) if untouched else _line(unit, hand, actor, checks)
        if hand and unit.target:
            if hand.segment.id in seen:
                twice = _("This text stands in the file twice; keep one translation.")
                line = Line(Outcome.FAILING, unit, hand, (twice,))
            seen.add(hand.segment.id)
        lines.append(line)
    return Plan(tuple(lines))


def _beside_each_other(
    units: Iterable[IncomingUnit], hands: Iterable[AtHand]
) -> list[tuple[IncomingUnit, AtHand | None]]:
    """Each text of the file with its segment: by its id, else by what the source says in its document."""
    by_id, by_text = {}, {}
    for hand in hands:
        by_id[hand.segment.public_id] = by_text[hand.segment.document, hand.source] = hand
    return [(unit, by_id.get(unit.id) if unit.id else by_text.get((unit.document, unit.source))) for unit in units]


@dataclass(frozen=True, slots=True)
class _Checks:
    """What every text of one import is held against."""

    course: Course
    language: str
    terms: list[TermPair]

    def findings(self, hand: AtHand, text: str) -> list[Finding]:
        return check_translation(
            hand.source,
            text,
            language=self.language,
            source_language=self.course.source_language,
            terms=self.terms,
            tight=hand.segment.document.startswith("figure "),
        )


def _refuse_other_places(course: Course, language: str, incoming: Incoming) -> None:
    """Sentences about a file that is for another course or another language."""
    sentences = []
    if incoming.collection != course.slug:
        sentences.append(_wrong_course(incoming.collection, course.slug))
    if incoming.language != language:
        sentences.append(_wrong_language(incoming.language, language))
    if incoming.source_language not in {"", course.source_language}:
        sentences.append(
            _(
                "The file translates from %(theirs)s; this course is written in %(ours)s.",
                theirs=_named(incoming.source_language),
                ours=_named(course.source_language),
            )
        )
    if sentences:
        raise Unreadable([Flaw(incoming.line, 1, sentence) for sentence in sentences])


def _wrong_course(theirs: str, ours: str) -> str:
    if not theirs:
        return _("The file does not say which course it belongs to; export it here and fill in that file.")
    return _("The file belongs to the course “%(theirs)s”; this is “%(ours)s”.", theirs=theirs, ours=ours)


def _wrong_language(theirs: str, ours: str) -> str:
    if not theirs:
        return _("The file does not say which language it is in; export it here and fill in that file.")
    if theirs.partition("_")[0] == ours.partition("_")[0]:
        return _(
            "The file is in %(theirs)s; this course is translated into %(ours)s, which counts as another language. "
            "If its texts are right for those readers, set the language of the file to “%(code)s” and send it again.",
            theirs=_named(theirs),
            ours=_named(ours),
            code=ours,
        )
    return _("The file is in %(theirs)s; these are texts in %(ours)s.", theirs=_named(theirs), ours=_named(ours))


def _named(code: str) -> str:
    """A language by its name, where it has one, and by its code."""
    return f"{language_name(code)}, {code}" if is_language(code) else f"“{code}”"


def _line(unit: IncomingUnit, hand: AtHand | None, actor: Person, checks: _Checks) -> Line:
    if not unit.target:
        return Line(Outcome.UNCHANGED, unit, hand)
    if hand is None:
        return Line(Outcome.FAILING, unit, None, (_("This text is not in the course, or not any more."),))
    if _is_here_already(unit, hand):
        return Line(Outcome.UNCHANGED, unit, hand)
    if unit.source != hand.source:
        return Line(Outcome.SOURCE_MOVED, unit, hand)
    found = checks.findings(hand, unit.target)
    sentences = unit.flaws or tuple(each.sentence for each in found if each.blocking)
    if sentences:
        return Line(Outcome.FAILING, unit, hand, sentences)
    outcome = Outcome.WRITTEN_SINCE if _is_newer(hand, unit) else Outcome.ACCEPTED
    own = hand.text is not None and hand.text.translated_by_id == actor.id
    return Line(outcome, unit, hand, (), len(found), own)


def _is_here_already(unit: IncomingUnit, hand: AtHand) -> bool:
    """The file says what is said here, and does not say that it is more finished than it is here."""
    text = hand.text
    if text is None or text.text != unit.target:
        return False
    done = text.from_revision == hand.segment.revision and text.state != TranslationState.DRAFT
    return done or not unit.final or unit.source != hand.source


def _is_newer(hand: AtHand, unit: IncomingUnit) -> bool:
    """Whether the text here is another one, which whoever made the file cannot have seen."""
    if hand.text is None or hand.text.text == unit.target:
        return False
    return hand.working is not None if unit.base is None else hand.newest != unit.base


@dataclass(frozen=True, slots=True)
class Chosen:
    """How the person wants a file taken over."""

    for_review: bool
    """Hand over for review what the file calls done, rather than keeping it as drafts."""
    instead: Collection[str] = ()
    """Texts of the file that replace what somebody wrote since, by `Line.choice`."""


def apply_import(
    db: Session,
    actor: Person,
    course: Course,
    language: str,
    incoming: Incoming,
    chosen: Chosen,
    now: datetime,
    *,
    file: dict[str, str],
) -> int:
    """Take over what is fine, all in this transaction; how many texts changed. `file` names it in the audit."""
    hold_collection(db, course.slug)
    plan = plan_import(db, actor, course, language, incoming, now)
    taken = [line for line in plan.lines if _is_taken(line, chosen)]
    handed = [each for line in taken if (each := _handed(line, chosen)) is not None]
    about = {"file": file, "found": plan.counts}
    return save_translations(db, actor, course.slug, language, handed, now, about=about)


def _is_taken(line: Line, chosen: Chosen) -> bool:
    return line.outcome == Outcome.ACCEPTED or (line.outcome == Outcome.WRITTEN_SINCE and line.choice in chosen.instead)


def _handed(line: Line, chosen: Chosen) -> tuple[Segment, Draft, Seen] | None:
    if line.hand is None:
        return None
    draft = Draft(line.unit.target, chosen.for_review and line.unit.final is not False, line.warnings)
    return line.hand.segment, draft, Seen(line.hand.newest, line.hand.segment.revision)
