"""Verifying a certificate, which anybody may, and the owner's own certificates."""

from base64 import b64encode
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from secrets import token_hex
from typing import Any
from urllib.parse import urlencode

import segno
from flask import Blueprint, Response, g, redirect, render_template, request, url_for

from lms.accounts.forms import typed
from lms.accounts.session import address, current_person
from lms.certification import queries, service
from lms.certification.forms import CorrectionForm, VerifyForm
from lms.certification.policy import DECIDE, LOOK, scopes_of
from lms.certification.queries import Achievement, CertificateView, CorrectionView, PrintedValues
from lms.certification.rules import CertificateKind, Verdict, parse_code
from lms.certification.signing import badge
from lms.certification.signing.badge import CONTEXTS, Addresses
from lms.certification.signing.keys import issuer_keys, public_jwk, public_pem
from lms.certification.signing.verify import say as say_verdict
from lms.kernel.i18n import _
from lms.kernel.rates import refuse_more
from lms.kernel.refusals import Invalid, NotFound
from lms.ui.web import access, acknowledge, feature, go, here, page, say

screens = feature("certification")
short = Blueprint("short", __name__, url_prefix="/v")
"""What QR codes and people who type from paper ask for: no language, as few letters as can be."""

well_known = Blueprint("well_known", __name__, url_prefix="/.well-known")
"""Where programs look for the issuer's public keys."""

badges = Blueprint("badges", __name__, url_prefix="/badges")
"""What badges name: who issued, what for, what still counts. Badges are everywhere, so these addresses never change."""

OFFLINE = {
    name: (Path(__file__).parent / "templates" / "certification" / name).read_text(encoding="utf-8")
    for name in ("offline.css", "offline.js")
}
"""What goes into the page to keep."""

MOST_MISSES, MISSES_WITHIN = 30, timedelta(minutes=10)
"""Codes that nobody holds, from one address. Finding one by trying would take longer than the sun will shine."""
SECONDS_TO_PRINT = 3
SECONDS_STATUS_IS_KEPT = 300
"""How long after a revocation a badge may still be called good."""


@short.get("/")
@access("anyone")
def short_form() -> Response:
    return go("certification.verify_form")


@short.get("/<code>")
@access("anyone")
def short_verify(code: str) -> Response:
    """On to the page in the reader's best language."""
    return go("certification.verify", code=parse_code(code) or code)


@screens.get("/verify/")
@access("anyone")
def verify_form() -> Response:
    g.place = "verify"
    form = VerifyForm(request.args)
    if form.code.data and (code := parse_code(form.code.data)):
        return go("certification.verify", code=code)
    if form.code.data:
        form.refuse({"code": _("This is no code of a certificate. Compare it with what is printed, letter by letter.")})
    return _public(page("certification/verify_form.html", form=form))


@dataclass(frozen=True, slots=True)
class OfflinePage:
    issuer: str
    keys: list[dict[str, Any]]
    sentences: dict[str, str]
    """What to say to each verdict."""
    script_digest: str
    made_on: date


@screens.get("/verify/offline/")
@access("anyone")
def offline() -> Response:
    """A page to keep: it verifies statements without us. Its script is inside, so it never opens as a page of ours."""
    content = OfflinePage(
        issuer=here().settings.issuer_name,
        keys=[public_jwk(key) for key in issuer_keys(here().settings).public.values()],
        sentences={verdict.value: say_verdict(verdict) for verdict in Verdict},
        script_digest=b64encode(sha256(OFFLINE["offline.js"].encode()).digest()).decode(),
        made_on=here().now.date(),
    )
    answer = Response(_in_one_file(render_template("certification/offline.html", page=content)))
    answer.content_type = "application/octet-stream"
    answer.headers["Content-Disposition"] = f'attachment; filename="verify-{here().lang}.html"'
    return answer


def _in_one_file(page: str) -> str:
    """The page with its style and script where it names them."""
    style, script = OFFLINE["offline.css"], OFFLINE["offline.js"]
    page = page.replace('<link rel="stylesheet" href="offline.css">', f"<style>{style}</style>")
    return page.replace(' src="offline.js">', f">{script}")


@well_known.get("/masar-issuer.json")
@access("anyone")
def issuer_json() -> Response:
    """The public keys as a JSON Web Key Set."""
    keys = issuer_keys(here().settings).public.values()
    return _published(acknowledge(issuer=here().settings.issuer_name, keys=[public_jwk(key) for key in keys]))


@well_known.get("/masar-issuer.pem")
@access("anyone")
def issuer_pem() -> Response:
    """The same as PEM, one after the other."""
    keys = issuer_keys(here().settings).public.values()
    return _published(Response("".join(map(public_pem, keys)), content_type="application/x-pem-file"))


@well_known.get("/masar-issuer/<key>.json")
@access("anyone")
def issuer_key(key: str) -> Response:
    """One public key, as badges name the one that they are signed with."""
    found = issuer_keys(here().settings).public.get(key)
    if found is None:
        raise NotFound
    return _published(acknowledge(**public_jwk(found)))


def _published(answer: Response) -> Response:
    """For every program on every site: there is nothing secret about it."""
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return answer


@screens.get("/verify/<code>")
@access("anyone")
def verify(code: str) -> Response:
    """Every printed field and what became of the certificate; a helpful page for codes that nobody holds."""
    g.place = "verify"
    _refuse_guessing()
    found = queries.certificate_by_code(here().db, code)
    if found is None:
        # A verification that finds its certificate never waits for the write lock; only guesses do.
        service.count_miss(here().database, _guesser(), most=MOST_MISSES, within=MISSES_WITHIN, now=here().now)
        return _public(page("certification/unknown.html", status=404, form=VerifyForm(None)))
    return _public(page("certification/verified.html", page=found))


def _public(answer: Response) -> Response:
    """Pages with names are not for search engines, nor for whoever uses this browser next."""
    answer.headers["X-Robots-Tag"] = "noindex, noarchive"
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _guesser() -> str:
    return f"verify:{address()}"


def _refuse_guessing() -> None:
    refuse_more(here().db, _guesser(), most=MOST_MISSES, within=MISSES_WITHIN, now=here().now)


@dataclass(frozen=True, slots=True)
class MyCertificates:
    certificates: list[CertificateView]
    looks_after: bool
    """Whether the person also runs courses, or teaches in them."""
    waiting: int
    """Requests to correct a certificate that they may decide about, or somebody beside them."""


@screens.get("/certificates/")
@access("signed-in")
def my_certificates() -> Response:
    person = current_person()
    looks_after = bool(scopes_of(person, LOOK, here().now))
    scopes = scopes_of(person, DECIDE, here().now)
    waiting = queries.count_open_corrections(here().db, scopes) if scopes else 0
    content = MyCertificates(queries.certificates_of(here().db, person), looks_after, waiting)
    return page("certification/my_certificates.html", page=content)


@dataclass(frozen=True, slots=True)
class MyCertificate:
    view: CertificateView
    square: str
    """SVG of the square code that leads to where it is verified."""
    profile: str
    """Where LinkedIn asks whether to add it to the person's profile."""
    corrections: list[CorrectionView]
    course: str
    """Its slug."""


@screens.get("/certificates/<code>/")
@access("signed-in")
def my_certificate(code: str) -> Response:
    """One certificate as it looks, to show, share, print or have corrected."""
    found = queries.own_certificate(here().db, current_person(), code)
    values = found.values
    corrections = queries.corrections_of(here().db, values.code)
    course = queries.certificate_to_end(here().db, values.code).slug
    content = MyCertificate(found, _square(values.address), _profile_link(values), corrections, course)
    return page("certification/my_certificate.html", page=content)


def _square(text: str) -> str:
    drawn: str = segno.make(text, error="m", micro=False).svg_inline(border=2, omitsize=True, lineclass=None)
    return drawn.replace("<svg ", '<svg aria-hidden="true" ', 1)  # the address stands beside it in letters


def _profile_link(values: PrintedValues) -> str:
    """As LinkedIn documents it. Nothing is sent before the person follows it."""
    facts: dict[str, str | int] = {
        "startTask": "CERTIFICATION_NAME",
        "name": values.course.text,
        "organizationName": values.issuer,
        "issueYear": values.issued_on.year,
        "issueMonth": values.issued_on.month,
        "certUrl": values.address,
        "certId": values.code,
    }
    return f"https://www.linkedin.com/profile/add?{urlencode(facts)}"


@screens.get("/certificates/<code>/correction/")
@access("signed-in")
def correction(code: str) -> Response:
    found = queries.own_certificate(here().db, current_person(), code)
    names = {"name": found.values.name, "local_name": found.values.local_name}
    return _ask(found, CorrectionForm(formdata=None, data=names))


@screens.post("/certificates/<code>/correction/")
@access("signed-in")
def ask_correction(code: str) -> Response:
    found, form = queries.own_certificate(here().db, current_person(), code), CorrectionForm()
    g.return_path = f"certificates/{found.values.code}/correction/"
    wanted = {each: typed(form[each]) for each in ("name", "local_name", "reason")}
    try:
        if not form.validate():
            return _ask(found, form, 422)
        service.ask_correction(here().db, current_person(), code, **wanted, now=here().now)
    except Invalid as wrong:
        form.refuse(wrong.fields)
        return _ask(found, form, 422)
    say(_("Your request is kept. Somebody who runs the course decides about it, and you get a letter."))
    return go("certification.my_certificate", code=found.values.code)


@screens.post("/certificates/<code>/correction/withdraw/")
@access("signed-in")
def withdraw_correction(code: str) -> Response:
    g.return_path = f"certificates/{parse_code(code)}/"
    service.withdraw_correction(here().db, current_person(), code, here().now)
    say(_("Your request is taken back."))
    return go("certification.my_certificate", code=parse_code(code))


def _ask(found: CertificateView, form: CorrectionForm, status: int = 200) -> Response:
    return page("certification/correction.html", page=found, form=form, status=status)


@screens.get("/certificates/<code>.pdf")
@access("signed-in")
def download(code: str) -> Response:
    """The owner's PDF; while it is being printed, a page that asks again by itself."""
    found = queries.own_certificate(here().db, current_person(), code)
    if found.values.code != code:
        return redirect(url_for("certification.download", code=found.values.code))  # type: ignore[return-value]
    if found.sha256 is None:
        waiting = page("certification/being_printed.html", page=found, status=202)
        waiting.headers["Refresh"] = str(SECONDS_TO_PRINT)
        return waiting
    answer = Response(here().files.get(found.sha256), content_type="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="certificate-{code}.pdf"'
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


# -- badges


@screens.get("/certificates/<code>.jwt")
@access("signed-in")
def download_badge(code: str) -> Response:
    """The owner's badge, signed this moment."""
    found = queries.own_badge(here().db, current_person(), code)
    said = badge.credential(
        found.frozen,
        found.slug,
        found.place,
        email=current_person().email,
        salt=token_hex(16),
        addresses=_addresses(),
    )
    answer = _signed(said, "text/plain; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="badge-{found.frozen["code"]}.jwt"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


@badges.get("/status/<int:number>")
@access("anyone")
def status_list(number: int) -> Response:
    """Which badges of this list do not count any more."""
    said = badge.status_list(number, queries.ended_badges(here().db, number), _addresses(), here().now)
    answer = _published(_signed(said, "application/vc+jwt"))
    if here().person is None:  # verifiers are nobody; whatever somebody asks for, no proxy keeps
        answer.headers["Cache-Control"] = f"max-age={SECONDS_STATUS_IS_KEPT}"
    return answer


def _signed(said: dict[str, Any], content_type: str) -> Response:
    return Response(badge.sign(said, issuer_keys(here().settings).current, _addresses()), content_type=content_type)


def _addresses() -> Addresses:
    return Addresses(here().settings.base_url)


@badges.get("/issuer")
@access("anyone")
def issuer_profile() -> Response:
    said = badge.profile(here().settings.issuer_name, _addresses())
    return _for_programs_or_people(said, "certification.issuer")


@badges.get("/achievements/<slug>/<kind>")
@access("anyone")
def achievement_data(slug: str, kind: str) -> Response:
    found = queries.achievement(here().db, slug, kind, here().lang, here().now)
    said = badge.achievement(
        _addresses().achievement(slug, kind),
        kind,
        name=found.title.text,
        description=found.summary.text,
        criteria=found.criteria,
        language=here().lang,
    )
    creator = badge.profile(here().settings.issuer_name, _addresses())
    return _for_programs_or_people({**said, "creator": creator}, "certification.achievement", slug=slug, kind=kind)


def _for_programs_or_people(said: dict[str, Any], endpoint: str, **place: str) -> Response:
    """Whoever asks for a page is led to it, in their language; everybody else gets the data."""
    wanted = request.accept_mimetypes.best_match(["application/json", "application/ld+json", "text/html"])
    people = wanted == "text/html"
    answer = go(endpoint, **place) if people else _published(acknowledge(**{"@context": CONTEXTS, **said}))
    answer.vary.update(["Accept", "Accept-Language"])
    return answer


@dataclass(frozen=True, slots=True)
class IssuerPage:
    name: str
    address: str
    keys: list[str]
    """The ids of its public keys."""


@screens.get("/issuer/")
@access("anyone")
def issuer() -> Response:
    """Who issues certificates here, and how anybody can tell."""
    g.place = "verify"
    content = IssuerPage(
        here().settings.issuer_name, here().settings.base_url, list(issuer_keys(here().settings).public)
    )
    return page("certification/issuer.html", page=content)


@dataclass(frozen=True, slots=True)
class AchievementPage:
    about: Achievement
    completion: bool
    issuer: str
    learning_time: str


@screens.get("/achievements/<slug>/<kind>/")
@access("anyone")
def achievement(slug: str, kind: str) -> Response:
    """What a certificate of this kind stands for."""
    g.place = "verify"
    about = queries.achievement(here().db, slug, kind, here().lang, here().now)
    completion = about.kind == CertificateKind.COMPLETION
    issuer_name, time = here().settings.issuer_name, queries.learning_time(about.hours)
    return page("certification/achievement.html", page=AchievementPage(about, completion, issuer_name, time))
