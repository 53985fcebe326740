"""What a view works with: where it stands (`here`), who may come in (`access`), and how it answers (`page`, `go`)."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from io import BytesIO
from typing import Any, TypeVar

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    g,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    send_file,
    session,
    url_for,
)
from sqlalchemy.orm import Session

from lms.kernel.db import Database
from lms.kernel.files import FileStore
from lms.kernel.i18n import LANGUAGES, current_language
from lms.kernel.shelf import Shelf
from lms.settings import Settings

View = TypeVar("View", bound=Callable[..., Any])
Answer = Response


@dataclass(slots=True)
class Here:
    """Where a request stands."""

    db: Session
    """Reads on GET; holds the write lock from its first statement on any other method. `create_app` commits it."""
    now: datetime
    settings: Settings
    database: Database
    """For the few views that must read before they take the write lock."""
    files: FileStore
    person: Any = None
    """Who is logged in, set by accounts; views ask `accounts.session.current_person`."""

    @property
    def lang(self) -> str:
        return current_language().code


def here() -> Here:
    found: Here = g.here
    return found


def feature(name: str, of: str | None = None) -> Blueprint:
    """A feature's screens, all under /<lang>/, with the feature's own templates folder.

    `of` names the feature where the screens are a part of one with a name of its own, like administration.
    """
    return Blueprint(name, f"lms.{of or name}", url_prefix="/<lang>", template_folder="templates")


def access(door: str) -> Callable[[View], View]:
    """Name the door of a view: who may come in at all. What they may do to what is the policy's word.

    A view without a door keeps the app from starting. Doors are listed in `lms.factory.DOORS`.
    """

    def mark(view: View) -> View:
        view.door = door  # type: ignore[attr-defined]
        return view

    return mark


def takes_files(view: View) -> View:
    """Mark a view whose form sends a file; every other is refused one."""
    view.takes_files = True  # type: ignore[attr-defined]
    return view


def takes_large_files(view: View) -> View:
    """The same, where a file may be as large as `max_file_bytes` says."""
    view.takes_large_files = True  # type: ignore[attr-defined]
    return takes_files(view)


def page(template: str, *, status: int = 200, **content: object) -> Response:
    """A page from a template; `content` is one frozen dataclass and perhaps a form."""
    return make_response(render_template(template, **content), status)


def kept_page(state: Hashable, draw: Callable[[], Response]) -> Response:
    """A page that is the same for everybody who is not logged in: drawn once, and kept while `state` stays as it is."""
    if here().person is not None or "_flashes" in session:
        return draw()
    shelf: Shelf[bytes] = current_app.extensions["lms.pages"]
    return make_response(shelf.get((request.full_path, state), lambda: draw().get_data()))


def address(endpoint: str, **values: Any) -> str:
    """What templates call `url_for`: a page has dozens of links, and most were built before."""
    return _address(current_language().code, endpoint, tuple(values.items()))


@lru_cache(maxsize=4096)
def _address(language: str, endpoint: str, values: tuple[tuple[str, Any], ...]) -> str:  # noqa: ARG001 - part of the address
    return url_for(endpoint, **dict(values))


def go(endpoint: str, **values: Any) -> Response:
    """Send the browser on after a deed, to a page that reads the new state."""
    return make_response(redirect(url_for(endpoint, **values), 303))


def say(sentence: str) -> None:
    """A sentence to be shown on the next page: the deed is done."""
    flash(sentence)


def hand_out(data: bytes, content_type: str, name: str) -> Response:
    """A file of a course: what browsers can show is shown, all else is saved. Its address names its bytes."""
    answer = Response(data, content_type=content_type)
    inline = content_type.startswith(("image/", "audio/", "video/"))
    answer.headers["Content-Disposition"] = f"{'inline' if inline else 'attachment'}; filename={name}"
    answer.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    return answer


def attach(data: bytes, content_type: str, name: str) -> Response:
    """A file that somebody sent: saved, never shown in the browser whatever is in it, kept by nobody on the way."""
    answer = send_file(BytesIO(data), content_type, as_attachment=True, download_name=name, conditional=False)
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def acknowledge(status: int = 200, **content: object) -> Response:
    """An answer to a script."""
    return make_response(jsonify(content), status)


def wants_json() -> bool:
    return request.is_json or request.accept_mimetypes.best == "application/json"


def language_links() -> list[dict[str, str | bool]]:
    """This very page in each language."""
    prefix, _, rest = request.full_path.rstrip("?").lstrip("/").partition("/")
    if prefix not in LANGUAGES or request.method != "GET":
        prefix, rest = current_language().code, getattr(g, "return_path", "courses/")
    return [
        {"code": each.code, "name": each.name, "url": f"/{each.code}/{rest}", "current": each.code == prefix}
        for each in LANGUAGES.values()
    ]
