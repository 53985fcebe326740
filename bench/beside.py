"""The platform and the bare app, both serving, with visitors at both."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bench import bare
from bench.client import Client
from bench.ground import Ground, enrol, first_course, lesson_of, new_ground, sign_cookie
from bench.server import Server, free_port, serving

BARE_LESSON, BARE_OPEN = f"/{bare.SLUG}/1/", "/"


@dataclass(frozen=True, slots=True)
class Both:
    ground: Ground
    ours: Server
    bare: Server
    bare_url: str
    slug: str
    lesson: str
    """Address of a lesson."""
    cookie: str
    """Of a learner who is enrolled."""

    def learner(self) -> Client:
        return Client(self.ours.port, self.cookie)

    def bare_learner(self) -> Client:
        return Client(self.bare.port, bare_cookie())


def bare_cookie() -> str:
    return sign_cookie(bare.SECRET, "bare", bare.TOKEN)


def body_of(page: str) -> str:
    """The lesson itself, cut out of its page."""
    return page.partition('<article class="prose">')[2].partition('<form method="post" class="steps">')[0]


@contextmanager
def both_serving(ours_url: str | None = None, bare_url: str | None = None) -> Iterator[Both]:
    slug = first_course()
    with new_ground(ours_url) as ground, tempfile.TemporaryDirectory(prefix="masar-bare-") as folder:
        cookie = ground.cookie("ada")
        with ground.serving() as ours:
            with Client(ours.port, cookie) as client:
                enrol(client, slug)
                lesson = lesson_of(client, slug)
                html = body_of(client.get(lesson).text)
            url = bare_url or f"sqlite:///{folder}/bare.sqlite3"
            bare.fill(url, html)
            port = free_port()
            with serving(["bench.bare", folder, str(port), url], {}, port, "is served") as other:
                yield Both(ground, ours, other, url, slug, lesson, cookie)
