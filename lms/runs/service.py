"""Verbs of runs."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lms.accounts.models import Person
from lms.accounts.rules import time_zones
from lms.catalog.models import Course
from lms.catalog.policy import may_enrol
from lms.kernel import events
from lms.kernel.audit import record_audit
from lms.kernel.i18n import LANGUAGES, _
from lms.kernel.refusals import Conflict, Invalid, require
from lms.runs.models import Enrolment, Extension, Run
from lms.runs.policy import may_lead, may_teach
from lms.runs.queries import package_of_run
from lms.runs.rules import (
    NEXT_RUN_STAGES,
    RunKind,
    RunStage,
    Track,
    Visibility,
    is_run_slug,
    shifted,
    weekly_openings,
)


def open_self_paced_run(db: Session, course: Course, now: datetime) -> Run:
    """The course's one self-paced run, made when it is first needed."""
    query = select(Run).where(Run.course_id == course.id, Run.kind == RunKind.SELF_PACED)
    run = db.scalar(query)
    if run is not None:
        return run
    try:
        with db.begin_nested():
            run = Run(course_id=course.id, kind=RunKind.SELF_PACED, slug=course.slug, created_at=now)
            db.add(run)
            db.flush()
    except IntegrityError:  # somebody else opened it this very moment
        run = db.scalars(query).one()
    return run


def enrol(db: Session, person: Person, course: Course, language: str, now: datetime) -> Enrolment:
    """Join a self-paced course; whoever is in already stays as they are. Denied when the course takes nobody."""
    run = open_self_paced_run(db, course, now)
    query = select(Enrolment).where(Enrolment.person_id == person.id, Enrolment.run_id == run.id)
    enrolment = db.scalar(query)
    if enrolment is not None:
        return enrolment
    require(may_enrol(person, course, now))
    enrolment = _enrolment(person, run, language, now)
    try:
        with db.begin_nested():
            db.add(enrolment)
            db.flush()
    except IntegrityError:  # the same person pressed twice
        return db.scalars(query).one()
    record_audit(db, person, "enrol", f"course:{course.slug}", now, after={"language": language})
    return enrolment


def _enrolment(person: Person, run: Run, language: str, now: datetime) -> Enrolment:
    return Enrolment(
        person_id=person.id,
        run_id=run.id,
        country=person.country,
        gender=person.gender,
        organisation_type=person.organisation_type,
        enrolled_at=now,
        language=language,
    )


def remember_place(db: Session, enrolment: Enrolment, activity: str, language: str) -> None:
    """Where the learner is and in which language, so that any device can go on from there."""
    if (enrolment.last_activity, enrolment.language) != (activity, language):
        enrolment.last_activity, enrolment.language = activity, language
        db.flush()


# -- dated runs


@dataclass(frozen=True, slots=True)
class RunDetails:
    """What a coordinator says about a run. All dates are days in its time zone."""

    title: str
    starts_on: date
    weeks: int
    """How long its modules take, the last one included."""
    grace_days: int
    """How long after the last day one may still catch up."""
    time_zone: str
    seats: int | None
    languages: tuple[str, ...]
    visibility: Visibility
    provisional: bool
    apply_from: date | None
    apply_until: date | None
    early_days: int
    confirm_days: int

    @property
    def ends_on(self) -> date:
        return self.starts_on + timedelta(weeks=self.weeks, days=-1)


def details_of(run: Run) -> RunDetails:
    assert run.starts_on
    assert run.ends_on
    assert run.grace_until
    return RunDetails(
        title=run.title or "",
        starts_on=run.starts_on,
        weeks=((run.ends_on - run.starts_on).days + 1) // 7,
        grace_days=(run.grace_until - run.ends_on).days,
        time_zone=run.time_zone,
        seats=run.seats,
        languages=tuple(run.languages),
        visibility=Visibility(run.visibility),
        provisional=run.provisional,
        apply_from=run.apply_from,
        apply_until=run.apply_until,
        early_days=run.early_days,
        confirm_days=run.confirm_days,
    )


def open_run(db: Session, actor: Person | None, course: Course, slug: str, details: RunDetails, now: datetime) -> Run:
    """Plan a dated run of a course; its modules open one a week. `actor` None is the command line.

    Raises Denied, and Invalid where the name in the address is taken or the dates do not fit together.
    """
    if actor is not None:
        require(may_lead(actor, course.slug, None, now))
    _check(details)
    run = Run(
        course=course,
        course_id=course.id,
        kind=RunKind.COHORT,
        slug=_free_slug(db, slug),
        stage=RunStage.PLANNED,
        created_at=now,
        **_columns(details),
    )
    modules = [module.key for module in package_of_run(db, run).modules]
    run.openings = _iso(weekly_openings(modules, details.starts_on))
    _add(db, run)
    record_audit(db, actor, "open_run", f"run:{run.slug}", now, after=_told(details))
    return run


def change_run(db: Session, actor: Person, run: Run, version: int, details: RunDetails, now: datetime) -> None:
    """What was planned has changed; when the first day moves, the openings of the modules move with it.

    Raises Denied, Invalid, and Conflict when somebody else changed the run since it was read.
    """
    require(may_lead(actor, run.course.slug, run.slug, now))
    _check(details)
    if details.seats is not None and details.seats < run.taken:
        raise Invalid({"seats": _("%(number)s places are taken or offered already.", number=run.taken)})
    before = details_of(run)
    openings = run.openings
    if details.starts_on != before.starts_on:
        openings = _iso(shifted(_days(openings), (details.starts_on - before.starts_on).days))
    _swap(db, run, version, **_columns(details), openings=openings)
    record_audit(db, actor, "change_run", f"run:{run.slug}", now, before=_told(before), after=_told(details))


def set_openings(
    db: Session, actor: Person, run: Run, version: int, openings: Mapping[str, date], now: datetime
) -> None:
    """Say on which day each module opens. Raises Denied, Invalid and Conflict."""
    require(may_lead(actor, run.course.slug, run.slug, now))
    known = {module.key for module in package_of_run(db, run).modules}
    wrong = {
        module: _("A module opens while the run takes place.")
        for module, day in openings.items()
        if module not in known or (run.grace_until is not None and day > run.grace_until)
    }
    if wrong:
        raise Invalid(wrong)
    before = run.openings
    _swap(db, run, version, openings=_iso(openings))
    record_audit(db, actor, "set_openings", f"run:{run.slug}", now, before=before, after=_iso(openings))


def set_targets(
    db: Session, actor: Person, run: Run, version: int, targets: Mapping[str, Mapping[str, int]], now: datetime
) -> None:
    """Say what share of the seats selection aims at. Raises Denied, Invalid for shares over the whole, and Conflict."""
    require(may_lead(actor, run.course.slug, run.slug, now))
    wrong = {
        name: _("Together these are more than 100 per cent.")
        for name, shares in targets.items()
        if sum(shares.values()) > 100  # noqa: PLR2004 - per cent
    }
    if wrong:
        raise Invalid(wrong)
    before, kept = run.targets, {name: dict(shares) for name, shares in targets.items() if shares}
    _swap(db, run, version, targets=kept)
    record_audit(db, actor, "set_targets", f"run:{run.slug}", now, before=before, after=kept)


def clone_run(db: Session, actor: Person, run: Run, *, slug: str, title: str, starts_on: date, now: datetime) -> Run:
    """The same plan on other days: every date moves by as many days, every hour stays what the clock on the wall says.

    Nobody who was in it comes along. Floors above copy what is theirs. Raises as `open_run` does.
    """
    require(may_lead(actor, run.course.slug, run.slug, now))
    assert run.starts_on
    days = (starts_on - run.starts_on).days
    columns = _columns(details_of(run)) | {"title": title, "provisional": True}
    for name in ("starts_on", "ends_on", "grace_until", "apply_from", "apply_until"):
        columns[name] = columns[name] and columns[name] + timedelta(days=days)
    copy = Run(
        course=run.course,
        course_id=run.course_id,
        kind=RunKind.COHORT,
        slug=_free_slug(db, slug),
        stage=RunStage.PLANNED,
        openings=_iso(shifted(_days(run.openings), days)),
        targets=run.targets,
        cloned_from_id=run.id,
        created_at=now,
        **columns,
    )
    _check(details_of(copy))
    _add(db, copy)
    record_audit(db, actor, "clone_run", f"run:{copy.slug}", now, after={"from": run.slug, "days": days})
    events.record(db, "run.cloned", run=run, copy=copy, days=days)
    return copy


def move_run(db: Session, actor: Person, run: Run, to: RunStage, now: datetime) -> None:
    """Move a run on in its life. Closing is a verb of its own, above: it issues certificates.

    Raises Denied, and Conflict when the run has moved meanwhile or no way leads there.
    """
    require(may_lead(actor, run.course.slug, run.slug, now))
    if to is RunStage.CLOSED:
        raise Conflict(_("A run is closed on its closing page, when the final list is settled."))
    _move(db, run, to)
    record_audit(db, actor, "move_run", f"run:{run.slug}", now, after={"stage": to.value})


def close_run(db: Session, actor: Person, run: Run, now: datetime) -> None:
    """The last move. Raises as `move_run` does."""
    require(may_lead(actor, run.course.slug, run.slug, now))
    _move(db, run, RunStage.CLOSED, closed_at=now)
    record_audit(db, actor, "close_run", f"run:{run.slug}", now)


def _move(db: Session, run: Run, to: RunStage, **more: Any) -> None:
    """Compare and swap: of two who move a run at once, the second is told."""
    ahead = [stage for stage, moves in NEXT_RUN_STAGES.items() if to in moves]
    change = update(Run).where(Run.id == run.id, Run.stage.in_(ahead), Run.stage == run.stage)
    if not db.execute(change.values(stage=to, version=Run.version + 1, **more).returning(Run.id)).all():
        raise Conflict(_("The run cannot move there from where it stands now."))
    _read_again(db, run)


def take_seat(db: Session, run: Run) -> bool:
    """Hold one seat, whoever else wants one at this moment; False when none is left."""
    free = (Run.seats.is_(None)) | (Run.taken < Run.seats)
    change = update(Run).where(Run.id == run.id, free).values(taken=Run.taken + 1)
    held = bool(db.execute(change.returning(Run.id)).all())
    db.refresh(run, ["taken"])
    return held


def free_seat(db: Session, run: Run) -> None:
    """Give a held seat back."""
    db.execute(update(Run).where(Run.id == run.id).values(taken=Run.taken - 1))
    db.refresh(run, ["taken"])


def enrol_participant(
    db: Session, actor: Person | None, person: Person, run: Run, track: Track, language: str, now: datetime
) -> Enrolment:
    """Somebody whose seat is held already is in the run from now on. Who had left comes back to what they had done."""
    found = db.scalar(select(Enrolment).where(Enrolment.person_id == person.id, Enrolment.run_id == run.id))
    if found is not None and found.withdrawn_at is None:
        raise Conflict(_("This person is in the run already."))
    enrolment = found or _enrolment(person, run, language, now)
    enrolment.track, enrolment.withdrawn_at = track, None
    db.add(enrolment)
    db.flush()
    record_audit(db, actor, "enrol_participant", f"run:{run.slug}", now, after=_who(person, track=track.value))
    events.record(db, "participant.enrolled", run=run, enrolment=enrolment, person=person)
    return enrolment


def withdraw_participant(
    db: Session, actor: Person, run: Run, enrolment: Enrolment, *, reason: str, now: datetime
) -> None:
    """A participant leaves, or is taken out with a reason: the seat is free, what they did is kept.

    Raises Denied, Invalid without a reason, and Conflict when they have left already or the run is closed.
    """
    person = db.get_one(Person, enrolment.person_id)
    if actor.id != person.id:
        require(may_lead(actor, run.course.slug, run.slug, now))
        if not reason.strip():
            raise Invalid({"reason": _("Say why, so that it can be understood later.")})
    if run.stage == RunStage.CLOSED:
        raise Conflict(_("This run is closed. You can still read everything."))
    change = update(Enrolment).where(Enrolment.id == enrolment.id, Enrolment.withdrawn_at.is_(None))
    if not db.execute(change.values(withdrawn_at=now).returning(Enrolment.id)).all():
        raise Conflict(_("This person has left the run already."))
    db.refresh(enrolment)
    free_seat(db, run)
    record_audit(db, actor, "withdraw_participant", f"run:{run.slug}", now, after=_who(person, reason=reason.strip()))
    events.record(db, "participant.withdrew", run=run, enrolment=enrolment, person=person)


def give_extension(
    db: Session, actor: Person, run: Run, enrolment: Enrolment, *, until: date, reason: str, now: datetime
) -> Extension:
    """Give one participant more time, with a reason. Raises Denied, Invalid, and Conflict when the run is closed."""
    require(may_teach(actor, run.course.slug, run.slug, now))
    if run.stage == RunStage.CLOSED:
        raise Conflict(_("This run is closed. You can still read everything."))
    problems = {}
    if not reason.strip():
        problems["reason"] = _("Say why, so that it can be understood later.")
    if run.starts_on and until < run.starts_on:
        problems["until"] = _("This day is before the run begins.")
    if problems:
        raise Invalid(problems)
    extension = Extension(
        enrolment_id=enrolment.id, until=until, reason=reason.strip(), given_by_id=actor.id, given_at=now
    )
    db.add(extension)
    db.flush()
    person = db.get_one(Person, enrolment.person_id)
    after = _who(person, until=until.isoformat(), reason=reason.strip())
    record_audit(db, actor, "give_extension", f"run:{run.slug}", now, after=after)
    return extension


def _who(person: Person, **more: str) -> dict[str, str]:
    return {"person": person.public_id, **more}


def _check(details: RunDetails) -> None:
    problems: dict[str, str] = {}
    if not details.title.strip():
        problems["title"] = _("Say what tells this run from others, for example “Autumn 2027”.")
    if details.time_zone not in time_zones():
        problems["time_zone"] = _("Choose a time zone from the list.")
    if not details.languages or not set(details.languages) <= set(LANGUAGES):
        problems["languages"] = _("Choose at least one language.")
    if (details.apply_from is None) != (details.apply_until is None):
        problems["apply_until"] = _("An open call has a first and a last day; leave both empty for none.")
    elif details.apply_from and details.apply_until and details.apply_from > details.apply_until:
        problems["apply_until"] = _("The last day is before the first day.")
    elif details.apply_until and details.apply_until > details.ends_on:
        problems["apply_until"] = _("Applications end before the run does.")
    if problems:
        raise Invalid(problems)


def _columns(details: RunDetails) -> dict[str, Any]:
    columns = asdict(details)
    del columns["weeks"], columns["grace_days"]
    return columns | {
        "title": details.title.strip(),
        "ends_on": details.ends_on,
        "grace_until": details.ends_on + timedelta(days=details.grace_days),
        "languages": list(details.languages),
    }


def _told(details: RunDetails) -> dict[str, Any]:
    """For the audit log."""
    return {name: str(value) if isinstance(value, date) else value for name, value in asdict(details).items()}


def _free_slug(db: Session, slug: str) -> str:
    if not is_run_slug(slug):
        raise Invalid({"slug": _("Use lower-case letters, digits and single hyphens.")})
    taken = db.scalar(select(Run.id).where(Run.slug == slug)) or db.scalar(select(Course.id).where(Course.slug == slug))
    if taken:
        raise Invalid({"slug": _("Another run or course has this name.")})
    return slug


def _add(db: Session, run: Run) -> None:
    try:
        with db.begin_nested():
            db.add(run)
            db.flush()
    except IntegrityError as error:
        raise Invalid({"slug": _("Another run or course has this name.")}) from error


def _swap(db: Session, run: Run, version: int, **values: Any) -> None:
    change = update(Run).where(Run.id == run.id, Run.version == version)
    if not db.execute(change.values(version=version + 1, **values).returning(Run.id)).all():
        raise Conflict(_("Somebody else changed this run since you opened the page. Look at it again."))
    _read_again(db, run)


def _read_again(db: Session, run: Run) -> None:
    """Its columns; the course stays as it was loaded."""
    db.refresh(run, list(Run.__mapper__.columns.keys()))


def _iso(openings: Mapping[str, date]) -> dict[str, str]:
    return {module: day.isoformat() for module, day in openings.items()}


def _days(openings: Mapping[str, str]) -> dict[str, date]:
    return {module: date.fromisoformat(day) for module, day in openings.items()}
