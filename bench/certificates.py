"""Certificates printed: cold, warm, and on two cores, beside WeasyPrint asked the plain way for the same page."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from bench.server import cpu_seconds
from bench.table import Table, middle_ratio, verdict
from lms.certification.render.press import Press
from lms.settings import ROOT
from tests.certification.samples import CLASSIC, sample

ROUNDS, EACH, CORES, MANY = 5, 12, 2, 80
NAMES = {
    "en": ("Fatima Zahra El Mansouri", ""),
    "ar": ("عبد الرحمن بن محمد آل سعود", "Abdul Rahman bin Mohammed Al Saud"),
}
BUDGETS = {"en": (0.67, 0.45), "ar": (0.78, 0.5)}
"""Share of the plain way's CPU: must, aim. Where the plain way takes 89 ms, 0.67 is the budget of 60 ms."""


def main() -> None:
    table = Table(
        "Certificates",
        ["", "cold s", "warm ms CPU", "plain ms CPU", "× plain", "must", "aim", "", "KB", "a minute on two cores"],
    )
    for language, name in (("en", "Latin"), ("ar", "Arabic")):
        table.add(name, *_row(language))
    print(table)


def _row(language: str) -> list[str]:
    values = sample(language, *NAMES[language])
    press = Press()
    started = time.perf_counter()
    size = len(press.print_certificate(CLASSIC, values))
    cold = time.perf_counter() - started
    warm, plain = [], []
    with _plain(press, values) as other:
        for _ in range(ROUNDS):
            warm.append(_warm(press, values))
            plain.append(sum(_ask(other) for _ in range(EACH)) / EACH)
    press.close()
    must, aim = BUDGETS[language]
    ratio = middle_ratio(warm, plain)
    cells = [f"{cold:.1f}", f"{median(warm):.0f}", f"{median(plain):.0f}", f"{ratio:.2f}", f"{must}", f"{aim}"]
    return [*cells, verdict(ratio, must, aim), f"{size / 1000:.1f}", f"{_a_minute(values):.0f}"]


def _warm(press: Press, values: Mapping[str, Any]) -> float:
    assert press.pid
    before = cpu_seconds(press.pid)
    for _ in range(EACH):
        press.print_certificate(CLASSIC, values)
    return (cpu_seconds(press.pid) - before) / EACH * 1000


def _a_minute(values: Mapping[str, Any]) -> float:
    presses = [Press() for _ in range(CORES)]
    for press in presses:
        press.print_certificate(CLASSIC, values)

    def work(press: Press) -> None:
        for _ in range(MANY):
            press.print_certificate(CLASSIC, values)

    started = time.perf_counter()
    with ThreadPoolExecutor(CORES) as pool:
        list(pool.map(work, presses))
    took = time.perf_counter() - started
    for press in presses:
        press.close()
    return MANY * CORES / took * 60


@contextmanager
def _plain(press: Press, values: Mapping[str, Any]) -> Iterator[subprocess.Popen[str]]:
    """Beside the press, with the very same fonts and settings of the process."""
    environ = dict(
        each.split("=", 1) for each in Path(f"/proc/{press.pid}/environ").read_text().split("\0") if "=" in each
    )
    with tempfile.NamedTemporaryFile("w", suffix=".json") as job:
        json.dump({"files": dict(CLASSIC.files), "values": dict(values)}, job)
        job.flush()
        command = [sys.executable, "-m", "bench.plain", job.name]
        with subprocess.Popen(
            command,
            env=environ,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as process:
            _ask(process)
            yield process
            assert process.stdin
            process.stdin.close()


def _ask(process: subprocess.Popen[str]) -> float:
    assert process.stdin
    assert process.stdout
    process.stdin.write("\n")
    process.stdin.flush()
    return float(process.stdout.readline())
