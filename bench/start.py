"""How soon the demo is ready, what the web process holds after many requests, and what it never loads."""

import tempfile
import time
from statistics import median

from bench.client import Client
from bench.ground import Ground, enrol, first_course, lesson_of, new_ground
from bench.server import free_port, maps_library, memory, serving
from bench.table import Table, verdict
from lms.settings import Settings

STARTS, REQUESTS = 3, 2000
READY_MUST, READY_AIM, GROWTH = 3.0, 2.0, 1.1


def main() -> None:
    table = Table("Start and memory", ["what", "seen", "must", "aim", ""])
    first = median(_first_start() for _ in range(STARTS))
    with new_ground() as ground:
        _start(ground)  # makes people
        ready = median(_start(ground) for _ in range(STARTS))
        early, late, printing = _memory(ground)
    grown = late / early
    rows = [
        ("ready, first start of the demo", f"{first:.1f} s", "3 s", "2 s", verdict(first, READY_MUST, READY_AIM)),
        ("ready, second start of the demo", f"{ready:.1f} s", "3 s", "2 s", verdict(ready, READY_MUST, READY_AIM)),
        (f"server's PSS after {REQUESTS} requests", f"{late:.0f} MB", "200 MB", "130 MB", verdict(late, 200, 130)),
        ("the same, as a share of that after 200", f"{grown:.2f}", f"{GROWTH}", "", verdict(grown, GROWTH, 1.02)),
        ("printing libraries in the web process", f"{printing:d}", "0", "", verdict(printing, 0, 0)),
    ]
    for row in rows:
        table.add(*row)
    print(table)


def _first_start() -> float:
    """On an empty folder: makes the tables, loads the courses, makes people."""
    with tempfile.TemporaryDirectory(prefix="masar-bench-") as folder:
        environ = {"LMS_DATA_DIR": folder, "LMS_PORT": str(free_port())}
        return _start(Ground(environ, Settings.from_env(environ)))


def _start(ground: Ground) -> float:
    started = time.perf_counter()
    with serving(["lms", "demo"], ground.environ, ground.settings.port, "Masar runs at") as server:
        with Client(server.port) as client:
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
