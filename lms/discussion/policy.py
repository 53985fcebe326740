"""Who may read and write in the discussions of a run, and who looks after them."""

from datetime import datetime

from lms.accounts.models import Person
from lms.discussion.models import Post, Thread
from lms.kernel.i18n import _
from lms.kernel.refusals import Allowed, Refused, Verdict
from lms.runs.models import Run
from lms.runs.policy import may_open
from lms.runs.rules import RunStage


def may_write(run: Run) -> Verdict:
    """Open threads, answer, edit, report, announce: until the run is closed. Who is in the run was asked before."""
    if run.stage == RunStage.CLOSED:
        return Refused(_("This run is closed. Its discussions and announcements can still be read."))
    return Allowed()


def may_read_of(run: Run, module: str | None, *, teaching: bool, now: datetime) -> Verdict:
    """Threads about a module: participants once it is open, those who teach at any time."""
    if teaching or module is None:
        return Allowed()
    return may_open(run, module, now)


def may_edit(person: Person, post: Post) -> Verdict:
    if post.author_id != person.id:
        return Refused(_("Only who wrote a post edits it."))
    if post.hidden_at is not None:
        return Refused(_("This post is hidden and cannot be edited any more."))
    return Allowed()


def may_see_history(person: Person, post: Post, *, teaching: bool) -> Verdict:
    if teaching or post.author_id == person.id:
        return Allowed()
    return Refused(_("Only who wrote a post and those who teach see what it said before."))


def may_resolve(person: Person, thread: Thread, *, teaching: bool) -> Verdict:
    if teaching or thread.author_id == person.id:
        return Allowed()
    return Refused(_("Only who opened a thread and those who teach say that it is resolved."))


def may_report(person: Person, post: Post) -> Verdict:
    if post.author_id == person.id:
        return Refused(_("This post is your own: you can edit it."))
    if post.hidden_at is not None:
        return Refused(_("This post is hidden already."))
    return Allowed()
