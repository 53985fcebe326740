"""What people of a run write: threads, answers, edits, reports; what those who teach do with it."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from lms.accounts.models import Person
from lms.discussion.models import Mention, Post, PostReport, PostVersion, Thread
from lms.discussion.policy import may_edit, may_report, may_resolve, may_write
from lms.discussion.queries import Hall, Topic, people_to_mention
from lms.discussion.rules import (
    LONGEST_POST,
    LONGEST_REASON,
    LONGEST_TITLE,
    MOST_MENTIONS,
    OTHER_LANGUAGES,
    tidy_post,
    tidy_title,
)
from lms.discussion.source import draw_post
from lms.kernel.audit import record_audit
from lms.kernel.i18n import LANGUAGES, _
from lms.kernel.rates import count_try
from lms.kernel.refusals import Conflict, Invalid, require
from lms.learning.service import complete_activity
from lms.runs.models import Run
from lms.runs.policy import may_teach

MOST_POSTS, POSTS_WITHIN = 60, timedelta(hours=1)
"""More than anybody types: it stops programs."""


def open_thread(
    db: Session,
    hall: Hall,
    topic: Topic,
    *,
    title: str,
    text: str,
    lang: str,
    mentioned: Collection[str],
    now: datetime,
) -> Thread:
    """Begin to talk about something. `mentioned` are public ids of people. Raises Denied, Invalid and TooMany."""
    require(may_write(hall.run))
    title, text = tidy_title(title), tidy_post(text)
    problems = _problems(text, lang)
    if not title:
        problems["title"] = _("Say in a few words what it is about.")
    elif len(title) > LONGEST_TITLE:
        problems["title"] = _("This is too long.")
    if problems:
        raise Invalid(problems)
    thread = Thread(
        run_id=hall.run.id,
        module=topic.module,
        activity=topic.activity,
        title=title,
        lang=lang,
        author_id=hall.person.id,
        opened_at=now,
        last_post_at=now,
    )
    db.add(thread)
    db.flush()
    post = _write(db, hall, thread, text, lang, mentioned, now, opening=True)
    about = {"thread": thread.public_id, "post": post.public_id, "about": topic.value}
    record_audit(db, hall.person, "open_thread", f"run:{hall.slug}", now, after=about)
    return thread


def answer_thread(
    db: Session, hall: Hall, thread: Thread, *, text: str, lang: str, mentioned: Collection[str], now: datetime
) -> Post:
    """Say something more. The same words sent twice in a row are one post. Raises as `open_thread` does."""
    require(may_write(hall.run))
    text = tidy_post(text)
    if problems := _problems(text, lang):
        raise Invalid(problems)
    db.execute(select(Thread.id).where(Thread.id == thread.id).with_for_update())
    last = db.scalars(select(Post).where(Post.thread_id == thread.id).order_by(Post.id.desc()).limit(1)).one()
    if last.author_id == hall.person.id and (last.text, last.lang) == (text, lang) and last.hidden_at is None:
        return last
    post = _write(db, hall, thread, text, lang, mentioned, now)
    thread.last_post_at = now
    db.flush()
    record_audit(db, hall.person, "answer_thread", f"thread:{thread.public_id}", now, after={"post": post.public_id})
    return post


def _problems(text: str, lang: str) -> dict[str, str]:
    problems = {}
    if not text:
        problems["text"] = _("Write something.")
    elif len(text) > LONGEST_POST:
        problems["text"] = _("This is too long.")
    if lang not in LANGUAGES and lang not in OTHER_LANGUAGES:
        problems["lang"] = _("Choose one from the list.")
    return problems


def _write(
    db: Session,
    hall: Hall,
    thread: Thread,
    text: str,
    lang: str,
    mentioned: Collection[str],
    now: datetime,
    *,
    opening: bool = False,
) -> Post:
    count_try(db, f"post {hall.person.public_id}", most=MOST_POSTS, within=POSTS_WITHIN, now=now)
    known = {each.public_id: each.person_id for each in people_to_mention(db, hall, now)} if mentioned else {}
    if len(set(mentioned)) > MOST_MENTIONS or not set(mentioned) <= known.keys():
        raise Invalid({"mentioned": _("Choose at most %(most)s people from the list.", most=MOST_MENTIONS)})
    post = Post(
        thread_id=thread.id,
        author_id=hall.person.id,
        opening=opening,
        as_teacher=hall.teaches,
        lang=lang,
        text=text,
        html=draw_post(text),
        written_at=now,
    )
    db.add(post)
    db.flush()
    db.add_all(Mention(post_id=post.id, person_id=known[each]) for each in sorted(set(mentioned)))
    db.flush()
    if thread.activity and hall.place:  # who has taken part in a discussion of the course has done it
        complete_activity(db, hall.person, hall.place.enrolment, thread.activity, hall.reading.language, now)
    return post


def edit_post(db: Session, hall: Hall, post: Post, version: int, *, text: str, lang: str, now: datetime) -> None:
    """Say it better; what it said before is kept. Raises Denied, Invalid, and Conflict when it was edited meanwhile."""
    require(may_write(hall.run) and may_edit(hall.person, post))
    text = tidy_post(text)
    if problems := _problems(text, lang):
        raise Invalid(problems)
    if (text, lang) == (post.text, post.lang):
        return
    before = PostVersion(
        post_id=post.id,
        version=post.version,
        lang=post.lang,
        text=post.text,
        html=post.html,
        written_at=post.edited_at or post.written_at,
    )
    change = update(Post).where(Post.id == post.id, Post.version == version, Post.hidden_at.is_(None))
    values = {"text": text, "lang": lang, "html": draw_post(text), "version": version + 1, "edited_at": now}
    if db.execute(change.values(**values).returning(Post.id)).scalar() is None:
        raise Conflict(_("This post was changed in the meantime. Look at it and write again."))
    db.add(before)
    db.flush()
    said = {"version": version + 1}
    record_audit(db, hall.person, "edit_post", f"post:{post.public_id}", now, {"version": version}, said)


def resolve_thread(db: Session, hall: Hall, thread: Thread, *, resolved: bool, now: datetime) -> None:
    """Say that the question has its answer, or that it has not."""
    require(may_write(hall.run) and may_resolve(hall.person, thread, teaching=hall.teaches))
    if (thread.resolved_at is not None) == resolved:
        return
    thread.resolved_at = now if resolved else None
    verb = "resolve_thread" if resolved else "reopen_thread"
    record_audit(db, hall.person, verb, f"thread:{thread.public_id}", now)
    db.flush()


def report_post(db: Session, hall: Hall, post: Post, *, reason: str, now: datetime) -> None:
    """Ask those who teach to look at a post; once is enough."""
    require(may_write(hall.run) and may_report(hall.person, post))
    reason = tidy_post(reason)
    if not reason or len(reason) > LONGEST_REASON:
        raise Invalid({"reason": _("Say in a few words what is wrong with it.")})
    quiet = sqlite.insert if db.get_bind().dialect.name == "sqlite" else postgresql.insert
    values = {"post_id": post.id, "reporter_id": hall.person.id, "reason": reason, "reported_at": now}
    made = quiet(PostReport).values(**values).on_conflict_do_nothing().returning(PostReport.id)
    if db.execute(made).scalar() is not None:
        record_audit(db, hall.person, "report_post", f"post:{post.public_id}", now)


# -- for those who teach


def pin_thread(db: Session, actor: Person, run: Run, thread: Thread, *, pinned: bool, now: datetime) -> None:
    """Put a thread above the others, or back among them."""
    require(may_teach(actor, run.course.slug, run.slug, now) and may_write(run))
    if (thread.pinned_at is not None) == pinned:
        return
    thread.pinned_at = now if pinned else None
    record_audit(db, actor, "pin_thread" if pinned else "unpin_thread", f"thread:{thread.public_id}", now)
    db.flush()


def hide_post(db: Session, actor: Person, run: Run, post: Post, *, reason: str, now: datetime) -> None:
    """Take a post out of the participants' sight, in a closed run too; its reports are settled by that."""
    require(may_teach(actor, run.course.slug, run.slug, now))
    reason = tidy_post(reason)
    if not reason or len(reason) > LONGEST_REASON:
        raise Invalid({"reason": _("Say why, for the others who teach: participants do not see it.")})
    if post.hidden_at is not None:
        raise Conflict(_("Somebody else has hidden this post already."))
    post.hidden_at, post.hidden_reason, post.hidden_by_id = now, reason, actor.id
    waiting = PostReport.post_id == post.id, PostReport.settled_at.is_(None)
    db.execute(update(PostReport).where(*waiting).values(settled_at=now, settled_by_id=actor.id))
    record_audit(db, actor, "hide_post", f"post:{post.public_id}", now)
    db.flush()


def show_post(db: Session, actor: Person, run: Run, post: Post, now: datetime) -> None:
    """Let participants read a hidden post again."""
    require(may_teach(actor, run.course.slug, run.slug, now))
    if post.hidden_at is None:
        return
    post.hidden_at, post.hidden_reason, post.hidden_by_id = None, None, None
    record_audit(db, actor, "show_post", f"post:{post.public_id}", now)
    db.flush()


def leave_post(db: Session, actor: Person, run: Run, report: PostReport, now: datetime) -> None:
    """A report was looked at, and the post stays as it is."""
    require(may_teach(actor, run.course.slug, run.slug, now))
    if report.settled_at is not None:
        return
    report.settled_at, report.settled_by_id = now, actor.id
    record_audit(db, actor, "leave_post", f"post:{report.post.public_id}", now)
    db.flush()
