"""The catalogue."""

from flask import Response, request

from lms.catalog import queries
from lms.catalog.queries import Filters
from lms.catalog.rules import Category
from lms.catalog.source.cover import draw_cover
from lms.ui.web import access, feature, here, kept_page, page

screens = feature("catalog")
LONGEST_SEARCH = 200
MOST_PAGES = 1000


@screens.get("/courses/")
@access("anyone")
def catalogue() -> Response:
    asked = request.args
    filters = Filters(
        search=asked.get("q", "").replace("\0", "")[:LONGEST_SEARCH].strip(),
        language=asked.get("language", "").replace("\0", "")[:10],
        category=asked["category"] if asked.get("category") in set(Category) else "",
        series=asked.get("series", "").replace("\0", "")[:LONGEST_SEARCH],
    )
    number = min(max(asked.get("page", 1, type=int), 1), MOST_PAGES)

    def draw() -> Response:
        found = queries.catalogue(here().db, here().lang, filters, number)
        return page("catalog/catalogue.html", page=found, cover=draw_cover)

    return draw() if filters.search else kept_page(queries.catalogue_state(here().db), draw)
