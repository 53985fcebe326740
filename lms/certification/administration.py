"""Screens for those who run courses: certificates and what happened to them, requests to correct them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import Response, current_app, g, request, send_file
from werkzeug.datastructures import MultiDict

from lms.accounts.forms import typed
from lms.accounts.models import Person
from lms.accounts.session import current_person
from lms.catalog.models import Course
from lms.catalog.queries import course_by_slug, title_in
from lms.certification import archives, queries, service
from lms.certification.forms import AskArchiveForm, Choices, DecisionForm, DesignForm, RevokeForm, SpecimenForm
from lms.certification.policy import (
    DECIDE,
    LOOK,
    may_decide,
    may_design,
    may_end_certificate,
    may_look,
    may_take_all,
    scopes_of,
)
from lms.certification.queries import (
    ArchiveView,
    CertificateView,
    CorrectionView,
    Count,
    EventLine,
    InCourse,
    RunDesign,
)
from lms.certification.rules import LONGEST_TYPED, CorrectionState, Issuer, SpecimenNames
from lms.kernel.i18n import LANGUAGES, _
from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.refusals import Denied, Invalid, NotFound, Refused, Verdict, require
from lms.runs.service import open_self_paced_run
from lms.translation.rules import Passage
from lms.ui.web import access, feature, go, here, page, say

screens = feature("certificate_administration", "certification")
TEMPLATE_NAMES = {"classic": _l("Classic"), "modern": _l("Modern"), "bilingual": _l("Bilingual")}
"""Of those that come along; another has the name its designer gave it."""


@screens.before_request
def stand_here() -> None:
    g.place = "administration"
    g.decides = bool(scopes_of(current_person(), DECIDE, here().now))


@dataclass(frozen=True, slots=True)
class SearchPage:
    search: str
    found: list[CertificateView]
    courses: list[tuple[str, Passage]]
    """Whose certificates the person may design."""


@screens.get("/administration/certificates/")
@access("signed-in")
def certificates() -> Response:
    scopes = scopes_of(current_person(), LOOK, here().now)
    if not scopes:
        raise NotFound
    search = "".join(each for each in request.args.get("q", "") if each.isprintable()).strip()[:LONGEST_TYPED]
    found = queries.find_certificates(here().db, search, scopes)
    mine = queries.courses_within(here().db, scopes_of(current_person(), DECIDE, here().now), here().lang)
    return page("certificate_administration/certificates.html", page=SearchPage(search, found, mine))


@dataclass(frozen=True, slots=True)
class CertificatePage:
    view: CertificateView
    slug: str
    history: list[EventLine]
    corrections: list[CorrectionView]
    """For those who decide about them."""
    refusal: str | None
    """Why this person cannot revoke it, where that is so."""


@screens.get("/administration/certificates/<code>/")
@access("signed-in")
def certificate(code: str) -> Response:
    return _show(_in_my_course(code))


@screens.post("/administration/certificates/<code>/revoke/")
@access("signed-in")
def revoke(code: str) -> Response:
    found, form = _in_my_course(code), RevokeForm()
    try:
        if not form.validate():
            return _show(found, form)
        service.revoke_certificate(here().db, current_person(), code, reason=typed(form.reason), now=here().now)
    except Invalid as wrong:
        form.refuse(wrong.fields)
        return _show(found, form)
    say(_("The certificate is revoked. Its owner gets a letter with the reason."))
    return go("certificate_administration.certificate", code=found.certificate.code)


@screens.get("/administration/corrections/")
@access("signed-in")
def corrections() -> Response:
    person, now = current_person(), here().now
    scopes = scopes_of(person, DECIDE, now)
    if not scopes_of(person, LOOK, now):
        raise NotFound
    if not scopes:
        raise Denied(_("Only coordinators of the course and administrators decide about corrections."))
    return page("certificate_administration/corrections.html", page=queries.open_corrections(here().db, scopes))


@dataclass(frozen=True, slots=True)
class CorrectionPage:
    asked: CorrectionView
    refusal: str | None
    """Why this person cannot decide, where that is so."""


@screens.get("/administration/corrections/<public_id>/")
@access("signed-in")
def correction(public_id: str) -> Response:
    return _show_correction(queries.correction_by_id(here().db, public_id))


@screens.post("/administration/corrections/<public_id>/")
@access("signed-in")
def decide(public_id: str) -> Response:
    asked, form = queries.correction_by_id(here().db, public_id), DecisionForm()
    _in_my_course(asked.certificate.code)
    try:
        if not form.validate():
            return _show_correction(asked, form)
        decision, answer = CorrectionState(form.decision.data), typed(form.answer)
        sign = current_app.extensions["lms.sign"]
        service.decide_correction(
            here().db, current_person(), public_id, decision, answer=answer, now=here().now, sign=sign
        )
    except Invalid as wrong:
        form.refuse(wrong.fields)
        return _show_correction(asked, form)
    say(_("Your decision is kept, and the learner gets a letter."))
    return go("certificate_administration.corrections")


@dataclass(frozen=True, slots=True)
class DesignPage:
    slug: str
    title: Passage
    runs: list[RunDesign]
    chosen: RunDesign | None
    """None where nobody has enrolled yet: the self-paced run is opened with its first word."""
    specimen: dict[str, str] | None
    """What the sheet that is shown is asked for by; None where the choice was not right."""


@screens.get("/administration/certificates/design/<slug>/")
@access("signed-in")
def design(slug: str) -> Response:
    """How certificates of the course look, template by template, and what a run says differently."""
    return _show_design(_course_to_design(slug), request.args.get("run", ""))


@screens.get("/administration/certificates/design/<slug>/specimen.pdf")
@access("signed-in")
def specimen(slug: str) -> Response:
    """A sheet that is none: printed while one waits, and kept nowhere."""
    course, form = _course_to_design(slug), _specimen_form()
    if not form.validate():
        raise NotFound
    settings, chosen = here().settings, _chosen(queries.run_designs(here().db, course), typed(form.run))
    pdf = service.print_specimen(
        here().db,
        here().files,
        course,
        chosen.run.id if chosen else None,
        template=form.template.data,
        language=form.language.data,
        names=SpecimenNames(form.names.data),
        issuer=Issuer(settings.issuer_name, settings.platform_name, settings.base_url),
        now=here().now,
    )
    answer = Response(pdf, content_type="application/pdf")
    answer.headers["Content-Disposition"] = 'inline; filename="specimen.pdf"'
    return answer


@screens.post("/administration/certificates/design/<slug>/")
@access("signed-in")
def change_design(slug: str) -> Response:
    course, form, db, now = _course_to_design(slug), _design_form(), here().db, here().now
    try:
        if not form.validate():
            return _show_design(course, typed(form.run), form)
        chosen = _chosen(queries.run_designs(db, course), typed(form.run))
        run = chosen.run if chosen else open_self_paced_run(db, course, now)
        wanted = {"template": form.template.data or None, "second_language": form.second_language.data or None}
        service.design_certificates(db, current_person(), course, run, **wanted, signatories=form.signatories, now=now)
    except Invalid as wrong:
        form.refuse(wrong.fields)
        return _show_design(course, typed(form.run), form)
    say(_("Certificates that are issued from now on look like this. Those issued before stay as they are."))
    return go("certificate_administration.design", slug=slug, run=run.public_id)


@dataclass(frozen=True, slots=True)
class ArchivesPage:
    slug: str
    title: Passage
    runs: list[RunDesign]
    chosen: RunDesign | None
    count: Count
    archives: list[ArchiveView]
    under_way: bool
    kept_days: int


@screens.get("/administration/certificates/all/<slug>/")
@access("signed-in")
def all_of_run(slug: str) -> Response:
    """All certificates of a run as one file: asked for, under way, there to be taken."""
    course, db = _course_to_take(slug), here().db
    runs = queries.run_designs(db, course)
    chosen = _chosen(runs, request.args.get("run", ""))
    made = queries.archives_of(db, chosen.run.id) if chosen else []
    content = ArchivesPage(
        slug=slug,
        title=title_in(course, here().lang),
        runs=runs,
        chosen=chosen,
        count=queries.count_of_run(db, chosen.run.id) if chosen else Count(0, 0),
        archives=made,
        under_way=any(each.unfinished for each in made),
        kept_days=archives.KEPT.days,
    )
    run = chosen.run.public_id if chosen else ""
    form = AskArchiveForm(formdata=None, data={"run": run})
    return page("certificate_administration/archives.html", page=content, form=form)


@screens.post("/administration/certificates/all/<slug>/")
@access("signed-in")
def ask_for_all(slug: str) -> Response:
    course, form, db = _course_to_take(slug), AskArchiveForm(), here().db
    chosen = _chosen(queries.run_designs(db, course), typed(form.run)) if form.validate() else None
    if chosen is None:
        raise NotFound
    archives.ask_archive(db, current_person(), course, chosen.run, language=here().lang, now=here().now)
    say(_("The file is being made. You can leave this page and come back."))
    return go("certificate_administration.all_of_run", slug=slug, run=chosen.run.public_id)


@screens.get("/administration/certificates/all/<slug>/<public_id>.zip")
@access("signed-in")
def take_all(slug: str, public_id: str) -> Response:
    found = queries.archive_to_take(here().db, _course_to_take(slug), public_id)
    path = here().files.path(found.sha256 or "")
    if not path.exists():
        raise NotFound
    name = f"certificates-{slug}-{found.asked_at:%Y-%m-%d}.zip"
    answer = send_file(path, mimetype="application/zip", as_attachment=True, download_name=name)
    answer.headers["Cache-Control"] = "no-store"
    return answer


# -- smaller steps


def _course_to_design(slug: str) -> Course:
    return _course_to(may_design, slug, f"administration/certificates/design/{slug}/")


def _course_to_take(slug: str) -> Course:
    return _course_to(may_take_all, slug, f"administration/certificates/all/{slug}/")


def _course_to(may: Callable[[Person, str, datetime], Verdict], slug: str, path: str) -> Course:
    """A course the person runs. To its trainers and learners its certificates are known, and refused."""
    db, person, now = here().db, current_person(), here().now
    course, scope = course_by_slug(db, person, slug, now), f"course:{slug}"
    g.return_path = path
    if not may_look(person, scope, now) and not queries.is_learner(db, person, slug):
        raise NotFound
    require(may(person, scope, now))
    return course


def _chosen(runs: list[RunDesign], public_id: str) -> RunDesign | None:
    """The run somebody asks for; without a word the latest, if there is any."""
    if not public_id:
        return runs[0] if runs else None
    found = [each for each in runs if each.run.public_id == public_id]
    if not found:
        raise NotFound
    return found[0]


def _specimen_form() -> SpecimenForm:
    """What the address asks for, and for the rest the first of each."""
    first = {"template": service.DEFAULT_TEMPLATE, "language": here().lang, "names": str(SpecimenNames.USUAL)}
    return SpecimenForm(
        MultiDict(first | request.args.to_dict()), templates=_templates(), languages=_languages(tuple(LANGUAGES))
    )


def _design_form(kept: RunDesign | None = None) -> DesignForm:
    """As it was sent, or as it is kept."""
    choices = {"templates": _templates(), "languages": _languages(service.SECOND_LANGUAGES)}
    if request.method == "POST":
        return DesignForm(**choices)
    said: dict[str, str] = {"run": kept.run.public_id} if kept else {}
    if kept and kept.design:
        said |= {"template": kept.design.template or "", "second_language": kept.design.second_language or ""}
        for at, each in enumerate(kept.design.signatories or [], start=1):
            said |= {f"name_{at}": each["name"], f"role_{at}": each["role"]}
    return DesignForm(formdata=None, data=said, **choices)


def _templates() -> Choices:
    return [(slug, str(TEMPLATE_NAMES.get(slug, each.name))) for slug, each in service.TEMPLATES.items()]


def _languages(codes: tuple[str, ...]) -> Choices:
    return [(code, LANGUAGES[code].name) for code in codes]


def _show_design(course: Course, run: str, refused: DesignForm | None = None) -> Response:
    """The page; with a form that was refused, what is wrong with it."""
    runs, asked = queries.run_designs(here().db, course), _specimen_form()
    chosen = _chosen(runs, run)
    asked.run.data = chosen.run.public_id if chosen else ""
    right = asked.validate()
    content = DesignPage(
        slug=course.slug,
        title=title_in(course, here().lang),
        runs=runs,
        chosen=chosen,
        specimen={name: asked[name].data for name in ("run", "template", "language", "names")} if right else None,
    )
    return page(
        "certificate_administration/design.html",
        status=200 if right and not refused else 422,
        page=content,
        asked=asked,
        form=refused or _design_form(chosen),
    )


def _in_my_course(code: str) -> InCourse:
    """A certificate of a course the person runs or teaches in. To its learners it is known, and refused."""
    found, person = queries.certificate_to_end(here().db, code), current_person()
    g.return_path = f"administration/certificates/{found.certificate.code}/"
    if may_look(person, found.scope, here().now):
        return found
    if queries.is_learner(here().db, person, found.slug):
        raise Denied(_("Only those who run the course look after its certificates."))
    raise NotFound


def _refusal(found: InCourse) -> str | None:
    verdict = may_end_certificate(current_person(), found.owner_id, found.scope, here().now)
    return verdict.reason if isinstance(verdict, Refused) else None


def _show(found: InCourse, form: RevokeForm | None = None) -> Response:
    """The same for a certificate."""
    db, code = here().db, found.certificate.code
    view = queries.certificate_by_code(db, code)
    assert view
    content = CertificatePage(
        view=view,
        slug=found.slug,
        history=queries.history_of(db, found.certificate),
        corrections=queries.corrections_of(db, code) if may_decide(current_person(), found.scope, here().now) else [],
        refusal=_refusal(found),
    )
    return page(
        "certificate_administration/certificate.html",
        status=422 if form else 200,
        page=content,
        form=form or RevokeForm(formdata=None),
    )


def _show_correction(asked: CorrectionView, form: DecisionForm | None = None) -> Response:
    """The request; with a form that was refused, what is wrong with it."""
    found = _in_my_course(asked.certificate.code)
    g.return_path = f"administration/corrections/{asked.public_id}/"
    if not may_decide(current_person(), found.scope, here().now):
        raise Denied(_("Only coordinators of the course and administrators decide about corrections."))
    content = CorrectionPage(asked, _refusal(found))
    return page(
        "certificate_administration/correction.html",
        status=422 if form else 200,
        page=content,
        form=form or DecisionForm(formdata=None),
    )
