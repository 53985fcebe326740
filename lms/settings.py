"""What an operator decides, read once from `LMS_*` variables. A bad value stops the start with a sentence."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
"""The folder that holds courses/, translations/ and certificates/."""


class BadSetting(Exception):
    """A setting has a value the platform cannot start with; the message says which and what is accepted."""


@dataclass(frozen=True, slots=True)
class Settings:
    data_dir: Path
    """Everything the platform keeps outside its database: files, mail log, secrets, backups."""
    database_url: str
    base_url: str
    """Where people reach the platform; links in mail and QR codes are built from this, never from a request."""
    secret_key: str
    """Signs log-in cookies and links in mail."""
    signing_key: Path | None = None
    """The private key, as PEM, that signs certificates; without one, one is made and kept in `data_dir`."""
    port: int = 8000
    platform_name: str = "Masar"
    issuer_name: str = "Masar Learning"
    """Who issues the certificates, as printed."""
    mail_from: str = "Masar <no-reply@localhost>"
    smtp_host: str | None = None
    """Without a host, mail is printed to the console and kept in `data_dir/mail/`."""
    smtp_port: int = 25
    smtp_user: str | None = None
    smtp_password: str | None = None
    smtp_starttls: bool = False
    trusted_proxies: int = 0
    """How many proxies in front add X-Forwarded-* headers; none are believed beyond that."""
    argon2_time: int = 3
    argon2_memory_kib: int = 65536
    max_body_bytes: int = 2 * 1024 * 1024
    max_file_bytes: int = 10 * 1024 * 1024
    """The largest file that a participant hands in."""
    work_in_process: bool = True
    """Whether the web process also works the outbox, in a thread. Off where `lms work` runs beside it."""
    metrics_token: str | None = None
    """Who may read `/metrics` from elsewhere sends it as a bearer token; without one only the machine itself may."""

    @property
    def secure_cookies(self) -> bool:
        return self.base_url.startswith("https://")

    @property
    def host(self) -> str:
        return urlsplit(self.base_url).netloc

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> "Settings":
        """Read `LMS_*` from the environment; raises BadSetting."""
        known = {f"LMS_{name.upper()}": name for name in cls.__dataclass_fields__}
        extra = {"LMS_TEST_DATABASE_URL", "LMS_FUZZ_REQUESTS", "LMS_FUZZ_SEED"}
        for name in environ:
            if name.startswith("LMS_") and name not in known and name not in extra:
                raise BadSetting(f"{name} is not a setting; known are {', '.join(sorted(known))}.")
        data_dir = Path(environ.get("LMS_DATA_DIR", "var")).resolve()
        data_dir.mkdir(parents=True, exist_ok=True, mode=0o750)
        port = _number(environ, "LMS_PORT", 8000)
        base_url = environ.get("LMS_BASE_URL", f"http://127.0.0.1:{port}").rstrip("/")
        parts = urlsplit(base_url)
        if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path:
            raise BadSetting(
                f"LMS_BASE_URL is {base_url!r}; it must look like https://learn.example.org, without a path."
            )
        return cls(
            data_dir=data_dir,
            database_url=_database_url(environ, data_dir),
            base_url=base_url,
            secret_key=environ.get("LMS_SECRET_KEY") or _kept_secret(data_dir / "secret-key"),
            signing_key=_path(environ, "LMS_SIGNING_KEY"),
            port=port,
            platform_name=environ.get("LMS_PLATFORM_NAME", "Masar"),
            issuer_name=environ.get("LMS_ISSUER_NAME", "Masar Learning"),
            mail_from=environ.get("LMS_MAIL_FROM", f"Masar <no-reply@{parts.hostname}>"),
            smtp_host=environ.get("LMS_SMTP_HOST") or None,
            smtp_port=_number(environ, "LMS_SMTP_PORT", 25),
            smtp_user=environ.get("LMS_SMTP_USER") or None,
            smtp_password=environ.get("LMS_SMTP_PASSWORD") or None,
            smtp_starttls=_yes(environ, "LMS_SMTP_STARTTLS", False),
            trusted_proxies=_number(environ, "LMS_TRUSTED_PROXIES", 0),
            argon2_time=_number(environ, "LMS_ARGON2_TIME", 3),
            argon2_memory_kib=_number(environ, "LMS_ARGON2_MEMORY_KIB", 65536),
            max_body_bytes=_number(environ, "LMS_MAX_BODY_BYTES", 2 * 1024 * 1024),
            max_file_bytes=_number(environ, "LMS_MAX_FILE_BYTES", 10 * 1024 * 1024),
            work_in_process=_yes(environ, "LMS_WORK_IN_PROCESS", True),
            metrics_token=environ.get("LMS_METRICS_TOKEN") or None,
        )


def _database_url(environ: Mapping[str, str], data_dir: Path) -> str:
    url = environ.get("LMS_DATABASE_URL", f"sqlite:///{data_dir / 'lms.sqlite3'}")
    kind, _, place = url.partition("://")
    if kind not in {"sqlite", "postgresql"} or not place.strip("/"):
        raise BadSetting(
            "LMS_DATABASE_URL must look like postgresql://user:password@host/name or sqlite:////path/to/file."
        )
    return url


def _path(environ: Mapping[str, str], name: str) -> Path | None:
    path = Path(environ[name]).resolve() if environ.get(name) else None
    if path and not path.is_file():
        raise BadSetting(f"{name} is {str(path)!r}; there is no such file.")
    return path


def _number(environ: Mapping[str, str], name: str, default: int) -> int:
    raw = environ.get(name, str(default))
    if not raw.isdecimal():
        raise BadSetting(f"{name} is {raw!r}; it must be a whole number.")
    return int(raw)


def _yes(environ: Mapping[str, str], name: str, default: bool) -> bool:
    raw = environ.get(name, "yes" if default else "no").lower()
    if raw not in {"yes", "no"}:
        raise BadSetting(f"{name} is {raw!r}; it must be yes or no.")
    return raw == "yes"


def _kept_secret(path: Path) -> str:
    """A secret made on the first start and kept, readable by nobody else."""
    try:
        with open(path, "x", opener=_private) as new:
            new.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return path.read_text()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
