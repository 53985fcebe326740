"""One answer kept durably, beside a bare POST that commits one row: alone, and with eight clients at once."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import count
from statistics import median

import psycopg

from bench.beside import Both, bare_cookie, both_serving
from bench.client import Client
from bench.ground import begin_quiz, enrol
from bench.server import Load, Server, cpu_each_of, load_of, middle_load
from bench.table import Table, middle_ratio, verdict
from tests.postgres import running_postgres

CLIENTS, ROUNDS, EACH, ALONE = 8, 7, 25, 60
MUST, AIM = 3.0, 2.0
LEAST, BETTER = 0.42, 0.8
"""Answers a second, as a share of what the bare POST makes at the same time."""
Save = Callable[[], None]


def main() -> None:
    alone = Table("One answer kept: CPU of the server", ["database", "ours ms", "bare ms", "× bare", "must", "aim", ""])
    crowd = Table(
        f"{CLIENTS} clients at once: answers kept a second",
        [
            *("database", "ours a second", "bare a second", "× bare", "must be over", "aim", ""),
            *("ours p99 ms", "bare p99 ms"),
        ],
    )
    with both_serving() as both:
        _measure("SQLite", both, alone, crowd)
    with _durable_postgres() as server:
        base, _, query = server.partition("?")
        urls = [f"{base.removesuffix('/postgres')}/{name}?{query}" for name in ("ours", "bare")]
        with both_serving(*urls) as both:
            _measure("PostgreSQL", both, alone, crowd)
    print(alone)
    print(crowd)


@contextmanager
def _durable_postgres() -> Iterator[str]:
    """A server that waits for its disk, as it does where answers matter, with two empty databases."""
    with running_postgres() as url, psycopg.connect(url, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = on")
        connection.execute("ALTER SYSTEM SET full_page_writes = on")
        connection.execute("SELECT pg_reload_conf()")
        connection.execute("CREATE DATABASE ours")
        connection.execute("CREATE DATABASE bare")
        yield url


def _measure(name: str, both: Both, alone_table: Table, crowd_table: Table) -> None:
    with ExitStack() as stack:
        ours = [stack.enter_context(_learner(both, number)) for number in range(CLIENTS)]
        bare = [stack.enter_context(_bare_learner(both)) for _ in range(CLIENTS)]
        _together(both.ours, ours)
        _together(both.bare, bare)
        alone: dict[bool, list[float]] = {True: [], False: []}
        crowd: dict[bool, list[Load]] = {True: [], False: []}
        for _ in range(ROUNDS):
            alone[True].append(cpu_each_of(both.ours, ours[0], ALONE))
            alone[False].append(cpu_each_of(both.bare, bare[0], ALONE))
            crowd[True].append(_together(both.ours, ours))
            crowd[False].append(_together(both.bare, bare))
    ratio = middle_ratio(alone[True], alone[False])
    cells = [f"{median(alone[True]):.2f}", f"{median(alone[False]):.2f}", f"{ratio:.2f}", f"{MUST:g}", f"{AIM:g}"]
    alone_table.add(name, *cells, verdict(ratio, MUST, AIM))
    share = middle_ratio(*([each.per_second for each in crowd[whose]] for whose in (True, False)))
    here, there = middle_load(crowd[True]), middle_load(crowd[False])
    cells = [f"{here.per_second:.0f}", f"{there.per_second:.0f}", f"{share:.2f}", f"{LEAST:g}", f"{BETTER:g}"]
    crowd_table.add(name, *cells, verdict(-share, -LEAST, -BETTER), f"{here.p99:.0f}", f"{there.p99:.0f}")


def _together(server: Server, saves: list[Save]) -> Load:
    """All clients at once, each as often as it is told."""

    def go(save: Save) -> list[float]:
        took = []
        for _ in range(EACH):
            started = time.perf_counter()
            save()
            took.append(time.perf_counter() - started)
        return took

    cpu, started = server.cpu(), time.perf_counter()
    with ThreadPoolExecutor(len(saves)) as pool:
        took = [each for times in pool.map(go, saves) for each in times]
    return load_of(server, took, started, cpu)


@contextmanager
def _learner(both: Both, number: int) -> Iterator[Save]:
    """Somebody in the middle of the final quiz."""
    with Client(both.ours.port, both.ground.cookie(f"learner{number}")) as client:
        enrol(client, both.slug)
        question = begin_quiz(client, both.slug)
        numbers = count(1)

        def save() -> None:
            body = question.body("bench-client", next(numbers)).encode()
            client.ask(client.request("POST", question.answers, body, "application/json", question.token))

        yield save


@contextmanager
def _bare_learner(both: Both) -> Iterator[Save]:
    with Client(both.bare.port, bare_cookie()) as client:
        body = b'{"client": "bench-client", "client_seq": 1, "question": 1, "answer": {"choice": ["a"]}}'
        asked = client.request("POST", "/save", body, "application/json")

        def save() -> None:
            client.ask(asked)

        yield save
