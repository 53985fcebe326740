"""What a learner may do with quizzes: begin, answer, see the right answers."""

from collections.abc import Sequence
from datetime import datetime

from lms.accounts.models import Person
from lms.accounts.policy import holds, is_administrator
from lms.accounts.rules import Role
from lms.assessment.models import Attempt
from lms.assessment.rules import OUTCOMES, AttemptState, Command, Outcome, QuizKind, is_over, minutes_to_wait
from lms.catalog.source.parts import Quiz, Review
from lms.kernel.i18n import _, ngettext
from lms.kernel.refusals import Allowed, Refused, Verdict

READERS = (Role.TRAINER, Role.AUTHOR, Role.REVIEWER, Role.COORDINATOR, Role.PROGRAMME_MANAGER)


def may_read_statistics(person: Person, slug: str, now: datetime) -> bool:
    """Whether the statistics of a course's questions exist for this person: they tell how hard each question is."""
    return is_administrator(person, now) or any(holds(person, role, now, f"course:{slug}") for role in READERS)


def may_start(kind: QuizKind, quiz: Quiz, history: Sequence[Attempt], now: datetime) -> Verdict:
    """Whether a person with these attempts may begin another, or go on with the open one."""
    if kind == QuizKind.SELF_TEST or any(attempt.state == AttemptState.OPEN for attempt in history):
        return Allowed()
    if quiz.attempts is not None and len(history) >= quiz.attempts:
        return Refused(_("You have used all your attempts at this quiz."))
    minutes = minutes_to_wait([each.finished_at for each in history if each.finished_at], quiz.wait_minutes, now)
    if minutes:
        return Refused(
            ngettext(
                "You can begin the next attempt in %(number)s minute.",
                "You can begin the next attempt in %(number)s minutes.",
                minutes,
            )
        )
    return Allowed()


def may_answer(attempt: Attempt, now: datetime) -> Verdict:
    """Whether this attempt still takes answers."""
    if OUTCOMES[AttemptState(attempt.state), Command.SAVE] is Outcome.REFUSED:
        return Refused(_("This attempt is handed in: it takes no more answers."))
    if is_over(attempt.expires_at, now):
        return Refused(_("The time of this attempt is over. The answers saved before count."))
    return Allowed()


def may_see_review(quiz: Quiz, attempt: Attempt, passed: bool) -> Verdict:
    """Whether right answers and feedback of this attempt are shown; `passed`: the person has passed in any attempt."""
    if attempt.state == AttemptState.OPEN:
        return Refused(_("Right answers are shown when you have handed in."))
    if attempt.kind == QuizKind.SELF_TEST or quiz.review is Review.AFTER_SUBMIT:
        return Allowed()
    if quiz.review is Review.NEVER:
        return Refused(_("The right answers of this quiz are not shown."))
    return Allowed() if passed else Refused(_("The right answers are shown once you have passed."))
