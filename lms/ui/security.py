"""Headers, origins, hosts and body sizes: what holds for every request, whatever the feature."""

import gzip
from urllib.parse import urlsplit

from flask import Flask, Response, g, request
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import BadRequest, Forbidden, UnsupportedMediaType
from werkzeug.middleware.proxy_fix import ProxyFix

from lms.settings import Settings

SAFE = {"GET", "HEAD", "OPTIONS"}
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
SMALLEST_COMPRESSED = 700
COMPRESSED = {
    "text/html",
    "application/json",
    "image/svg+xml",
    "text/csv",
    "application/xliff+xml",
    "text/x-gettext-translation",
}


def secure(app: Flask, settings: Settings) -> None:
    """Refuse foreign hosts and origins, ask a CSRF token of every unsafe request, set the headers of every answer."""
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="masar",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=30 * 24 * 3600,
        SESSION_REFRESH_EACH_REQUEST=False,  # a log-in ends when its row says so; a cookie sent anew adds nothing
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,  # the Origin check below serves http and https alike
        MAX_CONTENT_LENGTH=settings.max_body_bytes,
        MAX_FORM_MEMORY_SIZE=settings.max_body_bytes,
        TRUSTED_HOSTS=_hosts(settings),
    )

    @app.before_request
    def refuse_files() -> None:
        welcome = getattr(app.view_functions.get(request.endpoint or ""), "takes_files", False)
        if request.mimetype == "multipart/form-data" and not welcome:
            raise UnsupportedMediaType
        if None in request.form:  # a part without a name, which no browser sends
            raise BadRequest

    CSRFProtect(app)
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=0)  # type: ignore[method-assign]

    @app.before_request
    def refuse_foreign_origins() -> None:
        if request.method in SAFE:
            return
        origin = request.headers.get("Origin")
        if origin and origin != "null" and _host_of(origin) != request.host:
            raise Forbidden
        if origin == "null" or request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
            raise Forbidden

    @app.after_request
    def harden(answer: Response) -> Response:
        headers = answer.headers
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "same-origin"
        headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=()"
        if settings.secure_cookies:
            headers["Strict-Transport-Security"] = "max-age=31536000"
        if "Cache-Control" not in headers:
            signed_in = getattr(g, "here", None) is not None and g.here.person is not None
            headers["Cache-Control"] = "no-store" if signed_in or request.method not in SAFE else "no-cache"
            answer.vary.update(["Cookie", "Accept-Encoding"])
        return _compressed(answer)


def _host_of(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:  # like "http://[", which no browser sends
        return ""


def _hosts(settings: Settings) -> list[str]:
    host = urlsplit(settings.base_url).hostname or "localhost"
    return [host, "127.0.0.1", "localhost"] if host in {"127.0.0.1", "localhost"} else [host]


def _compressed(answer: Response) -> Response:
    """Compress pages for slow links."""
    if (
        answer.direct_passthrough
        or "Content-Encoding" in answer.headers
        or answer.mimetype not in COMPRESSED
        or "gzip" not in request.headers.get("Accept-Encoding", "")
    ):
        return answer
    data = answer.get_data()
    if len(data) >= SMALLEST_COMPRESSED:
        answer.set_data(gzip.compress(data, 5, mtime=0))
        answer.headers["Content-Encoding"] = "gzip"
    return answer
