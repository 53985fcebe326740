"""What a course consists of, once it has been read: what an edition keeps, and what every page is made from."""

from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

KEY_PATTERN = r"^[a-z0-9]+(-[a-z0-9]+)*$"

Key = Annotated[str, StringConstraints(pattern=KEY_PATTERN, max_length=80)]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000)]
Minutes = Annotated[int, Field(ge=1, le=100_000)]


def _all_of_them(value: object) -> object:
    return 100 if value == "all" else value


Share = Annotated[int, BeforeValidator(_all_of_them), Field(ge=0, le=100)]
"""Per cent; authors may write `all`."""


class Part(BaseModel):
    """Nothing unknown is accepted, nothing changes after reading."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Category(StrEnum):
    SELF_PACED = "self-paced"
    INSTRUCTOR_LED = "instructor-led"


class Stage(StrEnum):
    DRAFT = "draft"
    PILOT = "pilot"
    OPEN = "open"
    ARCHIVED = "archived"


class ActivityKind(StrEnum):
    LESSON = "lesson"
    SELF_TEST = "self-test"
    QUIZ = "quiz"
    EVALUATION = "evaluation"
    MEETING = "meeting"
    """A live session."""
    DISCUSSION = "discussion"
    ASSIGNMENT = "assignment"


WITH_TEXT = (ActivityKind.LESSON, ActivityKind.MEETING, ActivityKind.DISCUSSION, ActivityKind.ASSIGNMENT)
"""What has a text in lessons/."""

WITH_INSTRUCTOR = (ActivityKind.MEETING, ActivityKind.DISCUSSION, ActivityKind.ASSIGNMENT)
"""What needs people on both sides, and so an instructor-led course."""


class Review(StrEnum):
    """When the right answers and the feedback are shown."""

    AFTER_SUBMIT = "after-submit"
    AFTER_PASS = "after-pass"  # noqa: S105  # nosec B105 - passing a quiz
    NEVER = "never"


class Series(Part):
    title: Title
    number: Annotated[int, Field(ge=1, le=999)]


class Activity(Part):
    kind: ActivityKind
    key: Key
    title: Title
    minutes: Minutes | None = None


class Module(Part):
    key: Key
    title: Title
    activities: Annotated[tuple[Activity, ...], Field(min_length=1, max_length=200)]


class Requirement(Part):
    """What earns a certificate: every line of it."""

    lessons: Share = 0
    """Per cent of the lessons."""
    quizzes: tuple[Key, ...] = ()
    """Each must be passed."""
    assignments: tuple[Key, ...] = ()
    """Each must be passed."""
    attendance_minutes: Annotated[int, Field(ge=0, le=100_000)] = 0
    """Minutes of live sessions that must be attended."""
    evaluation: bool = False


class Signatory(Part):
    """Somebody who signs the certificates."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
    role: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
    """A text to translate; the name is not."""


MOST_SIGNATORIES = 3


class CertificateRule(Part):
    hours: Annotated[float, Field(gt=0, le=1_000)]
    template: Key = "classic"
    second_language: Annotated[str, StringConstraints(max_length=12)] | None = None
    """What stands beside English on a sheet in two languages; beside every other language stands English."""
    signatories: Annotated[tuple[Signatory, ...], Field(max_length=MOST_SIGNATORIES)] = ()
    completion: Requirement
    participation: Requirement | None = None


class Publication(Part):
    """How many per cent of the words of a language must be approved before it is published."""

    exact: Share = 100
    """Of what must be right to the word: quizzes, rubrics, and the title and all else that course.yaml says."""
    rest: Share = 80


def _by_name(value: object) -> object:
    return {"name": value} if isinstance(value, str) else value


class Partner(Part):
    """Authors may write the name alone."""

    name: Title
    logo: str | None = None
    """Path of a picture in the package, `media/…`: printed in place of the name."""


class Term(Part):
    key: Key
    term: Title
    definition: Text


class Lesson(Part):
    body: str


class QuestionSource(Part):
    """A question as its kind keeps it; what is inside `data` is for the kind to know."""

    key: Key
    kind: str
    points: int
    data: dict[str, Any]


class QuizRules(Part):
    """How a quiz is taken."""

    pass_mark: Annotated[int, Field(ge=1, le=100)] | None = None
    """Per cent; none in a self-test."""
    draw: Annotated[int, Field(ge=1, le=1_000)] | None = None
    attempts: Annotated[int, Field(ge=1, le=1_000)] | None = None
    wait_minutes: Annotated[int, Field(ge=0, le=100_000)] = 0
    minutes: Annotated[int, Field(ge=1, le=10_000)] | None = None
    """Time limit of one attempt."""
    review: Review = Review.AFTER_SUBMIT


class Quiz(QuizRules):
    questions: tuple[QuestionSource, ...]


class Accepted(StrEnum):
    """What may be handed in."""

    TEXT = "text"
    FILE = "file"


class Level(Part):
    points: Annotated[int, Field(ge=0, le=1_000)]
    text: Text


class Criterion(Part):
    """One line of a rubric."""

    key: Key
    title: Title
    levels: Annotated[tuple[Level, ...], Field(min_length=2, max_length=20)]
    """From nothing to the best."""


class Assignment(Part):
    """How work is handed in and marked; the task itself is the activity's text."""

    accepts: Annotated[tuple[Accepted, ...], Field(min_length=1)] = (Accepted.TEXT, Accepted.FILE)
    due_days: Annotated[int, Field(ge=0, le=366)] = 6
    """Wall-clock days after its module opens; due at the end of that day. 6: at the end of the module's week."""
    pass_points: Annotated[int, Field(ge=1, le=100_000)]
    resubmissions: Annotated[int, Field(ge=0, le=100)] = 1
    """How often it may be handed in again after feedback."""
    peer_reviews: Annotated[int, Field(ge=0, le=20)] = 0
    """How many classmates' work each participant reviews."""
    rubric: Annotated[tuple[Criterion, ...], Field(min_length=1, max_length=50)]

    @property
    def most_points(self) -> int:
        return sum(criterion.levels[-1].points for criterion in self.rubric)


class Media(Part):
    """A file that is not a figure; its bytes are kept under their hash."""

    sha256: str
    size: int
    content_type: str
    width: int | None = None
    height: int | None = None


class CourseDetails(Part):
    """What course.yaml says."""

    title: Title
    summary: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=600)]
    language: Annotated[str, StringConstraints(max_length=12)]
    category: Category
    stage: Stage = Stage.DRAFT
    series: Series | None = None
    minutes: Minutes
    audience: Text
    objectives: Annotated[tuple[Text, ...], Field(min_length=1, max_length=30)]
    partners: Annotated[tuple[Annotated[Partner, BeforeValidator(_by_name)], ...], Field(max_length=50)] = ()
    licence: Title
    modules: Annotated[tuple[Module, ...], Field(min_length=1, max_length=100)]
    certificate: CertificateRule
    publication: Publication = Publication()
    glossary: Annotated[tuple[Term, ...], Field(max_length=1_000)] = ()

    @cached_property  # a page about many people asks for them hundreds of times
    def activities(self) -> tuple[Activity, ...]:
        """All activities in the order of the course."""
        return tuple(activity for module in self.modules for activity in module.activities)


class CourseSheet(CourseDetails):
    """course.yaml itself, with the number of its format."""

    format: Literal[1]


class Package(CourseDetails):
    """A whole course, checked. What an edition stores as JSON."""

    slug: Key
    lessons: dict[str, Lesson]
    """The texts of activities by key: lessons, and what live sessions, discussions and assignments say."""
    quizzes: dict[str, Quiz]
    assignments: dict[str, Assignment] = {}
    """None in editions of before there were assignments."""
    figures: dict[str, str]
    """The SVG text by file name."""
    media: dict[str, Media]
    documents: dict[str, tuple[str, ...]]
    """Every text to translate, distinct and in order, by the name that is its msgctxt in a catalogue."""
    languages: tuple[str, ...] = ()
    """The languages it has a catalogue for, besides its own."""

    def activity(self, key: str) -> Activity | None:
        """The activity with this key."""
        return next((activity for activity in self.activities if activity.key == key), None)
