"""Certificates printed: cold, warm, and on two cores, beside WeasyPrint asked the plain way for the same page; what
their time goes into; and those of a whole run as one file.
"""

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

from bench.archive import FEW, MANY, measure
from bench.server import cpu_seconds
from bench.table import Table, middle_ratio, verdict
from lms.certification.render.press import Press
from lms.settings import ROOT
from tests.certification.samples import CLASSIC, sample

ROUNDS, EACH, CORES, SHEETS = 5, 12, 2, 80
NAMES = {
    "en": ("Fatima Zahra El Mansouri", ""),
    "ar": ("عبد الرحمن بن محمد آل سعود", "Abdul Rahman bin Mohammed Al Saud"),
}
BUDGETS = {"en": (0.67, 0.45), "ar": (0.78, 0.5)}
"""Share of the plain way's CPU: must, aim. Where the plain way takes 89 ms, 0.67 is the budget of 60 ms."""


def main() -> None:
    table = Table(
        "Certificates",
        [
            "",
            "cold s",
            "warm ms CPU",
            "plain ms CPU",
            "× plain",
            "must",
            "aim",
            "",
            "KB",
            "a minute on two cores",
            "plain",
        ],
    )
    for language, name in (("en", "Latin"), ("ar", "Arabic")):
        table.add(name, *_row(language))
    print(table)
    print(_shares())
    print(_archives())


def _shares() -> Table:
    """The most first."""
    table = Table("What a certificate's time goes into", ["step", "Latin ms CPU", "%", "Arabic ms CPU", "%"])
    latin, arabic = (_spent(sample(language, *names)) for language, names in NAMES.items())
    for step in sorted(latin, key=lambda each: -latin[each]):
        cells = [cell for each in (latin, arabic) for cell in _cell(each, step)]
        table.add(step, *cells)
    table.add("all", f"{sum(latin.values()):.1f}", "100", f"{sum(arabic.values()):.1f}", "100")
    return table


def _cell(spent: Mapping[str, float], step: str) -> tuple[str, str]:
    return f"{spent[step]:.1f}", f"{100 * spent[step] / sum(spent.values()):.0f}"


def _spent(values: Mapping[str, Any]) -> dict[str, float]:
    press = Press()
    press.print_certificate(CLASSIC, values)
    with _job(values) as job:
        command = [sys.executable, "-m", "bench.shares", job]
        said = subprocess.run(command, env=_environ(press), cwd=ROOT, check=True, capture_output=True, text=True).stdout
    press.close()
    spent: dict[str, float] = json.loads(said)
    return spent


def _archives() -> Table:
    columns = [
        "certificates",
        "until the file is there, s",
        "a minute",
        "all printed before, s",
        "MB",
        "Python's peak MB",
    ]
    table = Table("All certificates of a run as one file, printed and signed", columns)
    for people in (FEW, MANY):
        found = measure(people)
        cells = (f"{found.seconds:.1f}", f"{people / found.seconds * 60:.0f}", f"{found.again:.2f}")
        table.add(str(people), *cells, f"{found.megabytes:.1f}", f"{found.peak:.1f}")
    return table


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
    fast, slow = _a_minute(values), _plain_a_minute(press, values)
    press.close()
    must, aim = BUDGETS[language]
    ratio = middle_ratio(warm, plain)
    cells = [f"{cold:.1f}", f"{median(warm):.0f}", f"{median(plain):.0f}", f"{ratio:.2f}", f"{must}", f"{aim}"]
    return [*cells, verdict(ratio, must, aim), f"{size / 1000:.1f}", f"{fast:.0f}", f"{slow:.0f}"]


def _warm(press: Press, values: Mapping[str, Any]) -> float:
    assert press.pid
    before = cpu_seconds(press.pid)
    for _ in range(EACH):
        press.print_certificate(CLASSIC, values)
    return (cpu_seconds(press.pid) - before) / EACH * 1000


def _a_minute(values: Mapping[str, Any]) -> float:
    """As archives are made: one press with a process for each core."""
    press = Press(many=CORES)

    def work(_core: int) -> None:
        for _ in range(SHEETS):
            press.print_certificate(CLASSIC, values)

    with ThreadPoolExecutor(CORES) as pool:
        list(pool.map(lambda _core: press.print_certificate(CLASSIC, values), range(CORES)))
        started = time.perf_counter()
        list(pool.map(work, range(CORES)))
    took = time.perf_counter() - started
    press.close()
    return SHEETS * CORES / took * 60


def _plain_a_minute(press: Press, values: Mapping[str, Any]) -> float:
    def work(process: subprocess.Popen[str]) -> None:
        for _ in range(SHEETS):
            _ask(process)

    with _plain(press, values) as one, _plain(press, values) as other, ThreadPoolExecutor(CORES) as pool:
        started = time.perf_counter()
        list(pool.map(work, (one, other)))
        return SHEETS * CORES / (time.perf_counter() - started) * 60


@contextmanager
def _plain(press: Press, values: Mapping[str, Any]) -> Iterator[subprocess.Popen[str]]:
    """Beside the press, with the very same fonts and settings of the process."""
    with _job(values) as job:
        command = [sys.executable, "-m", "bench.plain", job]
        with subprocess.Popen(
            command,
            env=_environ(press),
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


@contextmanager
def _job(values: Mapping[str, Any]) -> Iterator[str]:
    """A file with what a press is asked."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as job:
        json.dump({"files": dict(CLASSIC.files), "values": dict(values)}, job)
        job.flush()
        yield job.name


def _environ(press: Press) -> dict[str, str]:
    said = Path(f"/proc/{press.pid}/environ").read_text()
    return dict(each.split("=", 1) for each in said.split("\0") if "=" in each)


def _ask(process: subprocess.Popen[str]) -> float:
    assert process.stdin
    assert process.stdout
    process.stdin.write("\n")
    process.stdin.flush()
    return float(process.stdout.readline())
