"""Reads of quizzes and attempts, each page as one frozen value. Nothing tells an answer before policy allows it."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, func, select
from sqlalchemy.orm import Session, aliased

from lms.accounts.models import Person
from lms.assessment.models import Attempt, ExtraTime, GradeEvent, ResponseEvent
from lms.assessment.policy import may_see_review, may_start
from lms.assessment.psychometrics import LEAST_ANSWERS, Behaviour, InLanguage, Sheet, behaviours, sheet
from lms.assessment.question_types import KINDS
from lms.assessment.question_types.kind import BaseQuestion, Payload, QuestionKind
from lms.assessment.question_types.marking import Asked
from lms.assessment.rules import (
    ALL_QUIZZES,
    Answer,
    AttemptState,
    ClosedBy,
    QuizKind,
    current_answers,
    percent,
)
from lms.catalog.models import Course, CourseLanguage
from lms.catalog.queries import Reading, edition_id_of, reading, reading_of
from lms.catalog.source.parts import Activity, ActivityKind, QuestionSource, Quiz, Review
from lms.kernel.i18n import _, current_language, format_number, format_percent, ngettext, use_language
from lms.kernel.refusals import NotFound, Refused, require
from lms.runs.models import Enrolment, Run
from lms.runs.queries import Place, may_open_activity, may_work_here
from lms.translation.rules import Passage, Say

# -- finding things


@dataclass(frozen=True, slots=True)
class QuizSheet:
    """A quiz or self-test of a course, with its place in it."""

    activity: Activity
    quiz: Quiz

    @property
    def kind(self) -> QuizKind:
        return QuizKind(self.activity.kind)


@dataclass(frozen=True, slots=True)
class Sitting:
    """A person's attempt, read in the language on screen, on the edition it was begun with."""

    attempt: Attempt
    enrolment: Enrolment
    slug: str
    reading: Reading
    sheet: QuizSheet

    def asked(self, key: str, payload: Payload | None = None) -> Asked:
        """A question of this attempt, checked and ready."""
        source = next(each for each in self.sheet.quiz.questions if each.key == key)
        return Asked(source.kind, question_of(source), payload)

    @property
    def shows_feedback_at_once(self) -> bool:
        return self.sheet.kind == QuizKind.SELF_TEST

    def say(self, key: str) -> Say:
        return self.reading.say(document_of(self.attempt.quiz_key, key))


_WITH_QUESTIONS = {ActivityKind.QUIZ, ActivityKind.SELF_TEST}


def quiz_sheet(reading: Reading, key: str) -> QuizSheet:
    """The quiz or self-test with this key; NotFound when the course has none."""
    activity = reading.package.activity(key)
    if activity is None or activity.kind not in _WITH_QUESTIONS:
        raise NotFound
    return QuizSheet(activity, reading.package.quizzes[key])


def question_of(source: QuestionSource) -> BaseQuestion:
    question: BaseQuestion = KINDS[source.kind].Question.model_validate(source.data)
    return question


def document_of(quiz_key: str, question_key: str) -> str:
    """Where the texts of a question stand in the course's translations."""
    return f"quiz {quiz_key} {question_key}"


def attempts_at(db: Session, enrolment: Enrolment, quiz_key: str) -> Sequence[Attempt]:
    """All attempts of one learner at one quiz, the first one first."""
    return db.scalars(
        select(Attempt)
        .where(Attempt.enrolment_id == enrolment.id, Attempt.quiz_key == quiz_key)
        .order_by(Attempt.number)
    ).all()


# Asked with every question and every save, so put together once; `_SAVES` below too.
_SITTING = (
    select(Attempt, Enrolment, Run.slug, CourseLanguage.revision)
    .join(Enrolment, Enrolment.id == Attempt.enrolment_id)
    .join(Run, Run.id == Enrolment.run_id)
    .join(Course, Course.id == Run.course_id)
    .outerjoin(
        CourseLanguage, (CourseLanguage.course_id == Course.id) & (CourseLanguage.language == bindparam("language"))
    )
    .where(Attempt.public_id == bindparam("public_id"), Enrolment.person_id == bindparam("person"))
)
_SAVES = (
    select(
        ResponseEvent.question_key,
        ResponseEvent.client,
        ResponseEvent.client_seq,
        ResponseEvent.payload,
        ResponseEvent.language,
        ResponseEvent.received_at,
        ResponseEvent.given_at,
    )
    .where(ResponseEvent.attempt_id == bindparam("attempt"))
    .order_by(ResponseEvent.id)
)


def sitting(db: Session, person: Person, public_id: str, language: str) -> Sitting:
    """The person's own attempt; to everybody else it does not exist. One query, more on a cold start."""
    asked = {"public_id": public_id, "person": person.id, "language": language}
    row = db.execute(_SITTING, asked).one_or_none()
    if row is None:
        raise NotFound
    attempt, enrolment, slug, revision = row
    found = reading_of(db, attempt.edition_id, language, revision or 0)
    return Sitting(attempt, enrolment, slug, found, quiz_sheet(found, attempt.quiz_key))


def answers_of(db: Session, attempt: Attempt) -> dict[str, Answer]:
    """The answer that holds for each answered question."""
    rows = db.execute(_SAVES, {"attempt": attempt.id})
    holding = current_answers(Answer(*row) for row in rows)
    return {key: answer for key, answer in holding.items() if answer.payload is not None}


def extra_percent(db: Session, enrolment_id: int, quiz_key: str) -> int:
    """How much more time this learner has, in per cent: the most that was granted for this quiz or for all."""
    granted = db.scalars(
        select(ExtraTime.percent).where(
            ExtraTime.enrolment_id == enrolment_id, ExtraTime.quiz_key.in_([quiz_key, ALL_QUIZZES])
        )
    )
    return max(granted, default=0)


@dataclass(frozen=True, slots=True)
class AskedQuestions:
    """Everything that grading an attempt needs."""

    questions: list[Asked]
    pass_mark: int


def asked_questions(db: Session, attempt: Attempt) -> AskedQuestions:
    """The questions of an attempt with the answers that hold, and what else counts as right in their languages."""
    answers = answers_of(db, attempt)
    languages = {attempt.language, *(answer.language for answer in answers.values())}
    readings = {language: reading(db, attempt.edition_id, language) for language in sorted(languages)}
    quiz = readings[attempt.language].package.quizzes[attempt.quiz_key]
    sources = {source.key: source for source in quiz.questions}
    asked = []
    for key in attempt.question_keys:
        question, kind = question_of(sources[key]), sources[key].kind
        answer = answers.get(key)
        document = document_of(attempt.quiz_key, key)
        accepted = [
            readings[language].text(document, text).text
            for language in ({answer.language, attempt.language} if answer else ())
            for text in KINDS[kind].accepted(question)
        ]
        asked.append(Asked(kind, question, answer.payload if answer else None, accepted))
    return AskedQuestions(asked, quiz.pass_mark or 0)


# -- the page before an attempt


@dataclass(frozen=True, slots=True)
class AttemptLine:
    """An earlier attempt."""

    public_id: str
    number: int
    finished_at: datetime
    percent: int
    passed: bool | None
    best: bool


@dataclass(frozen=True, slots=True)
class QuizPage:
    slug: str
    key: str
    kind: QuizKind
    title: Passage
    course: Passage
    rules: list[str]
    going_on: Attempt | None
    attempts: list[AttemptLine]
    passed: bool
    refused: str | None
    """Why no attempt can begin now."""


def quiz_page(db: Session, place: Place, kind: str, key: str, now: datetime) -> QuizPage:
    """What stands before an attempt: the rules in sentences, earlier attempts, whether another may begin."""
    sheet = quiz_sheet(place.reading, key)
    if sheet.kind != kind:
        raise NotFound
    require(may_open_activity(place, key, now))
    history = attempts_at(db, place.enrolment, key)
    verdict = may_start(sheet.kind, sheet.quiz, history, now) and may_work_here(db, place, now)
    timed = sheet.kind == QuizKind.QUIZ and sheet.quiz.minutes is not None
    extra = extra_percent(db, place.enrolment.id, key) if timed else 0
    return QuizPage(
        slug=place.slug,
        key=key,
        kind=sheet.kind,
        title=place.reading.text("course", sheet.activity.title),
        course=place.reading.text("course", place.reading.package.title),
        rules=rule_sentences(sheet, extra),
        going_on=next((each for each in history if each.state == AttemptState.OPEN), None),
        attempts=attempt_lines(history),
        passed=any(each.passed for each in history),
        refused=verdict.reason if isinstance(verdict, Refused) else None,
    )


def attempt_lines(history: Sequence[Attempt]) -> list[AttemptLine]:
    finished = [each for each in history if each.state == AttemptState.FINISHED]
    best = max(finished, key=_share, default=None)
    return [
        AttemptLine(each.public_id, each.number, each.finished_at, percent_of(each), each.passed, each is best)
        for each in finished
        if each.finished_at is not None
    ]


def _share(attempt: Attempt) -> float:
    return (attempt.score or 0) / (attempt.max_score or 1)


def percent_of(attempt: Attempt) -> int:
    return percent(attempt.score or 0, attempt.max_score or 1)


def rule_sentences(sheet: QuizSheet, extra: int = 0) -> list[str]:
    """How this quiz is taken, in sentences."""
    quiz = sheet.quiz
    asked, bank = min(quiz.draw or len(quiz.questions), len(quiz.questions)), len(quiz.questions)
    if asked < bank:
        sentences = [
            ngettext(
                "Each attempt asks %(number)s question, drawn from %(bank)s.",
                "Each attempt asks %(number)s questions, drawn from %(bank)s.",
                asked,
                bank=format_number(bank),
            )
        ]
    else:
        sentences = [ngettext("There is %(number)s question.", "There are %(number)s questions.", asked)]
    if sheet.kind == QuizKind.SELF_TEST:
        return [
            *sentences,
            _("You learn at once whether an answer is right, and why."),
            _("It is not graded; take it as often as you like."),
        ]
    sentences.append(_("You pass with %(percent)s of the points.", percent=format_percent((quiz.pass_mark or 0) / 100)))
    if quiz.attempts is None:
        sentences.append(_("You can try as often as you like; the best attempt counts."))
    else:
        sentences.append(
            ngettext(
                "You have %(number)s attempt.", "You have %(number)s attempts; the best one counts.", quiz.attempts
            )
        )
    if quiz.wait_minutes:
        sentences.append(
            ngettext(
                "Between two attempts there is a pause of %(number)s minute.",
                "Between two attempts there is a pause of %(number)s minutes.",
                quiz.wait_minutes,
            )
        )
    if quiz.minutes is None:
        sentences.append(_("There is no time limit. Each answer is saved; stop and go on whenever you like."))
    else:
        sentences.append(
            ngettext(
                "You have %(number)s minute from the start, also while you are away. Each answer is saved.",
                "You have %(number)s minutes from the start, also while you are away. Each answer is saved.",
                quiz.minutes * (100 + extra) // 100,
            )
        )
    sentences.append(_REVIEW_SENTENCES[quiz.review]())
    return sentences


_REVIEW_SENTENCES = {
    Review.AFTER_SUBMIT: lambda: _("Right answers are shown when you have handed in."),
    Review.AFTER_PASS: lambda: _("The right answers are shown once you have passed."),
    Review.NEVER: lambda: _("The right answers of this quiz are not shown."),
}


# -- the pages of an attempt


@dataclass(frozen=True, slots=True)
class Dot:
    """One of the questions in the row on top."""

    number: int
    answered: bool
    current: bool


@dataclass(frozen=True, slots=True)
class Timer:
    expires_at: datetime
    now: datetime

    @property
    def over(self) -> bool:
        return self.now >= self.expires_at


@dataclass(frozen=True, slots=True)
class Frame:
    """What every page of an attempt shows."""

    public_id: str
    slug: str
    key: str
    kind: QuizKind
    title: Passage
    number: int
    """Of the attempt."""
    count: int
    """Of its questions."""
    pass_mark: str | None
    dots: list[Dot]
    timer: Timer | None
    waiting: str
    """JSON: for each plural category an example number and the sentence that so many answers wait."""


@dataclass(frozen=True, slots=True)
class Feedback:
    """What is said about an answer once it may be said."""

    share: float
    points: float
    max_points: int
    right: dict[str, list[str]]
    """The fields as they would be right."""
    accepted: list[Passage]
    """Answers in words that would have been right."""
    on_question: Passage | None
    on_choices: dict[str, Passage]

    @property
    def all_right(self) -> bool:
        return self.share == 1


@dataclass(frozen=True, slots=True)
class Shown:
    """One question on a page."""

    number: int
    kind: str
    question: Any
    """What the kind shows (`QuestionKind.shown`)."""
    fields: Mapping[str, Sequence[str]]
    """What is filled in."""
    prompt: Passage
    feedback: Feedback | None = None


@dataclass(frozen=True, slots=True)
class QuestionPage:
    frame: Frame
    shown: Shown
    saved_at: datetime | None
    mistake: str | None = None
    """Why what was sent could not be saved."""


@dataclass(frozen=True, slots=True)
class HandInPage:
    frame: Frame
    unanswered: list[int]
    notice: str | None = None


@dataclass(frozen=True, slots=True)
class ResultPage:
    frame: Frame
    course: Passage
    passed: bool | None
    percent: int
    score: float
    max_score: int
    right: int
    """Questions that earned all their points."""
    by_expiry: bool
    review: list[Shown] = field(default_factory=list)
    hidden: str | None = None
    """Why the review is not shown."""
    refused: str | None = None
    """Why no further attempt can begin now."""
    passed_before: bool = False
    notice: str | None = None


def _frame(here: Sitting, answers: Mapping[str, Answer], now: datetime, current: int | None = None) -> Frame:
    attempt, quiz = here.attempt, here.sheet.quiz
    return Frame(
        public_id=attempt.public_id,
        slug=here.slug,
        key=attempt.quiz_key,
        kind=here.sheet.kind,
        title=here.reading.text("course", here.sheet.activity.title),
        number=attempt.number,
        count=len(attempt.question_keys),
        pass_mark=format_percent(quiz.pass_mark / 100) if quiz.pass_mark else None,
        dots=[
            Dot(number, key in answers, number == current) for number, key in enumerate(attempt.question_keys, start=1)
        ],
        timer=Timer(attempt.expires_at, now) if attempt.expires_at else None,
        waiting=_waiting_sentences(current_language().code),
    )


_EXAMPLES = {"zero": 0, "one": 1, "two": 2, "few": 3, "many": 11, "other": 100}
"""A number of each plural category, as far as a language has it; "other" fits all."""


@lru_cache(maxsize=32)
def _waiting_sentences(language: str) -> str:
    """For a script, which has no catalogue: the sentence for each plural category with the number that stands in it."""
    with use_language(language):
        sentences = {
            category: [
                format_number(number),
                ngettext(
                    "%(number)s answer waits for the connection.", "%(number)s answers wait for the connection.", number
                ),
            ]
            for category, number in _EXAMPLES.items()
        }
    return json.dumps(sentences, ensure_ascii=False)


def question_page(
    db: Session,
    here: Sitting,
    number: int,
    now: datetime,
    *,
    fields: Mapping[str, Sequence[str]] | None = None,
    mistake: str | None = None,
) -> QuestionPage:
    """One question of an open attempt; a self-test says at once what an answer was worth."""
    if not 1 <= number <= len(here.attempt.question_keys):
        raise NotFound
    answers = answers_of(db, here.attempt)
    key = here.attempt.question_keys[number - 1]
    answer = answers.get(key)
    at_once = here.shows_feedback_at_once and answer is not None and mistake is None
    return QuestionPage(
        frame=_frame(here, answers, now, number),
        shown=_shown(here, number, answer, reveal=at_once, fields=fields),
        saved_at=answer.received_at if answer else None,
        mistake=mistake,
    )


def hand_in_page(db: Session, here: Sitting, now: datetime, notice: str | None = None) -> HandInPage:
    """What is answered and what is not, before handing in."""
    frame = _frame(here, answers_of(db, here.attempt), now)
    return HandInPage(frame, [dot.number for dot in frame.dots if not dot.answered], notice)


def first_open_number(db: Session, here: Sitting) -> int:
    """Where to go on: the first question without an answer, else the last one."""
    answers = answers_of(db, here.attempt)
    keys = here.attempt.question_keys
    return next((number for number, key in enumerate(keys, start=1) if key not in answers), len(keys))


def result_page(db: Session, here: Sitting, now: datetime, notice: str | None = None) -> ResultPage:
    """What an attempt earned; the right answers only where policy allows."""
    attempt, sheet = here.attempt, here.sheet
    history = attempts_at(db, here.enrolment, attempt.quiz_key)
    passed_before = any(each.passed for each in history)
    answers = answers_of(db, attempt)
    shares = db.scalars(select(GradeEvent.shares).where(GradeEvent.attempt_id == attempt.id)).one()
    seen = may_see_review(sheet.quiz, attempt, passed_before)
    start = may_start(sheet.kind, sheet.quiz, history, now)
    keys = list(enumerate(attempt.question_keys, start=1))
    return ResultPage(
        frame=_frame(here, answers, now),
        course=here.reading.text("course", here.reading.package.title),
        passed=attempt.passed,
        percent=percent_of(attempt),
        score=round(attempt.score or 0, 2),
        max_score=attempt.max_score or 0,
        right=sum(share == "1" for share in shares.values()),
        by_expiry=attempt.closed_by == ClosedBy.EXPIRY,
        review=[_shown(here, number, answers.get(key), reveal=True) for number, key in keys] if seen else [],
        hidden=seen.reason if isinstance(seen, Refused) else None,
        refused=start.reason if isinstance(start, Refused) else None,
        passed_before=passed_before,
        notice=notice,
    )


def _shown(
    here: Sitting,
    number: int,
    answer: Answer | None,
    *,
    reveal: bool,
    fields: Mapping[str, Sequence[str]] | None = None,
) -> Shown:
    attempt, key = here.attempt, here.attempt.question_keys[number - 1]
    payload = answer.payload if answer else None
    asked, say = here.asked(key, payload), here.say(key)
    kind: QuestionKind[Any] = asked.rules
    question = kind.shown(asked.question, attempt.seed, say)
    if fields is None:
        fields = kind.filled(asked.question, attempt.seed, payload) if payload else {}
    return Shown(
        number=number,
        kind=asked.kind,
        question=question,
        fields=fields,
        prompt=question.prompt,
        feedback=_feedback(here, asked, say) if reveal else None,
    )


def _feedback(here: Sitting, asked: Asked, say: Say) -> Feedback:
    kind, question, seed = asked.rules, asked.question, here.attempt.seed
    accepted = list(dict.fromkeys(say(text) for text in kind.accepted(question)))
    share = Asked(asked.kind, question, asked.payload, [each.text for each in accepted]).share()
    return Feedback(
        share=float(share),
        points=round(float(share * question.points), 2),
        max_points=question.points,
        right=kind.filled(question, seed, kind.right_answer(question)),
        accepted=accepted,
        on_question=say(question.feedback) if question.feedback else None,
        on_choices={value: say(text) for value, text in kind.choice_feedback(question, seed, asked.payload).items()},
    )


# -- how the questions of a course behave, over its learners' first attempts


@dataclass(frozen=True, slots=True)
class QuizLine:
    """A quiz of a course with those who have finished it."""

    key: str
    title: Passage
    questions: int
    learners: int
    share: float | None
    """Mean share of the points; None: nobody has finished it."""
    languages: list[tuple[str, int]]
    """How many began it in each language."""


@dataclass(frozen=True, slots=True)
class QuizzesPage:
    slug: str
    course: Passage
    lines: list[QuizLine]


@dataclass(frozen=True, slots=True)
class QuestionLine:
    """A question of the course as it is now, with all that was ever answered under its key."""

    key: str
    document: str
    """Where its texts stand in the course's translations."""
    prompt: Passage
    behaviour: Behaviour | None
    """None: nobody was asked it."""

    @property
    def languages(self) -> tuple[InLanguage, ...]:
        return self.behaviour.languages if self.behaviour else ()

    @property
    def suspects(self) -> list[InLanguage]:
        """The languages in which it is harder or easier than it should be."""
        return [each for each in self.languages if each.suspect]


@dataclass(frozen=True, slots=True)
class QuestionsPage:
    slug: str
    course: Passage
    title: Passage
    source: str
    """The language that the others are compared with."""
    least: int
    """Learners of equal score that each language needs to be compared."""
    learners: int
    lines: list[QuestionLine]

    @property
    def suspects(self) -> list[QuestionLine]:
        """Questions with a suspect translation."""
        return [line for line in self.lines if line.suspects]

    @property
    def compared(self) -> bool:
        """Whether there were enough answers to compare any language."""
        comparisons = [each.comparison for line in self.lines for each in line.languages]
        return any(each is not None and each.difference is not None for each in comparisons)


def quizzes_page(db: Session, course: Course, language: str) -> QuizzesPage:
    """The quizzes of a course; however many attempts there are, the database counts them."""
    found = reading(db, edition_id_of(db, course), language)
    counted: dict[str, list[tuple[str, int, float]]] = defaultdict(list)
    shares_earned = func.sum(Attempt.score / Attempt.max_score)
    rows = db.execute(
        select(Attempt.quiz_key, Attempt.language, func.count(), shares_earned)
        .select_from(Run)
        .join(Enrolment, Enrolment.run_id == Run.id)
        .join(Attempt, Attempt.enrolment_id == Enrolment.id)
        .where(_first_attempts(course), Attempt.state == AttemptState.FINISHED)
        .group_by(Attempt.quiz_key, Attempt.language)
    )
    for key, begun_in, learners, shares in rows:
        counted[key].append((begun_in, learners, shares or 0.0))
    for each in counted.values():
        each.sort(key=lambda line: (line[0] != course.source_language, -line[1], line[0]))
    activities = [each for each in found.package.activities if each.kind == ActivityKind.QUIZ]
    return QuizzesPage(
        slug=course.slug,
        course=found.text("course", found.package.title),
        lines=[_quiz_line(found, activity, counted[activity.key]) for activity in activities],
    )


def _quiz_line(found: Reading, activity: Activity, counted: Sequence[tuple[str, int, float]]) -> QuizLine:
    learners = sum(number for _language, number, _shares in counted)
    return QuizLine(
        key=activity.key,
        title=found.text("course", activity.title),
        questions=len(found.package.quizzes[activity.key].questions),
        learners=learners,
        share=sum(shares for _language, _number, shares in counted) / learners if learners else None,
        languages=[(language, number) for language, number, _shares in counted],
    )


def questions_page(db: Session, course: Course, quiz_key: str, language: str) -> QuestionsPage:
    """How each question of a quiz behaves. Four queries, the last two read in a stream."""
    found = reading(db, edition_id_of(db, course), language)
    quiz = quiz_sheet(found, quiz_key)
    if quiz.kind != QuizKind.QUIZ:
        raise NotFound
    sheets = _first_sheets(db, course, quiz_key)
    behaving = behaviours(sheets, course.source_language)
    return QuestionsPage(
        slug=course.slug,
        course=found.text("course", found.package.title),
        title=found.text("course", quiz.activity.title),
        source=course.source_language,
        least=LEAST_ANSWERS,
        learners=len(sheets),
        lines=[
            QuestionLine(
                key=source.key,
                document=document_of(quiz_key, source.key),
                prompt=found.text(document_of(quiz_key, source.key), question_of(source).prompt),
                behaviour=behaving.get(source.key),
            )
            for source in quiz.quiz.questions
        ],
    )


class _OnScreen(NamedTuple):
    """A save with the language it was made in."""

    attempt: int
    question_key: str
    client: str
    client_seq: int
    given_at: datetime
    language: str


_AT_ONCE = 1000
"""Rows of a stream held at one time."""


def _first_attempts(course: Course) -> ColumnElement[bool]:
    """Of each learner at each quiz. The first begun is the first finished, since only one can be open."""
    return and_(Run.course_id == course.id, Attempt.kind == QuizKind.QUIZ, Attempt.number == 1)


def _first_sheets(db: Session, course: Course, quiz_key: str) -> list[Sheet]:
    """What the first attempts at a quiz earned, on whatever edition, with the language each question was read in.

    The last save of a question says in which language it was read; a question never answered was read in the language
    of the attempt, and so was every question of an attempt that never changed its language.
    """
    chosen = and_(_first_attempts(course), Attempt.quiz_key == quiz_key)
    elsewhere = aliased(ResponseEvent)
    changed = (
        select(elsewhere.id).where(elsewhere.attempt_id == Attempt.id, elsewhere.language != Attempt.language).exists()
    )
    saves = db.execute(
        select(
            ResponseEvent.attempt_id,
            ResponseEvent.question_key,
            ResponseEvent.client,
            ResponseEvent.client_seq,
            ResponseEvent.given_at,
            ResponseEvent.language,
        )
        .join(Attempt, Attempt.id == ResponseEvent.attempt_id)
        .join(Enrolment, Enrolment.id == Attempt.enrolment_id)
        .join(Run, Run.id == Enrolment.run_id)
        .where(chosen, changed)
        .order_by(ResponseEvent.attempt_id, ResponseEvent.id),
        execution_options={"yield_per": _AT_ONCE},
    )
    read_in = {
        attempt: {key: save.language for key, save in current_answers(each).items()}
        for attempt, each in groupby((_OnScreen(*row) for row in saves), key=lambda save: save.attempt)
    }
    graded = db.execute(
        select(Attempt.id, Attempt.language, GradeEvent.shares)
        .join(GradeEvent, GradeEvent.attempt_id == Attempt.id)
        .join(Enrolment, Enrolment.id == Attempt.enrolment_id)
        .join(Run, Run.id == Enrolment.run_id)
        .where(chosen),
        execution_options={"yield_per": _AT_ONCE},
    )
    return [sheet(shares, language, read_in.get(attempt, {})) for attempt, language, shares in graded]
