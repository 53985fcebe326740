"""How soon a second start is ready, what the web process holds after many requests, and what it never loads."""

import time
from statistics import median

from bench.client import Client
from bench.ground import Ground, enrol, first_course, lesson_of, new_ground
from bench.server import maps_library, memory, serving
from bench.table import Table, verdict

STARTS, REQUESTS = 3, 2000
READY_MUST, READY_AIM, MEMORY_MUST, MEMORY_AIM, GROWTH = 3.0, 2.0, 200.0, 130.0, 1.1


def main() -> None:
    table = Table("Start and memory", ["what", "seen", "must", "aim", ""])
    with new_ground() as ground:
        _start(ground)  # makes people and loads courses
        ready = median(_start(ground) for _ in range(STARTS))
        table.add(
            "ready, second start of the demo", f"{ready:.1f} s", "3 s", "2 s", verdict(ready, READY_MUST, READY_AIM)
        )
        early, late, printing = _memory(ground)
    cells = [f"{late:.0f} MB", f"{MEMORY_MUST:.0f} MB", f"{MEMORY_AIM:.0f} MB", verdict(late, MEMORY_MUST, MEMORY_AIM)]
    table.add(f"web process and its parent after {REQUESTS} requests (PSS)", *cells)
    table.add(
        "the same, for its size after 200",
        f"× {late / early:.2f}",
        f"× {GROWTH}",
        "",
        verdict(late / early, GROWTH, 1.02),
    )
    table.add(
        "printing libraries in the web process",
        "yes" if printing else "none",
        "none",
        "none",
        "OVER" if printing else "aim",
    )
    print(table)


def _start(ground: Ground) -> float:
    started = time.perf_counter()
    with (
        serving(["lms", "demo"], ground.environ, ground.settings.port, "Masar runs at") as server,
        Client(server.port) as client,
    ):
        client.get("/en/courses/")
        return time.perf_counter() - started


def _memory(ground: Ground) -> tuple[float, float, bool]:
    with ground.serving() as server, Client(server.port, ground.cookie("ada")) as client:
        enrol(client, first_course())
        pages = [lesson_of(client, first_course()), "/en/courses/", f"/ar/learn/{first_course()}/", "/en/learn/"]

        def ask(times: int) -> float:
            for number in range(times):
                client.get(pages[number % len(pages)])
            return memory(server.web) + memory(server.process.pid)

        early = ask(200)
        late = ask(REQUESTS - 200)
        return early, late, maps_library(server.web, "libpango")
