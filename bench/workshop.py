"""The translation desk on a course of 2,000 texts: the queue, one text, saving one; beside the bare page."""

import re
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import median

from bench.beside import BARE_LESSON, Both, both_serving
from bench.client import Client
from bench.server import cpu_each
from bench.table import Table, middle_ratio, verdict

FEW, MANY = 200, 2_000
PARTS = 20
"""Lessons of the course: its texts are spread over them."""
ROUNDS, REQUESTS, WARM, SAVES = 7, 20, 10, 60
TEXT = re.compile(r'href="(/en/workshop/[^"]+/text/[^"?]+/)')
REVISION, TOKEN = re.compile(r'name="revision" value="(\d+)"'), re.compile(r'name="csrf_token" value="([^"]+)"')
WORDS = [
    "families",
    "coverage",
    "transfer",
    "benefit",
    "contributions",
    "insurance",
    "registry",
    "drought",
    "season",
    "payment",
    "office",
    "list",
    "budget",
    "people",
    "village",
    "city",
    "women",
    "children",
    "pension",
    "income",
    "law",
    "right",
    "agency",
    "data",
    "price",
    "maize",
    "flood",
    "trigger",
    "plan",
]


def main() -> None:
    table = Table(
        f"The translation desk on a course of {MANY:,} texts, and of {FEW}",
        ["what", "ms CPU", "bare ms", "× bare", "must", "aim", "", "p95 ms", f"× of {FEW} texts"],
    )
    with both_serving() as both:
        courses = {size: _load(both, size) for size in (FEW, MANY)}
        cookie = both.ground.cookie("dee", administrator=True)
        with Client(both.ours.port, cookie) as client, both.bare_learner() as bare:
            texts = {size: _texts(client, slug) for size, slug in courses.items()}
            screens: list[tuple[str, Callable[[int], str], float, float]] = [
                ("queue", lambda size: f"/en/workshop/{courses[size]}/ar/?state=unfinished", 14, 10),
                ("one text", lambda size: texts[size][0], 10, 6),
            ]
            for name, address, must, aim in screens:
                ours = {size: _asked(both, client, client.request("GET", address(size))) for size in (FEW, MANY)}
                beside = _asked(both, bare, bare.request("GET", BARE_LESSON), bare=True)
                table.add(name, *_cells(ours, beside, must, aim))
            saved = {size: _saved(both, client, texts[size]) for size in (FEW, MANY)}
            table.add("saving one", *_cells(saved, beside, 10, 6))
    print(table)


@dataclass(frozen=True, slots=True)
class Spent:
    cpu: list[float]
    """Milliseconds of the server for one, by round."""
    p95: float
    """Milliseconds until the answer was there."""


def _cells(ours: dict[int, Spent], beside: Spent, must: float, aim: float) -> list[str]:
    many, few = ours[MANY], ours[FEW]
    ratio = middle_ratio(many.cpu, beside.cpu)
    cells = [f"{median(many.cpu):.2f}", f"{median(beside.cpu):.2f}", f"{ratio:.2f}", f"{must:g}", f"{aim:g}"]
    return [*cells, verdict(ratio, must, aim), f"{many.p95:.1f}", f"{middle_ratio(many.cpu, few.cpu):.2f}"]


def _asked(both: Both, client: Client, request: bytes, *, bare: bool = False) -> Spent:
    server = both.bare if bare else both.ours
    cpu_each(server, client, request, WARM)
    cpu, took = [], []
    for _ in range(ROUNDS):
        before = server.cpu()
        for _ in range(REQUESTS):
            started = time.perf_counter()
            client.ask(request)
            took.append(time.perf_counter() - started)
        cpu.append((server.cpu() - before) / REQUESTS * 1000)
    return Spent(cpu, _p95(took))


def _saved(both: Both, client: Client, texts: list[str]) -> Spent:
    """Each text saved once as a draft, as the script of the page sends it."""
    pages = [client.get(text).text for text in texts[:SAVES]]
    cpu, took = [], []
    for start in range(0, len(pages), SAVES // ROUNDS):
        batch = list(zip(texts, pages, strict=False))[start : start + SAVES // ROUNDS]
        before = both.ours.cpu()
        for text, page in batch:
            revision, token = REVISION.search(page), TOKEN.search(page)
            assert revision
            assert token
            fields = {"base": "0", "revision": revision[1], "csrf_token": token[1], "go": "draft", "warned": ""}
            started = time.perf_counter()
            client.post(text, text="العائلات والتغطية والتحويل النقدي في القرية.", **fields)
            took.append(time.perf_counter() - started)
        cpu.append((both.ours.cpu() - before) / len(batch) * 1000)
    return Spent(cpu[:ROUNDS], _p95(took))


def _p95(took: list[float]) -> float:
    return sorted(took)[int(len(took) * 0.95)] * 1000


def _texts(client: Client, slug: str) -> list[str]:
    found: list[str] = []
    for page in (1, 2):
        found += TEXT.findall(
            client.get(f"/en/workshop/{slug}/ar/?document=lesson part-1&page={page}".replace(" ", "+")).text
        )
        found += TEXT.findall(client.get(f"/en/workshop/{slug}/ar/?state=untranslated&page={page}").text)
    return list(dict.fromkeys(found))


def _load(both: Both, size: int) -> str:
    """A course of so many texts, half of them not translated yet, taken in while the platform runs."""
    slug = f"course-of-{size}"
    random = Random(size)
    with tempfile.TemporaryDirectory(prefix="masar-course-") as folder:
        course = Path(folder) / slug
        (course / "lessons").mkdir(parents=True)
        keys = [f"part-{number}" for number in range(1, PARTS + 1)]
        activities = "\n".join(f"      - {{kind: lesson, key: {key}, title: Title of {key}}}" for key in keys)
        (course / "course.yaml").write_text(COURSE.format(activities=activities, size=size), "utf-8")
        for key in keys:
            paragraphs = [_paragraph(random) for _ in range(size // PARTS)]
            (course / "lessons" / f"{key}.md").write_text("\n\n".join(paragraphs) + "\n", "utf-8")
        both.ground.command("courses", "load", str(course))
    return slug


def _paragraph(random: Random) -> str:
    words = " ".join(random.choice(WORDS) for _ in range(random.randint(8, 28)))
    return f"{words.capitalize()} {random.randint(10, 9999)}."


COURSE = """\
format: 1
title: A course of {size} texts
summary: Made to be measured.
language: en
category: self-paced
stage: open
minutes: 60
audience: Nobody.
objectives: [Nothing.]
licence: CC BY 4.0
modules:
  - key: all
    title: All
    activities:
{activities}
certificate:
  hours: 1
  completion: {{lessons: all}}
"""
