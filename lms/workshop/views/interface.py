"""The platform's own words beside the courses': listed, never changed here."""

from flask import Response, g, request

from lms.accounts.session import current_person
from lms.kernel.i18n import SOURCE_LANGUAGE
from lms.kernel.refusals import NotFound
from lms.ui.web import access, feature, here, page
from lms.workshop.policy import has_part
from lms.workshop.queries.interface import coverage, wording

screens = feature("interface", "workshop")
LONGEST_SEARCH = 200
MOST_PAGES = 10_000


@screens.before_request
def stand_here() -> None:
    g.place = "workshop"


@screens.get("/workshop/interface/")
@access("signed-in")
def languages() -> Response:
    _enter()
    return page("interface/languages.html", page=coverage())


@screens.get("/workshop/interface/<language>/")
@access("signed-in")
def sentences(language: str) -> Response:
    _enter()
    search = "".join(letter for letter in request.args.get("q", "") if letter.isprintable()).strip()[:LONGEST_SEARCH]
    number = min(max(request.args.get("page", 1, type=int), 1), MOST_PAGES)
    found = wording(language, search, number, undone=request.args.get("undone") == "1")
    return page("interface/sentences.html", page=found, source_language=SOURCE_LANGUAGE)


def _enter() -> None:
    """For who has a part in any translation; others are not told of it."""
    if not has_part(current_person(), here().now):
        raise NotFound
