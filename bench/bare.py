"""What the platform is compared with: Flask, Flask-Login over a session row, Jinja with twenty links, one query.

    python -m bench.bare FOLDER PORT

Served as the platform is (same gunicorn, same threads), on the same kind of database, with the same lesson text and the
same compression. It knows no language, no forms, no rules: with less it would not be a page for one who is logged in.
"""

import gzip
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import Flask, Response, jsonify, render_template, request
from flask_login import LoginManager, UserMixin, login_required
from jinja2 import DictLoader
from sqlalchemy import ForeignKey, String, UniqueConstraint, create_engine, event, select
from sqlalchemy.engine import Engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, contains_eager, mapped_column, relationship

from lms.operations.server import Platform
from lms.operations.server import Server as Gunicorn
from lms.settings import Settings

SECRET, TOKEN, SLUG = "bare-secret-key", "bare-token", "course"
LESSONS = 20

LAYOUT = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{{ row.title }}</title></head><body>
<header><a href="{{ url_for('start') }}">Courses</a>
{% if current_user.is_authenticated %} {{ current_user.name }}{% endif %}</header>
<nav><ol>{% for number in range(20) %}
<li><a href="{{ url_for('lesson', slug=row.slug, key=number) }}">Lesson {{ number }}</a></li>
{% endfor %}</ol></nav>
<main><h1>{{ row.title }}</h1>{{ row.html|safe }}</main></body></html>"""


class Base(DeclarativeBase):
    pass


class Person(UserMixin, Base):
    __tablename__ = "person"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))


class LogIn(Base):
    __tablename__ = "log_in"
    id: Mapped[int] = mapped_column(primary_key=True)
    token: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    person: Mapped[Person] = relationship()


class Lesson(Base):
    __tablename__ = "lesson"
    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(100))
    key: Mapped[str] = mapped_column(String(100))
    title: Mapped[str]
    html: Mapped[str]
    __table_args__ = (UniqueConstraint("slug", "key"),)


class Saved(Base):
    __tablename__ = "saved"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    payload: Mapped[str]
    at: Mapped[datetime]


def make_engine(url: str) -> Engine:
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"), pool_size=20)
    if url.startswith("sqlite"):

        @event.listens_for(engine, "connect")
        def set_profile(connection: Any, _: object) -> None:
            for pragma in ("journal_mode=wal", "synchronous=full", "busy_timeout=10000", "mmap_size=0"):
                connection.execute(f"PRAGMA {pragma}")

    return engine


def fill(url: str, html: str) -> None:
    """A new database with one person, logged in, and a course of twenty lessons."""
    engine = make_engine(url)
    Base.metadata.create_all(engine)
    with Session(engine) as db:
        db.add(LogIn(token=TOKEN, person=Person(name="Ada")))
        db.add_all(Lesson(slug=SLUG, key=str(key), title=f"Lesson {key}", html=html) for key in range(LESSONS))
        db.commit()
    engine.dispose()


def create_bare(url: str) -> Flask:
    app = Flask("bare")
    app.config.update(SECRET_KEY=SECRET, SESSION_COOKIE_NAME="bare")
    app.jinja_loader = DictLoader({"lesson.html": LAYOUT})
    engine = make_engine(url)
    manager = LoginManager(app)

    @manager.user_loader  # type: ignore[untyped-decorator]
    def load(token: str) -> Person | None:
        query = select(LogIn).join(LogIn.person).options(contains_eager(LogIn.person)).where(LogIn.token == token)
        with Session(engine) as db:
            found = db.scalar(query)
        return found.person if found else None

    def show(slug: str, key: str) -> str:
        with Session(engine) as db:
            row = db.scalars(select(Lesson).where(Lesson.slug == slug, Lesson.key == key)).one()
        return render_template("lesson.html", row=row)

    @app.get("/")
    def start() -> str:
        return show(SLUG, "1")

    @app.get("/<slug>/<key>/")
    @login_required  # type: ignore[untyped-decorator]
    def lesson(slug: str, key: str) -> str:
        return show(slug, key)

    @app.post("/save")
    @login_required  # type: ignore[untyped-decorator]
    def save() -> Response:
        with Session(engine) as db:
            row = Saved(person_id=1, payload=request.get_data(as_text=True), at=datetime.now(UTC).replace(tzinfo=None))
            db.add(row)
            db.commit()
        return jsonify(saved=True)

    @app.after_request
    def compress(answer: Response) -> Response:
        if answer.content_type.startswith("text/html") and "gzip" in request.headers.get("Accept-Encoding", ""):
            answer.set_data(gzip.compress(answer.get_data(), 5, mtime=0))
            answer.headers["Content-Encoding"] = "gzip"
        return answer

    return app


def main(folder: str, port: str, url: str = "") -> None:
    url = url or f"sqlite:///{folder}/bare.sqlite3"
    settings = Settings(Path(folder), url, f"http://127.0.0.1:{port}", SECRET, port=int(port), work_in_process=False)
    platform = Platform(settings, lambda _: create_bare(url), lambda _: ())  # type: ignore[arg-type]
    Gunicorn(platform, f"127.0.0.1:{port}", 1, "bare is served").run()


if __name__ == "__main__":
    main(*sys.argv[1:])
