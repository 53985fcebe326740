"""Style sheet and scripts, held in memory, compressed once, under an address that changes when any of them does."""

import gzip
from dataclasses import dataclass
from hashlib import sha256
from mimetypes import guess_type
from pathlib import Path

from flask import Flask, Response, abort, request

FOLDER = Path(__file__).parent / "static"


@dataclass(frozen=True, slots=True)
class StaticFile:
    plain: bytes
    small: bytes
    content_type: str


def serve_static_files(app: Flask) -> None:
    """Give the app `/static/<digest>/<name>` and templates `static_url(name)`."""
    files = {
        path.name: StaticFile(
            data, gzip.compress(data, 9, mtime=0), guess_type(path.name)[0] or "application/octet-stream"
        )
        for path in sorted(FOLDER.iterdir())
        if path.is_file() and (data := path.read_bytes())
    }
    digest = sha256(b"".join(file.plain for file in files.values())).hexdigest()[:10]

    def static_file(digest: str, name: str) -> Response:  # noqa: ARG001 - any digest serves, so that pages of the last release find their style
        if name not in files:
            abort(404)
        file = files[name]
        compressed = "gzip" in request.headers.get("Accept-Encoding", "")
        answer = Response(file.small if compressed else file.plain, content_type=f"{file.content_type}; charset=utf-8")
        answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        answer.headers["Vary"] = "Accept-Encoding"
        if compressed:
            answer.headers["Content-Encoding"] = "gzip"
        return answer

    static_file.door = "anyone"  # type: ignore[attr-defined]
    app.add_url_rule("/static/<digest>/<name>", "static", static_file)
    app.jinja_env.globals["static_url"] = lambda name: f"/static/{digest}/{name}"
