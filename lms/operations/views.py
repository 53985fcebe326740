"""For machines that watch: is it alive, is it ready, how is it doing."""

from hmac import compare_digest
from ipaddress import ip_address
from time import perf_counter

import structlog
from flask import Blueprint, Response, g, request
from flask.blueprints import BlueprintSetupState
from prometheus_client import CONTENT_TYPE_LATEST

from lms.kernel.refusals import NotFound
from lms.operations.numbers import all_numbers, count_request
from lms.operations.readiness import what_is_not_ready
from lms.ui.web import access, here

log = structlog.get_logger("operations")
screens = Blueprint("operations", __name__)


@screens.record
def watch_from_the_first_moment(state: BlueprintSetupState) -> None:
    """Before anything else of the request: finding out who is there is part of its time."""
    state.app.before_request_funcs.setdefault(None, []).insert(0, start_the_watch)


def start_the_watch() -> None:
    g.arrived = perf_counter()


@screens.after_app_request
def count(answer: Response) -> Response:
    if "arrived" in g:
        count_request(request.endpoint or "none", request.method, answer.status_code, perf_counter() - g.arrived)
    return answer


@screens.get("/health/live")
@access("anyone")
def live() -> Response:
    """The process answers."""
    return _plain("alive\n")


@screens.get("/health/ready")
@access("anyone")
def ready() -> Response:
    """It can do its work: for a proxy that must know where to send people. Why not, only the machine itself is told."""
    reasons = what_is_not_ready(here().database, here().settings)
    if not reasons:
        return _plain("ready\n")
    log.error("not ready", reasons=reasons)
    return _plain("".join(f"{reason}\n" for reason in reasons) if _asked_from_this_machine() else "not ready\n", 503)


@screens.get("/metrics")
@access("anyone")
def metrics() -> Response:
    """Counts for Prometheus; for this machine, or with the token. To others there is no such page."""
    if not (_asked_from_this_machine() or _has_token()):
        raise NotFound
    return Response(all_numbers(here().db, here().now), content_type=CONTENT_TYPE_LATEST)


def _plain(text: str, status: int = 200) -> Response:
    return Response(text, status, content_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-store"})


def _asked_from_this_machine() -> bool:
    """Directly, that is: what a proxy on this machine passes on is somebody else's question."""
    passed_on = any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"))
    try:
        return not passed_on and ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def _has_token() -> bool:
    token = here().settings.metrics_token
    return token is not None and compare_digest(
        request.headers.get("Authorization", "").encode(), f"Bearer {token}".encode()
    )
