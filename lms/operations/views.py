"""For machines that watch: is it alive, is it ready, how is it doing."""

from flask import Blueprint, Response

from lms.ui.web import access

screens = Blueprint("operations", __name__)


@screens.get("/health/live")
@access("anyone")
def live() -> Response:
    """The process answers."""
    return Response("alive\n", content_type="text/plain; charset=utf-8")
