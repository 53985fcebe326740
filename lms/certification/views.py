"""Verifying a certificate, which anybody may, and the owner's own certificates."""

from dataclasses import dataclass
from datetime import timedelta

from flask import Blueprint, Response, g, redirect, request, url_for

from lms.accounts.session import address, current_person
from lms.certification import queries, service
from lms.certification.forms import VerifyForm
from lms.certification.queries import CertificateView
from lms.certification.rules import parse_code
from lms.kernel.i18n import _
from lms.kernel.rates import tries
from lms.kernel.refusals import TooMany
from lms.ui.web import access, feature, go, here, page

screens = feature("certification")
short = Blueprint("short", __name__, url_prefix="/v")
"""What QR codes and people who type from paper ask for: no language, as few letters as can be."""

MOST_MISSES, MISSES_WITHIN = 30, timedelta(minutes=10)
"""Codes that nobody holds, from one address. Finding one by trying would take longer than the sun will shine."""
SECONDS_TO_PRINT = 3


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
    if tries(here().db, _guesser(), within=MISSES_WITHIN, now=here().now) >= MOST_MISSES:
        raise TooMany(int(MISSES_WITHIN.total_seconds()))


@dataclass(frozen=True, slots=True)
class MyCertificates:
    certificates: list[CertificateView]


@screens.get("/certificates/")
@access("signed-in")
def my_certificates() -> Response:
    return page(
        "certification/my_certificates.html", page=MyCertificates(queries.certificates_of(here().db, current_person()))
    )


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
