"""CPU of the server for a page, as a ratio to the bare page, in alternating rounds."""

from statistics import median

from bench.beside import BARE_LESSON, BARE_OPEN, Both, both_serving
from bench.client import Client
from bench.ground import begin_quiz
from bench.server import cpu_each
from bench.table import Table, middle_ratio, verdict

ROUNDS, REQUESTS, WARM = 9, 60, 40


def main() -> None:
    table = Table(
        "Pages: CPU of the server for each request",
        ["page", "ours ms", "bare ms", "× bare", "must", "aim", ""],
    )
    with both_serving() as both, both.learner() as client:
        question = begin_quiz(client, both.slug).page
        pages = [
            ("lesson", both.lesson, True, 2.5, 1.8),
            ("quiz question", question, True, 2.5, 1.8),
            ("course home", f"/en/learn/{both.slug}/", True, 2.5, 1.8),
            ("catalogue, anonymous", "/en/courses/", False, 1.6, 0.55),
            ("course page, anonymous", f"/en/courses/{both.slug}/", False, 5.4, 2.6),
        ]
        for name, path, logged_in, must, aim in pages:
            ours, bare = _measure(both, path, logged_in=logged_in)
            ratio = middle_ratio(ours, bare)
            cells = [f"{median(ours):.2f}", f"{median(bare):.2f}", f"{ratio:.2f}", f"{must}", f"{aim}"]
            table.add(name, *cells, verdict(ratio, must, aim))
    print(table)


def _measure(both: Both, path: str, *, logged_in: bool) -> tuple[list[float], list[float]]:
    ours, bare = [], []
    here = both.learner() if logged_in else Client(both.ours.port)
    there = both.bare_learner() if logged_in else Client(both.bare.port)
    with here, there:
        asked = here.request("GET", path)
        bare_asked = there.request("GET", BARE_LESSON if logged_in else BARE_OPEN)
        cpu_each(both.ours, here, asked, WARM)
        cpu_each(both.bare, there, bare_asked, WARM)
        for _ in range(ROUNDS):
            ours.append(cpu_each(both.ours, here, asked, REQUESTS))
            bare.append(cpu_each(both.bare, there, bare_asked, REQUESTS))
    return ours, bare
