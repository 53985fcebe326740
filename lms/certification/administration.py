"""Screens for those who run courses: certificates and what happened to them, requests to correct them."""

from dataclasses import dataclass

from flask import Response, current_app, g, request

from lms.accounts.forms import typed
from lms.accounts.session import current_person
from lms.certification import queries, service
from lms.certification.forms import DecisionForm, RevokeForm
from lms.certification.policy import DECIDE, LOOK, may_decide, may_end_certificate, may_look, scopes_of
from lms.certification.queries import CertificateView, CorrectionView, EventLine, InCourse
from lms.certification.rules import LONGEST_TYPED, CorrectionState
from lms.kernel.i18n import _
from lms.kernel.refusals import Denied, Invalid, NotFound, Refused
from lms.ui.web import access, feature, go, here, page, say

screens = feature("certificate_administration", "certification")


@screens.before_request
def stand_here() -> None:
    g.place = "administration"
    g.decides = bool(scopes_of(current_person(), DECIDE, here().now))


@dataclass(frozen=True, slots=True)
class SearchPage:
    search: str
    found: list[CertificateView]


@screens.get("/administration/certificates/")
@access("signed-in")
def certificates() -> Response:
    scopes = scopes_of(current_person(), LOOK, here().now)
    if not scopes:
        raise NotFound
    search = "".join(each for each in request.args.get("q", "") if each.isprintable()).strip()[:LONGEST_TYPED]
    found = queries.find_certificates(here().db, search, scopes)
    return page("certificate_administration/certificates.html", page=SearchPage(search, found))


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


# -- smaller steps


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
