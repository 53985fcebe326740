"""A course package read and checked as a whole: either a Package, or every problem it has.

Must not know which kinds of question exist (the caller hands them in), nor where files come from or go to.
"""

import difflib
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from lms.catalog.source.bitmap import read_size
from lms.catalog.source.blocks import Reference, lesson_flaws, lesson_references, lesson_texts, too_long
from lms.catalog.source.catalogue import check_entry, is_language, read_catalogue
from lms.catalog.source.files import CONTENT_TYPES
from lms.catalog.source.inline import link_flaws, text_flaws
from lms.catalog.source.parts import (
    KEY_PATTERN,
    WITH_INSTRUCTOR,
    WITH_TEXT,
    Activity,
    ActivityKind,
    Assignment,
    Category,
    CertificateRule,
    CourseDetails,
    CourseSheet,
    Criterion,
    Lesson,
    Level,
    Media,
    Module,
    Package,
    Publication,
    QuestionSource,
    Quiz,
    QuizRules,
    Requirement,
    Series,
    Term,
)
from lms.catalog.source.problems import Flaw, PackageProblems, Problem, Unreadable, read_text
from lms.catalog.source.sheet import Path, Sheet, read_sheet
from lms.catalog.source.svg import figure_texts, read_figure

__all__ = ["Package", "PackageProblems", "QuestionKind", "read_package"]

COURSE = "course.yaml"
_LESSON = re.compile(r"lessons/([^/]+)\.md")
_QUIZ = re.compile(r"quizzes/([^/]+)\.yaml")
_ASSIGNMENT = re.compile(r"assignments/([^/]+)\.yaml")
_MEDIA = re.compile(r"media/([^/]+)")
_CATALOGUE = re.compile(r"translations/([^/]+)\.po")
_MEDIA_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_KEY = re.compile(KEY_PATTERN)
_PICTURES = ("image/png", "image/jpeg", "image/webp", "image/gif")
_WITH_QUESTIONS = (ActivityKind.SELF_TEST, ActivityKind.QUIZ)
_MOST_QUESTIONS = 500


class QuestionKind(Protocol):
    """What the reading of a package asks of a kind of question."""

    @property
    def Question(self) -> type[BaseModel]: ...  # noqa: N802  a class, kept in a field
    @property
    def texts(self) -> Any: ...


def read_package(slug: str, files: Mapping[str, bytes], question_kinds: Mapping[str, QuestionKind]) -> Package:
    """The course in these files; raises PackageProblems with everything that is wrong."""
    reader = _Reader(slug, files, question_kinds)
    package = reader.read()
    if package is None or reader.problems:
        raise PackageProblems(reader.problems)
    return package


M = TypeVar("M", bound=BaseModel)


@dataclass(slots=True)
class _Questions:
    rules: QuizRules
    questions: list[QuestionSource] = field(default_factory=list)
    texts: dict[str, list[str]] = field(default_factory=dict)


class _Reader:
    def __init__(self, slug: str, files: Mapping[str, bytes], kinds: Mapping[str, QuestionKind]) -> None:
        self.slug = slug
        self.files = files
        self.kinds = kinds
        self.problems: list[Problem] = []
        self.texts: dict[str, str] = {}
        self.sheets: dict[str, Sheet] = {}
        self.figures: dict[str, str] = {}
        self.media: dict[str, Media] = {}
        self.quizzes: dict[str, _Questions] = {}
        self.assignments: dict[str, Assignment] = {}

    # Telling

    def tell(self, file: str, sentence: str, line: int = 1, column: int = 1) -> None:
        self.problems.append(Problem(file, line, column, sentence))

    def tell_flaws(self, file: str, flaws: Iterable[Flaw]) -> None:
        self.problems += [Problem(file, flaw.line, flaw.column, flaw.sentence) for flaw in flaws]

    def tell_at(self, file: str, path: Path, sentence: str, *, key: bool = False) -> None:
        place = self.sheets[file].place(path, key=key)
        self.tell(file, sentence, place.line, place.column)

    # Reading

    def read(self) -> Package | None:
        if not _KEY.fullmatch(self.slug):
            self.tell(COURSE, f"The folder's name “{self.slug}” must be lower-case letters, digits and hyphens.")
        for name in self.files:
            self._take(name)
        if COURSE not in self.files:
            self.tell(COURSE, "This file is missing; it says what the course is.")
        course = self._model(COURSE, CourseSheet, ())
        activities = self._loose_activities()
        lessons = self._read_lessons()
        for name in self._named(_QUIZ):
            self.quizzes[name] = self._read_quiz(f"quizzes/{name}.yaml")
        for name in self._named(_ASSIGNMENT):
            self._read_assignment(name)
        self._check_unused(activities)
        if course is None:
            return None
        self._check_course(course)
        self._check_references(course, lessons)
        documents = self._documents(course, lessons)
        self._check_catalogues(course, documents)
        if self.problems:
            return None
        return self._package(course, lessons, documents)

    def _take(self, name: str) -> None:
        if _MEDIA.fullmatch(name):
            self._take_media(name)
        elif name == COURSE or any(pattern.fullmatch(name) for pattern in (_LESSON, _QUIZ, _ASSIGNMENT)):
            self._take_text(name)
        elif not _CATALOGUE.fullmatch(name):
            self.tell(name, "This file is not part of a course package; see the guide for what lies where.")

    def _take_text(self, name: str) -> None:
        try:
            self.texts[name] = read_text(self.files[name])
            if name.endswith(".yaml"):
                self.sheets[name] = read_sheet(self.texts[name])
        except Unreadable as error:
            self.tell_flaws(name, error.flaws)

    def _take_media(self, path: str) -> None:
        name = path.removeprefix("media/")
        data = self.files[path]
        content_type = CONTENT_TYPES.get(name.rpartition(".")[2].lower())
        if not _MEDIA_NAME.fullmatch(name):
            self.tell(path, "Name this file with letters, digits, points, hyphens and underscores only.")
        if content_type is None or not data:
            self.tell(path, "This file is empty." if content_type else "Files of this kind are not used in courses.")
        elif content_type == "image/svg+xml":
            try:
                self.figures[name] = read_text(data)
                read_figure(self.figures[name])
            except Unreadable as error:
                self.tell_flaws(path, error.flaws)
        else:
            size = read_size(data) if content_type in _PICTURES else None
            if content_type in _PICTURES and size is None:
                self.tell(path, "This is not the kind of picture its name says.")
            width, height = size or (None, None)
            digest = hashlib.sha256(data).hexdigest()
            self.media[name] = Media(
                sha256=digest, size=len(data), content_type=content_type, width=width, height=height
            )

    def _named(self, pattern: re.Pattern[str]) -> list[str]:
        found = (pattern.fullmatch(name) for name in sorted(self.files))
        return [match[1] for match in found if match]

    def _model(self, file: str, model: type[M], path: Path, data: Any = None) -> M | None:
        """Part of a sheet as a model; what does not fit is told."""
        if file not in self.sheets:
            return None
        data = self.sheets[file].data if data is None else data
        if not isinstance(data, dict):
            self.tell_at(file, path, "Here should stand fields, each as name: value.")
            return None
        try:
            return model.model_validate_json(json.dumps(data), strict=True)
        except ValidationError as error:
            for details in error.errors():
                where = (*path, *(part for part in details["loc"] if isinstance(part, str | int)))
                unknown = details["type"] == "extra_forbidden"
                self.tell_at(file, where, _sentence(details, model), key=unknown)
            return None

    def _loose_activities(self) -> dict[str, str]:
        """Kinds by key as far as they can be read, so that a fault in course.yaml does not make every file unused."""
        sheet = self.sheets.get(COURSE)
        found: dict[str, str] = {}
        data = sheet.data if sheet else None
        for module in _list(data, "modules"):
            for activity in _list(module, "activities"):
                if isinstance(activity, dict) and isinstance(activity.get("key"), str):
                    found[activity["key"]] = str(activity.get("kind"))
        return found

    def _check_unused(self, activities: Mapping[str, str]) -> None:
        if COURSE not in self.sheets:
            return
        for key in self._named(_LESSON):
            if activities.get(key) not in WITH_TEXT:
                sentence = f"No activity with a text in course.yaml has the key “{key}”: this file is not used."
                self.tell(f"lessons/{key}.md", sentence)
        for key in self._named(_QUIZ):
            if activities.get(key) not in _WITH_QUESTIONS:
                sentence = f"No self-test or quiz in course.yaml has the key “{key}”: this file is not used."
                self.tell(f"quizzes/{key}.yaml", sentence)
        for key in self._named(_ASSIGNMENT):
            if activities.get(key) != ActivityKind.ASSIGNMENT:
                sentence = f"No assignment in course.yaml has the key “{key}”: this file is not used."
                self.tell(f"assignments/{key}.yaml", sentence)

    # Lessons

    def _read_lessons(self) -> dict[str, str]:
        bodies = {}
        for key in self._named(_LESSON):
            name = f"lessons/{key}.md"
            if name in self.texts:
                self.tell_flaws(name, lesson_flaws(self.texts[name]))
                if not too_long(self.texts[name]):
                    bodies[key] = self.texts[name]
        return bodies

    def _check_references(self, course: CourseDetails, lessons: Mapping[str, str]) -> None:
        terms = {term.key for term in course.glossary}
        activities = {activity.key for activity in course.activities}
        used: set[str] = set()
        for key, body in lessons.items():
            for reference in lesson_references(body):
                sentence = self._reference_sentence(reference, terms, activities)
                if sentence:
                    self.tell(f"lessons/{key}.md", sentence, reference.line)
                if reference.kind in ("media", "figure", "recording"):
                    used.add(reference.name)
        for name in self._named(_MEDIA):
            if name not in used:
                self.tell(f"media/{name}", "No lesson shows or links this file; delete it or use it.")

    def _reference_sentence(self, reference: Reference, terms: set[str], activities: set[str]) -> str | None:
        kind, name = reference.kind, reference.name
        if kind == "term":
            return None if name in terms else f"The glossary has no entry “{name}”.{_perhaps(name, terms)}"
        if kind == "activity":
            return None if name in activities else f"The course has no activity “{name}”.{_perhaps(name, activities)}"
        there = {path.removeprefix("media/") for path in self.files if path.startswith("media/")}
        if name not in there:
            return f"There is no file media/{name}.{_perhaps(name, there)}"
        content_type = CONTENT_TYPES.get(name.rpartition(".")[2].lower(), "")
        if kind == "figure" and content_type != "image/svg+xml" and content_type not in _PICTURES:
            return f"media/{name} is not a picture."
        if kind == "media" and content_type == "image/svg+xml":
            return f"A figure is shown, not linked: ![…](media/{name})."
        if kind == "recording" and not content_type.startswith(("audio/", "video/")):
            return f"media/{name} is not a recording."
        return None

    # Quizzes

    def _read_quiz(self, file: str) -> _Questions:
        sheet = self.sheets.get(file)
        data = sheet.data if sheet else {}
        if not isinstance(data, dict):
            self.tell_at(file, (), "Here should stand fields, each as name: value.")
            data = {}
        rules = self._model(file, QuizRules, (), {name: data[name] for name in data if name != "questions"})
        quiz = _Questions(rules or QuizRules())
        if sheet is None:
            return quiz
        written = data.get("questions")
        if not isinstance(written, list) or not written:
            self.tell_at(file, ("questions",), "“questions” must be a list with at least one question.")
            return quiz
        if len(written) > _MOST_QUESTIONS:
            self.tell_at(file, ("questions",), f"A quiz has at most {_MOST_QUESTIONS} questions.")
            return quiz
        for index, question in enumerate(written):
            self._read_question(file, quiz, ("questions", index), question)
        return quiz

    def _read_question(self, file: str, quiz: _Questions, path: Path, data: Any) -> None:
        kind = data.get("kind") if isinstance(data, dict) else None
        if not isinstance(kind, str) or kind not in self.kinds:
            kinds = ", ".join(self.kinds)
            self.tell_at(file, (*path, "kind"), f"Each question needs a “kind”, one of: {kinds}.")
            return
        question = self._model(file, self.kinds[kind].Question, path, data)
        if question is None:
            return
        plain = question.model_dump(mode="json")
        key = str(plain["key"])
        if key in quiz.texts:
            self.tell_at(file, (*path, "key"), f"Another question has the key “{key}”; a key names one thing.")
        quiz.questions.append(QuestionSource(key=key, kind=kind, points=int(plain.get("points", 1)), data=plain))
        quiz.texts[key] = list(self.kinds[kind].texts(question))
        for text in quiz.texts[key]:
            self._check_text(file, path, text)

    def _check_text(self, file: str, path: Path, text: str) -> None:
        """A short text that stands in a sheet."""
        place = self.sheets[file].place_of_text(path, text)
        for sentence in [*text_flaws(text), *link_flaws(text, allowed=False)]:
            self.tell(file, sentence, place.line, place.column)

    # Assignments

    def _read_assignment(self, key: str) -> None:
        file = f"assignments/{key}.yaml"
        assignment = self._model(file, Assignment, ())
        if assignment is None:
            return
        self.assignments[key] = assignment
        for index, way in enumerate(assignment.accepts):
            if way in assignment.accepts[:index]:
                self.tell_at(file, ("accepts", index), f"“{way}” stands here twice.")
        keys = [(("rubric", c, "key"), criterion.key) for c, criterion in enumerate(assignment.rubric)]
        self._check_keys(keys, "rubric", file)
        for index, criterion in enumerate(assignment.rubric):
            self._check_levels(file, ("rubric", index), criterion)
            for text in _criterion_texts(criterion):
                self._check_text(file, ("rubric", index), text)
        if assignment.pass_points > assignment.most_points:
            best = assignment.most_points
            sentence = f"“pass_points” asks for {assignment.pass_points} points, but the best levels give {best}."
            self.tell_at(file, ("pass_points",), sentence)

    def _check_levels(self, file: str, path: Path, criterion: Criterion) -> None:
        points = [level.points for level in criterion.levels]
        if points[0] != 0:
            self.tell_at(file, (*path, "levels", 0, "points"), "The first level of a criterion gives 0 points.")
        for index in range(1, len(points)):
            if points[index] <= points[index - 1]:
                sentence = "Each level of a criterion gives more points than the one before it."
                self.tell_at(file, (*path, "levels", index, "points"), sentence)

    # The course as a whole

    def _check_course(self, course: CourseSheet) -> None:
        if not is_language(course.language):
            self.tell_at(COURSE, ("language",), f"“{course.language}” is not a language code such as en or ar.")
        self._check_keys([(("modules", m, "key"), module.key) for m, module in enumerate(course.modules)], "module")
        places = [
            (("modules", m, "activities", a), activity)
            for m, module in enumerate(course.modules)
            for a, activity in enumerate(module.activities)
        ]
        self._check_keys([((*path, "key"), activity.key) for path, activity in places], "activity")
        self._check_keys([(("glossary", g, "key"), term.key) for g, term in enumerate(course.glossary)], "glossary")
        for path, activity in places:
            self._check_activity(course, path, activity)
        self._check_certificate(course)

    def _check_keys(self, keys: Sequence[tuple[Path, str]], what: str, file: str = COURSE) -> None:
        seen: set[str] = set()
        for path, key in keys:
            if key in seen:
                self.tell_at(file, path, f"Another {what} entry has the key “{key}”; a key names one thing.")
            seen.add(key)

    def _check_activity(self, course: CourseDetails, path: Path, activity: Activity) -> None:
        kind, key = activity.kind, activity.key
        if kind in WITH_INSTRUCTOR and course.category is not Category.INSTRUCTOR_LED:
            sentence = f"Only an instructor-led course has activities of the kind {kind}; this course is self-paced."
            self.tell_at(COURSE, (*path, "kind"), sentence)
        # A live session can do without words of its own.
        if kind in WITH_TEXT and kind is not ActivityKind.MEETING and f"lessons/{key}.md" not in self.files:
            self.tell_at(COURSE, path, f"The file lessons/{key}.md is missing.")
        if kind is ActivityKind.ASSIGNMENT and f"assignments/{key}.yaml" not in self.files:
            self.tell_at(COURSE, path, f"The file assignments/{key}.yaml is missing.")
        if kind not in _WITH_QUESTIONS:
            return
        file = f"quizzes/{key}.yaml"
        if file not in self.files:
            self.tell_at(COURSE, path, f"The file {file} is missing.")
        elif file in self.sheets:
            self._check_quiz(file, kind, self.quizzes[key])

    def _check_quiz(self, file: str, kind: ActivityKind, quiz: _Questions) -> None:
        rules = quiz.rules
        if kind is ActivityKind.QUIZ and rules.pass_mark is None and not self._written(file, "pass_mark"):
            self.tell(file, "A quiz needs a “pass_mark”, in per cent.")
        if kind is ActivityKind.SELF_TEST and rules.pass_mark is not None:
            self.tell_at(
                file, ("pass_mark",), "A self-test has no “pass_mark”; make it a quiz or delete the line.", key=True
            )
        if rules.draw is not None and quiz.questions and rules.draw > len(quiz.questions):
            sentence = f"“draw” asks for {rules.draw} questions, but there are {len(quiz.questions)}."
            self.tell_at(file, ("draw",), sentence)

    def _written(self, file: str, name: str) -> bool:
        data = self.sheets[file].data
        return isinstance(data, dict) and name in data

    def _check_certificate(self, course: CourseSheet) -> None:
        rule: CertificateRule = course.certificate
        for name, requirement in (("completion", rule.completion), ("participation", rule.participation)):
            if requirement is not None:
                self._check_requirement(course, ("certificate", name), requirement)

    def _check_requirement(self, course: CourseSheet, path: Path, rule: Requirement) -> None:
        kinds = {activity.key: activity.kind for activity in course.activities}
        self._check_passed((*path, "quizzes"), rule.quizzes, ActivityKind.QUIZ, kinds)
        self._check_passed((*path, "assignments"), rule.assignments, ActivityKind.ASSIGNMENT, kinds)
        if rule.attendance_minutes and ActivityKind.MEETING not in kinds.values():
            self.tell_at(COURSE, (*path, "attendance_minutes"), "The course has no activity of the kind meeting.")
        if rule.evaluation and ActivityKind.EVALUATION not in kinds.values():
            self.tell_at(COURSE, (*path, "evaluation"), "The course has no activity of the kind evaluation.")
        if rule.lessons and ActivityKind.LESSON not in kinds.values():
            self.tell_at(COURSE, (*path, "lessons"), "The course has no lessons.")
        if not any(getattr(rule, name) for name in Requirement.model_fields):
            sentence = "This certificate asks for nothing; name lessons, quizzes, assignments or the evaluation."
            self.tell_at(COURSE, path, sentence)

    def _check_passed(
        self, path: Path, keys: Sequence[str], kind: ActivityKind, kinds: Mapping[str, ActivityKind]
    ) -> None:
        """Keys of activities of one kind that must be passed."""
        for index, key in enumerate(keys):
            at = (*path, index)
            if key not in kinds:
                self.tell_at(COURSE, at, f"The course has no {kind} “{key}”.{_perhaps(key, set(kinds))}")
            elif kinds[key] is not kind:
                self.tell_at(COURSE, at, f"“{key}” is {_a(kinds[key])}; only {_a(kind)} can stand here.")
            elif key in keys[:index]:
                self.tell_at(COURSE, at, f"“{key}” stands here twice.")

    # Texts to translate

    def _documents(self, course: CourseDetails, lessons: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
        documents = {"course": _distinct(_course_texts(course))}
        for activity in course.activities:
            if activity.kind in WITH_TEXT and activity.key in lessons:
                body = lessons[activity.key]
                documents[f"lesson {activity.key}"] = _distinct(lesson_texts(body))
                shown = [reference.name for reference in lesson_references(body) if reference.kind == "figure"]
                documents.update(self._figure_documents(shown))
            if activity.kind in _WITH_QUESTIONS and activity.key in self.quizzes:
                for key, texts in self.quizzes[activity.key].texts.items():
                    documents[f"quiz {activity.key} {key}"] = _distinct(texts)
            if activity.kind is ActivityKind.ASSIGNMENT and activity.key in self.assignments:
                rubric = self.assignments[activity.key].rubric
                texts = [text for criterion in rubric for text in _criterion_texts(criterion)]
                documents[f"assignment {activity.key}"] = _distinct(texts)
        for term in course.glossary:
            documents[f"glossary {term.key}"] = _distinct([term.term, term.definition])
        return {name: texts for name, texts in documents.items() if texts}

    def _figure_documents(self, names: Iterable[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
        for name in names:
            try:
                if name in self.figures:
                    yield f"figure {name}", _distinct(figure_texts(self.figures[name]))
            except Unreadable:
                continue  # told when the file was taken in

    def _check_catalogues(self, course: CourseDetails, documents: Mapping[str, tuple[str, ...]]) -> None:
        for language in self._named(_CATALOGUE):
            file = f"translations/{language}.po"
            if not is_language(language):
                self.tell(file, f"“{language}” is not a language code such as ar, fr or pt_BR.")
            elif language == course.language:
                self.tell(file, "This is the language the course is written in; it needs no translation.")
            try:
                catalogue = read_catalogue(self.files[file])
            except Unreadable as error:
                self.tell_flaws(file, error.flaws)
                continue
            if catalogue.language and catalogue.language != language:
                self.tell(file, f"The header of the file says its language is “{catalogue.language}”.")
            for entry in catalogue.entries:
                known = entry.source in documents.get(entry.document, ())
                if known and not entry.fuzzy:
                    for sentence in check_entry(entry):
                        self.tell(file, sentence, entry.line)

    def _package(
        self, course: CourseSheet, lessons: Mapping[str, str], documents: dict[str, tuple[str, ...]]
    ) -> Package:
        details = {name: getattr(course, name) for name in CourseDetails.model_fields}
        quizzes = {
            key: Quiz(**quiz.rules.model_dump(), questions=tuple(quiz.questions)) for key, quiz in self.quizzes.items()
        }
        return Package(
            **details,
            slug=self.slug,
            lessons={key: Lesson(body=body) for key, body in lessons.items()},
            quizzes=quizzes,
            assignments=self.assignments,
            figures=self.figures,
            media=self.media,
            documents=documents,
            languages=tuple(self._named(_CATALOGUE)),
        )


def _course_texts(course: CourseDetails) -> Iterator[str]:
    yield course.title
    yield course.summary
    yield course.audience
    yield from course.objectives
    if course.series:
        yield course.series.title
    for module in course.modules:
        yield module.title
        yield from (activity.title for activity in module.activities)


def _criterion_texts(criterion: Criterion) -> Iterator[str]:
    yield criterion.title
    yield from (level.text for level in criterion.levels)


def _a(kind: ActivityKind) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"


def _distinct(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))


def _list(data: Any, name: str) -> list[Any]:
    value = data.get(name) if isinstance(data, dict) else None
    return value if isinstance(value, list) else []


def _perhaps(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, sorted(known), 1, 0.7)
    return f" Did you mean “{close[0]}”?" if close else ""


_FIELDS = {
    name
    for model in (
        CourseSheet,
        Series,
        Module,
        Activity,
        CertificateRule,
        Requirement,
        Publication,
        Term,
        QuizRules,
        Assignment,
        Criterion,
        Level,
    )
    for name in model.model_fields
}


def _sentence(details: ErrorDetails, model: type[BaseModel]) -> str:
    """One of pydantic's complaints in the words of an author."""
    where = [part for part in details["loc"] if isinstance(part, str)]
    name = where[-1] if where else "this"
    kind, context = details["type"], details.get("ctx", {})
    if kind == "extra_forbidden" and details["input"] is None and " " in name:
        return f"“{name}” looks like the rest of a text: put a text that holds a comma in quotes."
    if kind == "extra_forbidden":
        return f"“{name}” is not a field that belongs here.{_perhaps(name, _FIELDS | set(model.model_fields))}"
    if kind == "value_error":
        return str(context["error"])
    if kind in ("enum", "literal_error"):
        return f"“{name}” must be {context['expected']}."
    template = _SENTENCES.get(kind)
    if template is None:
        return f"“{name}”: {details['msg']}."
    return template.format(name=name, **context)


_SENTENCES = {
    "missing": "“{name}” is missing.",
    "string_type": "“{name}” must be a text; put it in quotes.",
    "string_too_short": "“{name}” is empty.",
    "string_too_long": "“{name}” is longer than {max_length} characters.",
    "string_pattern_mismatch": "“{name}” must be lower-case letters, digits and single hyphens.",
    "int_type": "“{name}” must be a whole number.",
    "int_from_float": "“{name}” must be a whole number.",
    "float_type": "“{name}” must be a number.",
    "bool_type": "“{name}” must be true or false.",
    "tuple_type": "“{name}” must be a list.",
    "list_type": "“{name}” must be a list.",
    "model_type": "“{name}” must hold fields, each as name: value.",
    "model_attributes_type": "“{name}” must hold fields, each as name: value.",
    "too_short": "“{name}” needs at least {min_length}.",
    "too_long": "“{name}” holds more than {max_length}.",
    "greater_than": "“{name}” must be more than {gt}.",
    "greater_than_equal": "“{name}” must be {ge} or more.",
    "less_than_equal": "“{name}” must be {le} or less.",
}
