"""Instructions carried out for a request, counted by valgrind: the same on a busy machine as on an idle one."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.beside import BARE_LESSON, BARE_OPEN, Both, bare_cookie, both_serving
from bench.ground import begin_quiz
from bench.table import Table, verdict
from lms.settings import ROOT

REQUESTS = 20
MARGIN = 1.05
"""What two runs of the same code may differ by."""
BUDGETS = {"lesson": (12.0, 8.0), "quiz-question": (14.0, 10.0), "catalogue": (7.5, 3.0), "save": (12.0, 8.0)}
"""Millions for each: must, aim."""
BARE_FOR = {"lesson": "page", "quiz-question": "page", "catalogue": "open-page", "save": "bare-save"}
TOTAL = re.compile(r"^(?:totals|summary): (\d+)", re.MULTILINE)
NAME = re.compile(r"^desc: Trigger: .*?(\S+)$", re.MULTILINE)
Job = Mapping[str, str]


def main() -> None:
    table, _over = measure()
    print(table)


def gate() -> int:
    """1 when a page or a save takes more than its budget and a margin."""
    table, over = measure()
    print(table)
    for name in over:
        print(f"{name} takes more instructions than it may.")
    return 1 if over else 0


def measure() -> tuple[Table, list[str]]:
    if shutil.which("callgrind_control") is None:
        raise SystemExit("Instructions are counted by valgrind; please run: sudo apt-get install valgrind")
    table = Table(
        "Instructions for each request, in millions", ["request", "ours", "bare", "× bare", "must", "aim", ""]
    )
    with both_serving() as both:
        ours_jobs, bare_jobs = _jobs(both), _bare_jobs()
        environ = {**both.ground.environ, "LMS_WORK_IN_PROCESS": "no"}
        ours = count("ours", ours_jobs, environ)
        bares = count("bare", bare_jobs, {"BARE_URL": both.bare_url})
    over = []
    for name, millions in ours.items():
        must, aim = BUDGETS[name]
        other = bares[BARE_FOR[name]]
        table.add(
            name, f"{millions:.2f}", f"{other:.2f}", f"{millions / other:.2f}", f"{must:g}", f"{aim:g}",
            verdict(millions, must, aim),
        )  # fmt: skip
        if millions > must * MARGIN:
            over.append(name)
    return table, over


def _job(name: str, path: str, host: str, cookie: str, body: str = "", token: str = "") -> Job:
    method = "POST" if body else "GET"
    return {"name": name, "method": method, "path": path, "host": host, "cookie": cookie, "body": body, "token": token}


def _jobs(both: Both) -> list[Job]:
    host = f"127.0.0.1:{both.ours.port}"
    with both.learner() as client:
        question = begin_quiz(client, both.slug)
        answer = question.body("counted-client", "{n}")
        cookie = client.cookie
    return [
        _job("lesson", both.lesson, host, cookie),
        _job("quiz-question", question.page, host, cookie),
        _job("catalogue", "/en/courses/", host, ""),
        _job("save", question.answers, host, cookie, answer, question.token),
    ]


def _bare_jobs() -> list[Job]:
    cookie = bare_cookie()
    return [
        _job("page", BARE_LESSON, "localhost", cookie),
        _job("open-page", BARE_OPEN, "localhost", ""),
        _job("bare-save", "/save", "localhost", cookie, '{"question": 1, "answer": {"choice": ["a"]}}'),
    ]


def count(which: str, jobs: Sequence[Job], environ: Mapping[str, str], requests: int = REQUESTS) -> dict[str, float]:
    """Millions of instructions for one request of each job."""
    with tempfile.TemporaryDirectory(prefix="masar-counted-") as folder:
        path = Path(folder) / "jobs"
        path.write_text("\n".join(json.dumps(job) for job in jobs))
        asked = [sys.executable, "-m", "bench.counted", str(requests), which, str(path)]
        callgrind = ["valgrind", "-q", "--tool=callgrind", "--instr-atstart=no", f"--callgrind-out-file={folder}/out"]
        subprocess.run(
            [*callgrind, *asked],
            env={**os.environ, **environ, "PYTHONHASHSEED": "0"},
            cwd=ROOT,
            check=True,
            stderr=subprocess.DEVNULL,
        )
        found = {}
        for dump in sorted(Path(folder).glob("out.*")):
            text = dump.read_text()
            name, total = NAME.search(text), TOTAL.search(text)
            if name and total and name[1] in {job["name"] for job in jobs}:
                found[name[1]] = int(total[1]) / requests / 1e6
    return {job["name"]: found[job["name"]] for job in jobs}
