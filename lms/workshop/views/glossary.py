"""The glossary of each language: read by everybody at work, changed by reviewers and those who lead."""

from dataclasses import dataclass

from flask import Response, g, request

from lms.accounts.session import current_person
from lms.catalog.queries import direction
from lms.kernel.i18n import LANGUAGES, SOURCE_LANGUAGE, _
from lms.kernel.refusals import Invalid, NotFound, require
from lms.translation.models import GlossaryTerm
from lms.ui.web import access, feature, go, here, page, say
from lms.workshop.forms.glossary import TermForm, VersionForm
from lms.workshop.policy import has_part, may_change_glossary
from lms.workshop.queries import glossary as queries
from lms.workshop.queries.glossary import Glossary
from lms.workshop.service import glossary as service

screens = feature("glossary", "workshop")
LONGEST_SEARCH, MOST_PAGES = 200, 1_000


@screens.before_request
def stand_here() -> None:
    g.place = "workshop"


def _enter(language: str) -> None:
    """For who has a part in any translation, in a language that is translated into."""
    if not has_part(current_person(), here().now) or language not in LANGUAGES or language == SOURCE_LANGUAGE:
        raise NotFound


def _change(language: str) -> None:
    _enter(language)
    require(may_change_glossary(current_person(), language, here().now))


@dataclass(frozen=True, slots=True)
class GlossaryPage:
    language: str
    dir: str
    languages: list[str]
    source_language: str
    search: str
    unconfirmed: bool
    found: Glossary
    changes: bool


@screens.get("/workshop/glossary/<language>/")
@access("signed-in")
def terms(language: str) -> Response:
    _enter(language)
    search = "".join(letter for letter in request.args.get("q", "") if letter.isprintable()).strip()[:LONGEST_SEARCH]
    unconfirmed = request.args.get("show") == "unconfirmed"
    number = min(max(request.args.get("page", 1, type=int), 1), MOST_PAGES)
    content = GlossaryPage(
        language=language,
        dir=direction(language),
        languages=[code for code in LANGUAGES if code != SOURCE_LANGUAGE],
        source_language=SOURCE_LANGUAGE,
        search=search,
        unconfirmed=unconfirmed,
        found=queries.glossary(here().db, language, search, unconfirmed=unconfirmed, page=number),
        changes=bool(may_change_glossary(current_person(), language, here().now)),
    )
    return page("glossary/terms.html", page=content)


@dataclass(frozen=True, slots=True)
class TermPage:
    language: str
    dir: str
    source_language: str
    term: GlossaryTerm | None
    """None: a new one."""


@screens.route("/workshop/glossary/<language>/new/", methods=["GET", "POST"])
@access("signed-in")
def new_term(language: str) -> Response:
    _change(language)
    form = TermForm()
    if form.validate_on_submit():
        try:
            service.add_term(here().db, current_person(), language, form.said(), here().now)
        except Invalid as wrong:
            form.refuse(wrong.fields)
        else:
            say(_("The term is in the glossary."))
            return go("glossary.terms", language=language)
    return _show(language, None, form)


@screens.route("/workshop/glossary/<language>/<term>/", methods=["GET", "POST"])
@access("signed-in")
def change_term(language: str, term: str) -> Response:
    _change(language)
    row = queries.term_of(here().db, language, term)
    known = {"term": row.term, "translation": row.translation, "definition": row.definition, "version": row.version}
    form = TermForm(data=known | {"forbidden": "; ".join(row.forbidden)})
    if form.validate_on_submit():
        try:
            service.change_term(here().db, current_person(), row, form.said(), form.version.data or 0, here().now)
        except Invalid as wrong:
            form.refuse(wrong.fields)
        else:
            say(_("The term is changed. Every text is looked at anew for it."))
            return go("glossary.terms", language=language)
    return _show(language, row, form)


@screens.post("/workshop/glossary/<language>/<term>/confirm/")
@access("signed-in")
def confirm_term(language: str, term: str) -> Response:
    _change(language)
    row = queries.term_of(here().db, language, term)
    service.confirm_term(here().db, current_person(), row, VersionForm().version.data or 0, here().now)
    say(_("The term is confirmed."))
    return go("glossary.terms", language=language)


@screens.post("/workshop/glossary/<language>/<term>/remove/")
@access("signed-in")
def remove_term(language: str, term: str) -> Response:
    _change(language)
    row = queries.term_of(here().db, language, term)
    service.remove_term(here().db, current_person(), row, VersionForm().version.data or 0, here().now)
    say(_("The term is not in the glossary any more."))
    return go("glossary.terms", language=language)


def _show(language: str, row: GlossaryTerm | None, form: TermForm) -> Response:
    content = TermPage(language, direction(language), SOURCE_LANGUAGE, row)
    for field in (form.term, form.definition):
        field.render_kw = {"lang": SOURCE_LANGUAGE, "dir": direction(SOURCE_LANGUAGE)}
    for field in (form.translation, form.forbidden):
        field.render_kw = {"lang": language, "dir": direction(language)}
    return page("glossary/term.html", page=content, form=form, status=422 if form.errors else 200)
