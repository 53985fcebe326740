"""Taking a course's texts along in a file, and bringing them back translated."""

from dataclasses import dataclass

from flask import Response, g, request, url_for

from lms.accounts.session import current_person
from lms.catalog.models import Course
from lms.catalog.queries import direction, title_in
from lms.catalog.source.problems import Flaw, Unreadable
from lms.kernel.i18n import _, ngettext
from lms.kernel.refusals import NotFound, require
from lms.translation.rules import Passage
from lms.ui.web import access, feature, go, here, page, say, takes_files
from lms.workshop.checks import Piece, word_diff
from lms.workshop.exchange import FORMATS, read_file
from lms.workshop.forms.exchange import TakeOverForm, UploadForm
from lms.workshop.links import Upload, read_upload, sign_upload
from lms.workshop.policy import may_translate
from lms.workshop.queries import desk
from lms.workshop.queries.desk import Progress
from lms.workshop.queries.exchange import bundle
from lms.workshop.service.importing import Chosen, Line, Outcome, Plan, apply_import, plan_import

screens = feature("exchange", "workshop")
LONGEST_NAME = 120
SHOWN = 100
"""Of the texts that are simply taken over a page lists no more."""


@dataclass(frozen=True, slots=True)
class ExchangePage:
    slug: str
    title: Passage
    language: str
    dir: str
    source_language: str
    progress: Progress
    file: str
    """The name of a file that could not be read; its flaws say why."""
    flaws: tuple[Flaw, ...]


@dataclass(frozen=True, slots=True)
class PlanPage:
    slug: str
    title: Passage
    language: str
    dir: str
    source_language: str
    source_dir: str
    titles: dict[str, str]
    """What people call the documents."""
    file: str
    plan: Plan
    shown: int = SHOWN

    def difference(self, line: Line) -> list[Piece]:
        """From the source of the file to the one of now; for two texts from the one here to the file's."""
        if line.hand is None or line.hand.text is None or line.outcome == Outcome.SOURCE_MOVED:
            return word_diff(line.unit.source, line.hand.source if line.hand else "")
        return word_diff(line.hand.text.text, line.unit.target)


@screens.before_request
def stand_here() -> None:
    g.place = "workshop"


def _enter(slug: str, language: str) -> Course:
    """The course, if this person works on it in this language."""
    course = desk.course_at_work(here().db, current_person(), slug, here().now)
    desk.target_language(course, language)
    require(may_translate(current_person(), slug, language, here().now))
    return course


@screens.get("/workshop/<slug>/<language>/exchange/")
@access("signed-in")
def exchange(slug: str, language: str) -> Response:
    return _show(_enter(slug, language), language, UploadForm())


@screens.get("/workshop/<slug>/<language>/exchange/<name>.<any(xlf, po, xlsx):suffix>")
@access("signed-in")
def download(slug: str, language: str, name: str, suffix: str) -> Response:
    course = _enter(slug, language)
    scope = request.args.get("scope", "all")
    if name != f"{slug}-{language}" or scope not in {"all", "unfinished"}:
        raise NotFound
    found = bundle(here().db, course, language, only_unfinished=scope == "unfinished")
    answer = Response(FORMATS[suffix].write(found), content_type=FORMATS[suffix].mimetype)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.{suffix}"'
    return answer


@screens.post("/workshop/<slug>/<language>/exchange/")
@access("signed-in")
@takes_files
def look(slug: str, language: str) -> Response:
    """A dry run: what the file would change."""
    course, person, form = _enter(slug, language), current_person(), UploadForm()
    if not form.validate():
        return _show(course, language, form, status=422)
    name, data = (form.file.data.filename or "")[-LONGEST_NAME:], form.file.data.read()
    try:
        plan = plan_import(here().db, person, course, language, read_file(name, data), here().now)
    except Unreadable as error:
        return _show(course, language, form, name, tuple(error.flaws), status=422)
    upload = Upload(here().files.put(data), name, slug, language, person.public_id)
    return _show_plan(course, language, upload, plan)


@screens.post("/workshop/<slug>/<language>/exchange/apply/")
@access("signed-in")
def take_over(slug: str, language: str) -> Response:
    """The same file again, by our signature on its name: planned anew, then carried out."""
    course, person, form = _enter(slug, language), current_person(), TakeOverForm()
    form.validate()
    upload = read_upload(here().settings, form.upload.data or "", here().now)
    if upload is None or (upload.course, upload.language, upload.person) != (slug, language, person.public_id):
        sentence = _("That was too long ago. Nothing was changed; choose the file once more.")
        return _show(course, language, UploadForm(formdata=None), "", (Flaw(0, 0, sentence),), status=422)
    incoming = read_file(upload.name, here().files.get(upload.digest))
    chosen = Chosen(bool(form.for_review.data), frozenset(form.instead.data or ()))
    said = {"name": upload.name, "digest": upload.digest}
    changed = apply_import(here().db, person, course, language, incoming, chosen, here().now, file=said)
    say(ngettext("%(number)s text was taken over.", "%(number)s texts were taken over.", changed))
    return go("workshop.queue", slug=slug, language=language)


def _show(
    course: Course, language: str, form: UploadForm, file: str = "", flaws: tuple[Flaw, ...] = (), *, status: int = 200
) -> Response:
    package = desk.package_at_work(here().db, course)
    content = ExchangePage(
        slug=course.slug,
        title=title_in(course, here().lang),
        language=language,
        dir=direction(language),
        source_language=course.source_language,
        progress=desk.all_of(desk.documents_of(here().db, course, package, language)),
        file=file,
        flaws=flaws,
    )
    _come_back_to(course, language)
    return page("exchange/exchange.html", status=status, page=content, form=form, formats=list(FORMATS))


def _show_plan(course: Course, language: str, upload: Upload, plan: Plan) -> Response:
    form = TakeOverForm(formdata=None, upload=sign_upload(here().settings, upload, here().now))
    content = PlanPage(
        slug=course.slug,
        title=title_in(course, here().lang),
        language=language,
        dir=direction(language),
        source_language=course.source_language,
        source_dir=direction(course.source_language),
        titles=desk.document_titles(desk.package_at_work(here().db, course)),
        file=upload.name,
        plan=plan,
    )
    _come_back_to(course, language)
    return page("exchange/plan.html", page=content, form=form, outcomes=Outcome)


def _come_back_to(course: Course, language: str) -> None:
    """What was sent cannot be asked for again in another language; the page before it can."""
    place = url_for("exchange.exchange", slug=course.slug, language=language)
    g.return_path = place.removeprefix(f"/{here().lang}/")
