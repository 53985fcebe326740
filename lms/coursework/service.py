"""Verbs of coursework: save, hand in, mark, hand over, release."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from random import SystemRandom
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from lms.accounts.letters import Words
from lms.accounts.models import Person
from lms.catalog.queries import Reading
from lms.catalog.source.parts import Accepted, Assignment, Package
from lms.coursework import letters
from lms.coursework.exchange import ENDINGS, kind_of, name_with
from lms.coursework.letters import About
from lms.coursework.models import CourseworkPlan, Feedback, Grade, GradeRelease, PeerReview, Submission, Work
from lms.coursework.policy import due_day, may_ask_to_revise, may_mark, may_write, opens_on
from lms.coursework.queries import (
    colleagues,
    coursework_plan,
    due_here,
    find_work,
    given_out,
    grades_to_release,
    handed_in_for,
    has_passed,
    latest_submission,
    marks_of,
    shown_to_author,
    submissions_of,
)
from lms.coursework.rules import LONGEST_WORK, MOST_FILES, NEXT_WORK_STATES, Outcome, WorkState, allocation, points_of
from lms.kernel import events
from lms.kernel.audit import record_audit
from lms.kernel.db import new_public_id
from lms.kernel.files import FileStore
from lms.kernel.i18n import LANGUAGES, SOURCE_LANGUAGE, _, current_language, format_size, use_language
from lms.kernel.mail import queue_letter
from lms.kernel.refusals import Conflict, Invalid, NotFound, Refused, require
from lms.runs.models import Enrolment, Run
from lms.runs.policy import OVER, may_lead, may_teach
from lms.runs.queries import Place, course_title, may_work_here, package_of_run, reading_of_run
from lms.runs.rules import RunKind
from lms.settings import Settings

# -- participants


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Written:
    """What a participant sends for an assignment."""

    text: str
    uploads: Sequence[Upload]
    dropped: Sequence[str]
    """Digests of the draft's files that are not wanted any more."""
    version: int
    """Of the draft that was on the page."""


def save_draft(
    db: Session,
    files: FileStore,
    settings: Settings,
    person: Person,
    place: Place,
    activity: str,
    written: Written,
    now: datetime,
) -> Work:
    """Keep what is there so far.

    Raises Denied, Conflict when it was handed in or saved elsewhere meanwhile, and Invalid for files that are not
    taken: all the rest is kept then.
    """
    assignment = _require_writable(db, place, activity, now)
    work = find_work(db, place.enrolment, activity)
    if (work.version if work else 0) != written.version:
        raise _saved_elsewhere()
    work = work or _begin(db, place.enrolment, activity, now)
    kept = [file for file in work.files if file["digest"] not in written.dropped]
    text = written.text.replace("\0", "").replace("\r\n", "\n")[:LONGEST_WORK]
    taken, problems = kept, list[str]()
    if Accepted.FILE in assignment.accepts:
        taken, problems = _take_files(files, kept, written.uploads, settings.max_file_bytes)
    change = update(Work).where(Work.id == work.id, Work.version == written.version, Work.state == work.state)
    values = {"text": text, "files": taken, "version": Work.version + 1, "changed_at": now}
    kept_now = bool(db.execute(change.values(**values).returning(Work.id)).all())
    db.refresh(work, _COLUMNS)
    if not kept_now:
        raise _saved_elsewhere()
    record_audit(db, person, "save_work", f"work:{work.public_id}", now)
    if problems:
        raise Invalid({"files": " ".join(problems)})
    return work


def hand_in(
    db: Session,
    files: FileStore,
    settings: Settings,
    person: Person,
    place: Place,
    activity: str,
    written: Written,
    now: datetime,
) -> Submission:
    """Save and hand in; late is marked, not refused. Raises as `save_draft` does, and Invalid when nothing is there."""
    work = save_draft(db, files, settings, person, place, activity, written, now)
    accepts = place.reading.package.assignments[activity].accepts
    text = work.text.strip() if Accepted.TEXT in accepts else ""
    if not text and not work.files:
        raise Invalid({"text" if Accepted.TEXT in accepts else "files": _("There is nothing to hand in yet.")})
    due = due_here(db, place, activity)
    _move(db, work, WorkState.HANDED_IN, submissions=work.submissions + 1)
    submission = Submission(
        work_id=work.id,
        number=work.submissions,
        text=text,
        files=list(work.files),
        language=place.reading.language,
        handed_in_at=now,
        due_at=due,
        late=due is not None and now >= due and work.submissions == 1,
    )
    db.add(submission)
    db.flush()
    after = {"number": submission.number, "late": submission.late}
    record_audit(db, person, "hand_in", f"work:{work.public_id}", now, after=after)
    return submission


def _saved_elsewhere() -> Conflict:
    reason = _("This work was saved on another page or device in the meantime. Look at both before you save again.")
    return Conflict(reason, {"elsewhere": True})


def _require_writable(db: Session, place: Place, activity: str, now: datetime) -> Assignment:
    if place.run.kind == RunKind.SELF_PACED:
        raise NotFound
    working = may_work_here(db, place, now)
    require(working)
    assignment = place.reading.package.assignments[activity]
    work = find_work(db, place.enrolment, activity)
    verdict = may_write(work, assignment, working, passed=work is not None and has_passed(db, work))
    if isinstance(verdict, Refused):
        raise Conflict(verdict.reason)
    return assignment


def _begin(db: Session, enrolment: Enrolment, activity: str, now: datetime) -> Work:
    try:
        with db.begin_nested():
            work = Work(enrolment_id=enrolment.id, activity=activity, files=[], version=0, changed_at=now)
            db.add(work)
            db.flush()
    except IntegrityError:  # the same person pressed twice
        query = select(Work).where(Work.enrolment_id == enrolment.id, Work.activity == activity)
        return db.scalars(query).one()
    return work


def _take_files(
    files: FileStore, kept: Sequence[dict[str, Any]], uploads: Sequence[Upload], largest: int
) -> tuple[list[dict[str, Any]], list[str]]:
    """The draft's files with the new ones, and a sentence for each that is not taken."""
    taken, problems = list(kept), []
    for upload in uploads:
        kind = kind_of(upload.data)
        if len(upload.data) > largest:
            sentence = _("“%(name)s” is larger than %(size)s.", name=upload.name, size=format_size(largest))
        elif kind is None:
            sentence = _("“%(name)s” is none of: %(kinds)s.", name=upload.name, kinds=", ".join(ENDINGS))
        elif len(taken) >= MOST_FILES:
            sentence = _("“%(name)s” is one file too many; at most %(most)s.", name=upload.name, most=MOST_FILES)
        else:
            digest = files.put(upload.data)
            if digest not in {file["digest"] for file in taken}:
                name = name_with(upload.name, kind)
                taken.append({"digest": digest, "name": name, "type": kind.content_type, "size": len(upload.data)})
            continue
        problems.append(sentence)
    return taken, problems


def give_review(
    db: Session,
    person: Person,
    place: Place,
    activity: str,
    review: PeerReview,
    *,
    levels: Mapping[str, int | None],
    feedback: str,
    now: datetime,
) -> None:
    """Say what one thinks of a classmate's work, once.

    Raises Denied when the time is over, Invalid for what is missing, and Conflict when it was said before.
    """
    require(may_work_here(db, place, now))
    said = feedback.replace("\0", "").replace("\r\n", "\n").strip()
    reached = _check_levels(place.reading.package.assignments[activity], Outcome.GRADED, levels, said)
    if not said:
        raise Invalid({"feedback": _("Say what is good, and what you would change.")})
    change = update(PeerReview).where(PeerReview.id == review.id, PeerReview.given_at.is_(None))
    values = {"levels": reached, "text": said, "given_at": now}
    if not db.execute(change.values(**values).returning(PeerReview.id)).all():
        raise Conflict(_("You have reviewed this work already. Thank you."))
    record_audit(db, person, "give_review", f"review:{review.public_id}", now)


# -- those who mark


@dataclass(frozen=True, slots=True)
class Seen:
    """What a marker had before them: so many submissions, and so often something had been said."""

    submissions: int
    grades: int


def give_grade(
    db: Session,
    settings: Settings,
    person: Person,
    run: Run,
    work: Work,
    seen: Seen,
    *,
    outcome: Outcome,
    levels: Mapping[str, int | None],
    feedback: str,
    now: datetime,
) -> Grade:
    """Say what a submission is worth, or ask for it to be revised. Nothing that was said before is changed.

    Raises Conflict when somebody said something meanwhile, or it was handed in again; Denied; Invalid for levels that
    are missing and for a wish to revise without a word.
    """
    _require_seen(work, seen)
    require(may_mark(person, run, work, work.enrolment.person_id, now))
    reading = reading_of_run(db, run, current_language().code)
    assignment = reading.package.assignments[work.activity]
    if outcome is Outcome.REVISE:
        require(may_ask_to_revise(work, assignment))
    said = feedback.replace("\0", "").replace("\r\n", "\n").strip()
    reached = _check_levels(assignment, outcome, levels, said)
    submission = latest_submission(db, work)
    to = WorkState.GRADED if outcome is Outcome.GRADED else WorkState.REVISE
    _claim(db, work, seen, to, person)
    grade = _grade(reading, assignment, work, submission, person, outcome, reached, now)
    db.add(grade)
    db.flush()
    db.add(Feedback(grade_id=grade.id, text=said))
    db.flush()
    after = {"number": grade.number, "outcome": outcome.value, "points": grade.points}
    record_audit(db, person, "give_grade", f"work:{work.public_id}", now, after=after)
    if outcome is Outcome.REVISE:
        _write(db, settings, run, work, letters.revise, now)
    return grade


def _require_seen(work: Work, seen: Seen) -> None:
    if (work.submissions, work.grades) != (seen.submissions, seen.grades):
        raise Conflict(
            _("This work was marked by somebody else in the meantime, or handed in again. What they wrote is kept.")
        )


def _claim(db: Session, work: Work, seen: Seen, to: WorkState, marker: Person) -> None:
    """Compare and swap on what was seen: of two who mark at once, the second is told."""
    ahead = [state for state, moves in NEXT_WORK_STATES.items() if to in moves]
    change = update(Work).where(
        Work.id == work.id, Work.submissions == seen.submissions, Work.grades == seen.grades, Work.state.in_(ahead)
    )
    values = {"state": to, "grades": seen.grades + 1, "marker_id": marker.id}
    changed = bool(db.execute(change.values(**values).returning(Work.id)).all())
    db.refresh(work, _COLUMNS)
    if not changed:
        _require_seen(work, seen)
        raise Conflict(_("This work is not where it was when you opened the page. Look at it again."))


def _check_levels(
    assignment: Assignment, outcome: Outcome, levels: Mapping[str, int | None], feedback: str
) -> dict[str, int]:
    reached = {
        each.key: level
        for each in assignment.rubric
        if (level := levels.get(each.key)) is not None and 0 <= level < len(each.levels)
    }
    problems = {}
    if outcome is Outcome.GRADED:
        for each in assignment.rubric:
            if each.key not in reached:
                problems[f"level-{each.key}"] = _("Choose a level for each criterion.")
    elif not feedback:
        problems["feedback"] = _("Say what should be revised.")
    if problems:
        raise Invalid(problems)
    return reached


def _grade(
    reading: Reading,
    assignment: Assignment,
    work: Work,
    submission: Submission,
    marker: Person,
    outcome: Outcome,
    levels: dict[str, int],
    now: datetime,
) -> Grade:
    graded = outcome is Outcome.GRADED
    each_level = {each.key: tuple(level.points for level in each.levels) for each in assignment.rubric}
    points = points_of(levels, each_level) if graded else None
    return Grade(
        work_id=work.id,
        number=work.grades,
        submission_id=submission.id,
        edition_id=reading.edition,
        marker_id=marker.id,
        outcome=outcome,
        levels=levels,
        points=points,
        most_points=assignment.most_points if graded else None,
        passed=points >= assignment.pass_points if points is not None else None,
        given_at=now,
    )


def hand_over(db: Session, actor: Person, run: Run, works: Sequence[Work], to: str | None, now: datetime) -> None:
    """Say who marks these works; `to` is the public id of somebody who teaches in the run, None: whoever comes first.

    Raises Denied, and Invalid when nothing is chosen or the person does not teach here.
    """
    require(may_teach(actor, run.course.slug, run.slug, now))
    known = {each.public_id: each.id for each in colleagues(db, run, now)} | {actor.public_id: actor.id}
    if not works:
        raise Invalid({"chosen": _("Tick the works that somebody else should mark.")})
    if to is not None and to not in known:
        raise Invalid({"to": _("Choose somebody who teaches in this run.")})
    marker = known[to] if to is not None else None
    for work in works:
        db.execute(update(Work).where(Work.id == work.id).values(marker_id=marker))
        record_audit(db, actor, "hand_over_work", f"work:{work.public_id}", now, after={"marker": to})
        db.refresh(work, _COLUMNS)


def release_grades(db: Session, settings: Settings, actor: Person, run: Run, activity: str, now: datetime) -> int:
    """Show all grades of an assignment that wait, together; how many. What is passed is done, in the same transaction.

    Raises Denied, and Conflict when the run is closed or one of them is being corrected at this moment.
    """
    require(may_teach(actor, run.course.slug, run.slug, now))
    if run.stage in OVER:
        raise Conflict(_("This run is closed. Nothing is marked any more."))
    found = grades_to_release(db, run, activity)
    for work, grade in found:
        _move(db, work, WorkState.RELEASED, unchanged=Work.grades == grade.number)
        db.add(GradeRelease(grade_id=grade.id, released_by_id=actor.id, released_at=now))
        record_audit(db, actor, "release_grade", f"work:{work.public_id}", now, after={"number": grade.number})
        if grade.passed:
            events.record(db, "assignment.passed", enrolment=work.enrolment, activity=activity)
        _write(db, settings, run, work, letters.marked, now)
    db.flush()
    return len(found)


def allocate_reviews(db: Session, actor: Person, run: Run, activity: str, now: datetime) -> int:
    """Give out classmates' work to everybody who has handed in and has none yet; how many reviews are asked for.

    Raises Denied, and Conflict when the run is closed, nobody reviews here, or fewer than two have handed in.
    """
    require(may_teach(actor, run.course.slug, run.slug, now))
    if run.stage in OVER:
        raise Conflict(_("This run is closed. Nothing is marked any more."))
    each = package_of_run(db, run).assignments[activity].peer_reviews
    # One at a time: two who press at once would give out twice as much.
    db.execute(select(Run.id).where(Run.id == run.id).with_for_update(key_share=True))
    works = handed_in_for(db, run, activity)
    if not each or len(works) <= 1:
        raise Conflict(_("There is nothing to give out: at least two participants must have handed in."))
    authors = list(works)
    SystemRandom().shuffle(authors)
    pairs = allocation(authors, each, given_out(db, run, activity))
    for reviewer, author in pairs:
        work, submission = works[author]
        db.add(PeerReview(work_id=work.id, submission_id=submission.id, reviewer_id=reviewer, allocated_at=now))
    db.flush()
    if pairs:
        after = {"assignment": activity, "reviews": len(pairs)}
        record_audit(db, actor, "allocate_reviews", f"run:{run.slug}", now, after=after)
    return len(pairs)


# -- what a run sets


def set_coursework_plan(
    db: Session,
    actor: Person,
    run: Run,
    version: int,
    days: Mapping[str, date | None],
    blind: Sequence[str],
    now: datetime,
) -> None:
    """Say until the end of which day each assignment is due (None: as the course says), and which are marked blind.

    Raises Denied, Invalid for days outside of the run, and Conflict when somebody else changed it meanwhile.
    """
    require(may_lead(actor, run.course.slug, run.slug, now))
    before, package = coursework_plan(db, run), package_of_run(db, run)
    values = {
        "due_days": _due_days(run, package, days),
        "blind": sorted(set(blind) & set(package.assignments)),
        "version": version + 1,
    }
    if before.version != version or not _keep_plan(db, run, version, values):
        raise Conflict(_("Somebody else changed this in the meantime. Reload the page and look at it again."))
    record_audit(
        db,
        actor,
        "set_coursework_plan",
        f"run:{run.slug}",
        now,
        before={"due_days": dict(before.due_days), "blind": list(before.blind)},
        after={"due_days": values["due_days"], "blind": values["blind"]},
    )


def _due_days(run: Run, package: Package, days: Mapping[str, date | None]) -> dict[str, int]:
    """Those that differ from what the course says, as days after the opening of the module."""
    due_days, wrong = {}, {}
    for key, day in days.items():
        opening = opens_on(run, package, key)
        if day is None or opening is None or day == due_day(run, {}, package, key):
            continue
        if day < opening or (run.grace_until is not None and day > run.grace_until):
            wrong[f"due-{key}"] = _("Choose a day after the module opens and before the run ends.")
        due_days[key] = (day - opening).days
    if wrong:
        raise Invalid(wrong)
    return due_days


def _keep_plan(db: Session, run: Run, version: int, values: dict[str, Any]) -> bool:
    if version == 0:
        try:
            with db.begin_nested():
                db.add(CourseworkPlan(run_id=run.id, **values))
                db.flush()
        except IntegrityError:  # somebody else was first this very moment
            return False
        return True
    change = update(CourseworkPlan).where(CourseworkPlan.run_id == run.id, CourseworkPlan.version == version)
    return bool(db.execute(change.values(**values).returning(CourseworkPlan.run_id)).all())


def copy_plan(db: Session, run: Run, copy: Run) -> None:
    """A cloned run gives as many days, and marks blind what the first one did."""
    plan = coursework_plan(db, run)
    if plan.version:
        db.add(CourseworkPlan(run_id=copy.id, due_days=dict(plan.due_days), blind=list(plan.blind)))
        db.flush()


# -- personal data


def personal_data(db: Session, person: Person) -> dict[str, object]:
    """The person's part of this floor, for "export my data": grades once they may know them."""
    rows = db.execute(
        select(Work, Run)
        .join(Enrolment, Enrolment.id == Work.enrolment_id)
        .join(Run, Run.id == Enrolment.run_id)
        .where(Enrolment.person_id == person.id)
        .order_by(Work.id)
    ).all()
    reviews = db.scalars(
        select(PeerReview)
        .join(Enrolment, Enrolment.id == PeerReview.reviewer_id)
        .where(Enrolment.person_id == person.id, PeerReview.given_at.is_not(None))
        .order_by(PeerReview.id)
    )
    return {
        "assignments": [_work_data(db, work, run) for work, run in rows],
        "reviews": [{"levels": each.levels, "text": each.text, "given_at": each.given_at} for each in reviews],
    }


def _work_data(db: Session, work: Work, run: Run) -> dict[str, object]:
    marks = shown_to_author(marks_of(db, run, work, SOURCE_LANGUAGE))
    return {
        "run": run.slug,
        "assignment": work.activity,
        "draft": {"text": work.text, "files": list(work.files)},
        "handed_in": [
            {
                "number": each.number,
                "text": each.text,
                "files": list(each.files),
                "language": each.language,
                "handed_in_at": each.handed_in_at,
                "late": each.late,
            }
            for each in submissions_of(db, work)
        ],
        "marks": [
            {
                "submission": each.submission,
                "outcome": each.outcome,
                "points": each.points,
                "passed": each.passed,
                "feedback": each.feedback,
                "given_at": each.given_at,
            }
            for each in marks
        ],
    }


def forget_person(db: Session, person: Person) -> None:
    """What a deleted account leaves here: what was handed in when, and its grades, without words and files."""
    enrolments = select(Enrolment.id).where(Enrolment.person_id == person.id)
    works = select(Work.id).where(Work.enrolment_id.in_(enrolments))
    grades = select(Grade.id).where(Grade.work_id.in_(works))
    db.execute(delete(Feedback).where(Feedback.grade_id.in_(grades)))
    about = PeerReview.work_id.in_(works) | PeerReview.reviewer_id.in_(enrolments)
    db.execute(update(PeerReview).where(about).values(text=""))
    db.execute(update(Submission).where(Submission.work_id.in_(works)).values(text="", files=[]))
    db.execute(update(Work).where(Work.enrolment_id.in_(enrolments)).values(text="", files=[]))
    db.flush()


# -- smaller steps

_COLUMNS = ("state", "text", "files", "version", "submissions", "grades", "marker_id")
"""What these verbs change; who it belongs to stays loaded."""


def _move(db: Session, work: Work, to: WorkState, *, unchanged: Any = True, **more: Any) -> None:
    """Compare and swap: of two who move a work at once, the second is told."""
    ahead = [state for state, moves in NEXT_WORK_STATES.items() if to in moves]
    change = update(Work).where(Work.id == work.id, Work.state == work.state, Work.state.in_(ahead), unchanged)
    if not db.execute(change.values(state=to, **more).returning(Work.id)).all():
        raise Conflict(_("This work is not where it was when you opened the page. Look at it again."))
    db.refresh(work, _COLUMNS)


def _write(
    db: Session, settings: Settings, run: Run, work: Work, words: Callable[[About], Words], now: datetime
) -> None:
    """Queue a letter to the author in their language; deleted people get none."""
    person = work.enrolment.person
    if person.deleted_at is not None:
        return
    with use_language(person.language if person.language in LANGUAGES else SOURCE_LANGUAGE):
        language = current_language().code
        reading = reading_of_run(db, run, language)
        activity = reading.package.activity(work.activity)
        title = reading.text("course", activity.title).text if activity else work.activity
        about = About(
            name=person.name,
            platform=settings.platform_name,
            assignment=" ".join(title.split()),
            course=" ".join(course_title(db, run, language).text.split()),
            run=run.title or "",
            link=f"{settings.base_url}/{language}/learn/{run.slug}/assignment/{work.activity}/",
        )
        said = words(about)
    queue_letter(
        db,
        key=new_public_id(),
        to_name=person.name,
        to_email=person.email,
        subject=said.subject,
        text=said.text,
        language=language,
        now=now,
    )
