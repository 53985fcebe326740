"""The glossary of a language: read by everybody in the workshop, kept by its reviewers and coordinators."""

from dataclasses import dataclass
from typing import Any

from flask import Response, g, request

from lms.accounts.session import current_person
from lms.catalog.queries import direction
from lms.kernel.i18n import LANGUAGES, SOURCE_LANGUAGE, _
from lms.kernel.refusals import Invalid, NotFound, Refused, require
from lms.translation.models import GlossaryTerm
from lms.ui.web import access, feature, go, here, page, say
from lms.workshop.forms.glossary import TermForm, VersionForm
from lms.workshop.policy import may_change_glossary, may_confirm_term, may_read_glossary
from lms.workshop.queries import glossary as queries
from lms.workshop.queries.glossary import TermFilters, Terms, term_of
from lms.workshop.service import glossary as service
from lms.workshop.service.glossary import TermChanged

screens = feature("glossary", "workshop")
LONGEST_SEARCH = 200
MOST_PAGES = 10_000


@screens.before_request
def stand_here() -> None:
    g.place = "workshop"


@screens.get("/workshop/glossary/")
@access("signed-in")
def languages() -> Response:
    if not may_read_glossary(current_person(), here().now):
        raise NotFound
    return page("glossary/languages.html", page=queries.sizes(here().db, _languages()))


@dataclass(frozen=True, slots=True)
class GlossaryPage:
    language: str
    dir: str
    filters: TermFilters
    terms: Terms
    refusal: str | None
    """Why the person cannot change it, where that is so."""
    confirmable: frozenset[int]
    """Ids of the terms that the person may confirm."""
    kept: dict[str, Any]
    """The filters, for addresses that lead back to this very list."""


@screens.get("/workshop/glossary/<language>/")
@access("signed-in")
def terms(language: str) -> Response:
    _enter(language)
    person, now, filters = current_person(), here().now, _filters()
    found = queries.terms(here().db, language, filters)
    verdict = may_change_glossary(person, language, now)
    content = GlossaryPage(
        language=language,
        dir=direction(language),
        filters=filters,
        terms=found,
        refusal=verdict.reason if isinstance(verdict, Refused) else None,
        confirmable=frozenset(
            term.id for term in found.lines if term.needs_review and may_confirm_term(person, term, now)
        ),
        kept=_kept(filters),
    )
    return page("glossary/terms.html", page=content, source_language=SOURCE_LANGUAGE)


@dataclass(frozen=True, slots=True)
class TermPage:
    language: str
    dir: str
    term: GlossaryTerm | None
    """As it is now; None: it is being added."""
    changed_since: str | None = None
    """The sentence for somebody who was overtaken: theirs is in the form, the other one is `term`."""


@screens.get("/workshop/glossary/<language>/new/")
@access("signed-in")
def new_term(language: str) -> Response:
    _enter_to_change(language)
    return _show(language, None, TermForm(language, direction(language), formdata=None))


@screens.post("/workshop/glossary/<language>/new/")
@access("signed-in")
def add_term(language: str) -> Response:
    _enter_to_change(language)
    form = TermForm(language, direction(language))
    try:
        if not form.validate():
            return _show(language, None, form, status=422)
        term = service.add_term(here().db, current_person(), language, form.wording(), here().now)
    except Invalid as wrong:
        form.refuse(wrong.fields)
        return _show(language, None, form, status=422)
    say(_("The term is in the glossary."))
    return go("glossary.terms", language=language, q=term.term)


@screens.get("/workshop/glossary/<language>/<term>/")
@access("signed-in")
def term(language: str, term: str) -> Response:
    found = _term_to_change(language, term)
    return _show(language, found, TermForm.of(found, direction(language)))


@screens.post("/workshop/glossary/<language>/<term>/")
@access("signed-in")
def change_term(language: str, term: str) -> Response:
    found, form = _term_to_change(language, term), TermForm(language, direction(language))
    try:
        if not form.validate():
            return _show(language, found, form, status=422)
        service.change_term(here().db, current_person(), found, form.wording(), form.seen, here().now)
    except Invalid as wrong:
        form.refuse(wrong.fields)
        return _show(language, found, form, status=422)
    except TermChanged as changed:
        if found.removed_at is not None:
            raise
        return _show(language, found, form, status=409, changed_since=changed.reason)
    say(_("The term is changed. Every text is looked at anew for it."))
    return go("glossary.terms", language=language, **_kept(_filters()))


@screens.post("/workshop/glossary/<language>/<term>/confirm/")
@access("signed-in")
def confirm_term(language: str, term: str) -> Response:
    found = _term_to_change(language, term)
    service.confirm_term(here().db, current_person(), found, VersionForm().seen, here().now)
    say(_("The term is confirmed."))
    return go("glossary.terms", language=language, **_kept(_filters()))


@screens.get("/workshop/glossary/<language>/<term>/remove/")
@access("signed-in")
def ask_to_remove(language: str, term: str) -> Response:
    found = _term_to_change(language, term)
    content = TermPage(language, direction(language), found)
    return page("glossary/remove.html", page=content, kept=_kept(_filters()), source_language=SOURCE_LANGUAGE)


@screens.post("/workshop/glossary/<language>/<term>/remove/")
@access("signed-in")
def remove_term(language: str, term: str) -> Response:
    found = _term_to_change(language, term)
    service.remove_term(here().db, current_person(), found, VersionForm().seen, here().now)
    say(_("The term is not in the glossary any more."))
    return go("glossary.terms", language=language, **_kept(_filters()))


# -- smaller steps


def _languages() -> list[str]:
    return [code for code in LANGUAGES if code != SOURCE_LANGUAGE]


def _enter(language: str) -> None:
    """For who has a part in any translation; others are not told of it."""
    if language not in _languages() or not may_read_glossary(current_person(), here().now):
        raise NotFound


def _enter_to_change(language: str) -> None:
    _enter(language)
    require(may_change_glossary(current_person(), language, here().now))


def _term_to_change(language: str, term: str) -> GlossaryTerm:
    _enter_to_change(language)
    return term_of(here().db, language, term)


def _filters() -> TermFilters:
    search = "".join(letter for letter in request.args.get("q", "") if letter.isprintable()).strip()[:LONGEST_SEARCH]
    number = min(max(request.args.get("page", 1, type=int), 1), MOST_PAGES)
    return TermFilters(search, request.args.get("unconfirmed") == "1", number)


def _kept(filters: TermFilters) -> dict[str, Any]:
    return {
        "q": filters.search or None,
        "unconfirmed": 1 if filters.unconfirmed else None,
        "page": filters.page if filters.page > 1 else None,
    }


def _show(
    language: str, term: GlossaryTerm | None, form: TermForm, *, status: int = 200, changed_since: str | None = None
) -> Response:
    """The form of a term; after a refusal, with what is wrong with it."""
    kept = _kept(_filters())
    g.return_path = f"workshop/glossary/{language}/{term.public_id if term else 'new'}/"
    if changed_since and term:  # saved again, it is put over the other one knowingly
        form.version.data = str(term.version)
    content = TermPage(language, direction(language), term, changed_since)
    return page(
        "glossary/term.html", status=status, page=content, form=form, kept=kept, source_language=SOURCE_LANGUAGE
    )
