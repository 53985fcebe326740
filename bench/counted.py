"""The process whose instructions are counted: one app, asked in-process, counting switched on between warm rounds.

    valgrind --tool=callgrind --instr-atstart=no python -m bench.counted REQUESTS APP JOBS

JOBS is a file of JSON lines {"name", "method", "path", "cookie", "body", "token"}; `{n}` in a body becomes 1, 2, 3…
"""

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.test import EnvironBuilder

from bench.bare import create_bare
from lms.factory import create_app
from lms.settings import Settings

WARM = 5
Ask = Callable[[], None]


def make(job: Mapping[str, str], app: Flask, host: str) -> Ask:
    """A verb that asks the app once, with as little around it as can be."""
    headers = {"Accept-Encoding": "gzip", "Cookie": job["cookie"], "X-CSRFToken": job["token"]}
    kind = "application/json" if job["body"] else None
    builder = EnvironBuilder(job["path"], f"http://{host}", method=job["method"], headers=headers, content_type=kind)
    environ, counter = builder.get_environ(), 0
    started: list[str] = []

    def start(status: str, _headers: object, _info: object = None) -> Any:
        started.append(status)
        return lambda _: None

    def ask() -> None:
        nonlocal counter
        counter += 1
        body = job["body"].replace("{n}", str(counter)).encode()
        asked = {**environ, "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        answer = app.wsgi_app(asked, start)
        data = b"".join(answer)
        getattr(answer, "close", lambda: None)()
        assert started[-1].startswith("200"), (job["path"], started[-1], data[:300])

    return ask


def tell_callgrind(*words: str) -> None:
    subprocess.run(["callgrind_control", *words, str(os.getpid())], check=True, stdout=subprocess.DEVNULL)


def main(requests: str, which: str, jobs: str) -> None:
    app = create_app(Settings.from_env()) if which == "ours" else create_bare(os.environ["BARE_URL"])
    for line in Path(jobs).read_text().splitlines():
        job = json.loads(line)
        ask = make(job, app, job["host"])
        for _ in range(WARM):
            ask()
        if requests == "0":  # asked natively, to see that it works
            continue
        tell_callgrind("-i", "on")
        ask()  # what is translated anew is not counted
        tell_callgrind("-z")
        for _ in range(int(requests)):
            ask()
        tell_callgrind(f"--dump={job['name']}")
        tell_callgrind("-i", "off")


if __name__ == "__main__":
    main(*sys.argv[1:])
