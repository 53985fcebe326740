"""Reads of intake: one's own application, the board of those who select, the form, invitations."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from lms.accounts.models import Person
from lms.accounts.rules import is_public_id
from lms.catalog.queries import direction
from lms.intake.models import Application, IntakePlan, Invitation, Review
from lms.intake.policy import may_see_whose
from lms.intake.rules import DECIDED, ApplicationState, Criterion, Standing, in_language, standing_of
from lms.kernel.i18n import SOURCE_LANGUAGE
from lms.kernel.refusals import NotFound
from lms.runs.models import Enrolment, Run
from lms.runs.policy import leads
from lms.translation.rules import Passage

DIMENSIONS = ("country", "gender", "organisation_type")
"""What selection is balanced by."""


# -- one's own


def find_application(db: Session, person: Person, run: Run) -> Application | None:
    query = select(Application).where(Application.run_id == run.id, Application.person_id == person.id)
    return db.scalar(query)


def own_application(db: Session, person: Person, run: Run) -> Application:
    """The same; NotFound for who has none."""
    found = find_application(db, person, run)
    if found is None:
        raise NotFound
    return found


# -- the form


@dataclass(frozen=True, slots=True)
class Question:
    key: str
    text: Passage


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run asks and scores by, as it was written."""

    questions: list[dict[str, Any]]
    criteria: list[dict[str, Any]]
    version: int


def intake_plan(db: Session, run: Run) -> Plan:
    found = db.get(IntakePlan, run.id)
    return Plan(found.questions, found.criteria, found.version) if found else Plan([], [], 0)


def in_words(written: Sequence[Mapping[str, Any]], language: str) -> list[Question]:
    """Own questions or criteria as one reader sees them."""
    lines = []
    for each in written:
        text, code = in_language(each["texts"], language, SOURCE_LANGUAGE)
        lines.append(Question(each["key"], Passage(text, code, direction(code))))
    return lines


def criterion_keys(plan: Plan) -> list[str]:
    return [each["key"] for each in plan.criteria] or [str(each) for each in Criterion]


def anybody_applied(db: Session, run: Run) -> bool:
    query = select(Application.id).where(Application.run_id == run.id, Application.submitted_at.is_not(None))
    return db.scalar(query.limit(1)) is not None


def anybody_scored(db: Session, run: Run) -> bool:
    query = select(Review.id).join(Application, Application.id == Review.application_id)
    return db.scalar(query.where(Application.run_id == run.id).limit(1)) is not None


# -- the board


@dataclass(frozen=True, slots=True)
class Given:
    """The scores of one reviewer."""

    reviewer: str
    scores: dict[str, int]


@dataclass(frozen=True, slots=True)
class Line:
    """One application as a certain person may see it."""

    application: Application
    person: Person | None
    """None while scoring is blind for them."""
    country: str | None
    organisation_type: str | None
    scored_by_me: bool
    scores: int
    standing: Standing | None
    """None as long as they may not see what others gave."""
    given: tuple[Given, ...]
    own: bool


@dataclass(frozen=True, slots=True)
class Filters:
    """Which applications are shown. Empty: all."""

    state: str = ""
    country: str = ""
    organisation_type: str = ""
    unscored: bool = False
    """Only what the person looking has not scored yet."""


@dataclass(frozen=True, slots=True)
class Share:
    """One value of what is balanced: how many of those who hold a place."""

    value: str | None
    """None: not stated."""
    count: int
    share: float
    target: int | None
    """Per cent aimed at."""


@dataclass(frozen=True, slots=True)
class Board:
    lines: list[Line]
    """After the filters, the first to apply first."""
    counts: dict[str, int]
    """Of all applications, by state."""
    countries: list[str]
    """That there are applications from."""
    balance: dict[str, list[Share]]
    selected: int


def board(db: Session, person: Person, run: Run, filters: Filters, now: datetime) -> Board:
    """Everybody who applied; a handful of queries, however many they are."""
    query = select(Application, Person).join(Person, Person.id == Application.person_id)
    rows = db.execute(
        query.where(Application.run_id == run.id, Application.submitted_at.is_not(None)).order_by(Application.id)
    ).all()
    reviews = _reviews(db, Application.run_id == run.id)
    leading = leads(person, run.course.slug, run.slug, now)
    lines = [_line(each, whose, reviews.get(each.id, []), person, leading=leading) for each, whose in rows]
    holders = _holders(db, run)
    return Board(
        lines=[line for line in lines if _passes(line, filters)],
        counts=dict(Counter(line.application.state for line in lines)),
        countries=sorted({line.country for line in lines if line.country}),
        balance={name: _shares([each[name] for each in holders], run.targets.get(name, {})) for name in DIMENSIONS},
        selected=len(holders),
    )


def board_line(db: Session, person: Person, run: Run, public_id: str, now: datetime) -> Line:
    """One application of the run; NotFound for any other, and for one that was never handed in."""
    query = select(Application, Person).join(Person, Person.id == Application.person_id)
    row = db.execute(
        query.where(
            Application.run_id == run.id,
            Application.public_id == public_id,
            Application.submitted_at.is_not(None),
        )
    ).one_or_none()
    if row is None:
        raise NotFound
    application, whose = row
    reviews = _reviews(db, Application.id == application.id).get(application.id, [])
    return _line(application, whose, reviews, person, leading=leads(person, run.course.slug, run.slug, now))


def applications_by_id(db: Session, run: Run, public_ids: Sequence[str]) -> list[Application]:
    """Those of the run, the best scored first; NotFound when one of them is not there."""
    if not all(is_public_id(each) for each in public_ids):  # some PostgreSQL cannot even look for
        raise NotFound
    query = select(Application).where(Application.run_id == run.id, Application.public_id.in_(public_ids))
    found = list(db.scalars(query.where(Application.submitted_at.is_not(None)).order_by(Application.id)))
    if len(found) != len(set(public_ids)):
        raise NotFound
    reviews = _reviews(db, Application.run_id == run.id)
    means = {each.id: standing_of(one.scores for one, _name in reviews.get(each.id, [])).mean for each in found}
    return sorted(found, key=lambda each: -(means[each.id] or 0))


def next_waiting(db: Session, run: Run) -> Application | None:
    """Who is offered the next free seat."""
    query = select(Application).where(Application.run_id == run.id, Application.state == ApplicationState.WAITING_LIST)
    return db.scalar(query.order_by(Application.rank, Application.id).limit(1))


def last_rank(db: Session, run: Run) -> int:
    return db.scalar(select(func.max(Application.rank)).where(Application.run_id == run.id)) or 0


def _reviews(db: Session, which: Any) -> dict[int, list[tuple[Review, str]]]:
    query = select(Review, Person.name).join(Application, Application.id == Review.application_id)
    query = query.join(Person, Person.id == Review.reviewer_id).where(which).order_by(Review.id)
    found: dict[int, list[tuple[Review, str]]] = {}
    for review, name in db.execute(query):
        found.setdefault(review.application_id, []).append((review, name))
    return found


def _line(
    application: Application, whose: Person, reviews: list[tuple[Review, str]], viewer: Person, *, leading: bool
) -> Line:
    mine = any(review.reviewer_id == viewer.id for review, _name in reviews)
    decided = application.state in DECIDED
    shown = may_see_whose(scored_it=mine, decided=decided, leading=leading, scores=len(reviews))
    return Line(
        application=application,
        person=whose if shown else None,
        country=whose.country,
        organisation_type=whose.organisation_type,
        scored_by_me=mine,
        scores=len(reviews),
        standing=standing_of(review.scores for review, _name in reviews) if shown else None,
        given=tuple(Given(name, dict(review.scores)) for review, name in reviews) if shown else (),
        own=application.person_id == viewer.id,
    )


def _passes(line: Line, filters: Filters) -> bool:
    return (
        filters.state in {"", line.application.state}
        and filters.country in {"", line.country}
        and filters.organisation_type in {"", line.organisation_type}
        and not (filters.unscored and (line.scored_by_me or line.own))
    )


def _holders(db: Session, run: Run) -> list[dict[str, str | None]]:
    """Who holds a place: participants as they were when they came in, and those with an offer as they are now."""
    inside = select(Enrolment.country, Enrolment.gender, Enrolment.organisation_type).where(
        Enrolment.run_id == run.id, Enrolment.withdrawn_at.is_(None)
    )
    offered = (
        select(Person.country, Person.gender, Person.organisation_type)
        .join(Application, Application.person_id == Person.id)
        .where(Application.run_id == run.id, Application.state == ApplicationState.ACCEPTED)
    )
    rows = [*db.execute(inside), *db.execute(offered)]
    return [dict(zip(DIMENSIONS, row, strict=True)) for row in rows]


def _shares(values: Sequence[str | None], targets: Mapping[str, int]) -> list[Share]:
    """What is there and what is aimed at, most first; what is not stated at the end."""
    counts = Counter(values)
    known = sorted({*filter(None, counts), *targets}, key=lambda value: (-counts[value], value))
    all_of_them = len(values) or 1
    shares = [Share(value, counts[value], counts[value] / all_of_them, targets.get(value)) for value in known]
    return [*shares, Share(None, counts[None], counts[None] / all_of_them, None)]


# -- invitations


def invitations(db: Session, run: Run) -> list[Invitation]:
    """All of a run, those that wait first."""
    query = select(Invitation).where(Invitation.run_id == run.id)
    return list(db.scalars(query.order_by(Invitation.joined_at.is_not(None), Invitation.email)))


def invitation(db: Session, run: Run, public_id: str) -> Invitation:
    found = db.scalar(select(Invitation).where(Invitation.run_id == run.id, Invitation.public_id == public_id))
    if found is None:
        raise NotFound
    return found


def open_invitations_of(db: Session, email: str) -> list[tuple[Invitation, Run]]:
    """What waits for whoever owns this address."""
    query = select(Invitation, Run).join(Run, Run.id == Invitation.run_id).options(joinedload(Run.course))
    found = db.execute(query.where(Invitation.email == email, Invitation.joined_at.is_(None)).order_by(Run.id))
    return [(invitation, run) for invitation, run in found]
