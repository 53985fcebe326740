"""Pages that belong to no feature: where to start, accessibility, privacy."""

from flask import Response, redirect, url_for

from lms.ui.web import access, feature, page

screens = feature("ui")


@screens.get("/")
@access("anyone")
def home() -> Response:
    return redirect(url_for("catalog.catalogue"))  # type: ignore[return-value]


@screens.get("/accessibility/")
@access("anyone")
def accessibility() -> Response:
    return page("ui/accessibility.html")


@screens.get("/privacy/")
@access("anyone")
def privacy() -> Response:
    return page("ui/privacy.html")
