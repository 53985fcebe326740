"""The process that sets certificates: one JSON line in, one JSON line out, inside limits, without network.

Asked {"files": {…}, "values": {…}, "logos": {…}}, it answers {"pdf": base64} or {"problem": sentence}. It ends when its
input ends.
"""

import base64
import gc
import json
import os
import resource
import sys
from typing import TextIO

from lms.certification.render.template import Template
from lms.certification.render.typesetter import Typesetter

CPU_SECONDS = int(os.environ.get("PRESS_CPU_SECONDS", "10"))
"""For one certificate; a normal one takes a twentieth of one second."""
MEMORY_BYTES = 1 << 30
OPEN_FILES = 64

_REFUSED = (
    "socket.",
    "subprocess.",
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "os.system",
    "urllib.",
    "http.",
    "ftplib.",
)


def main() -> None:
    answers = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)  # whatever a library prints must not look like an answer
    typesetter = Typesetter()
    _shut_in()
    for number, line in enumerate(sys.stdin):
        _allow_cpu(CPU_SECONDS)
        _answer(answers, _set(typesetter, line))
        if number == 0:
            _settle()


def _set(typesetter: Typesetter, line: str) -> dict[str, str]:
    try:
        job = json.loads(line)
        logos = {name: base64.b64decode(data) for name, data in job["logos"].items()}
        pdf = typesetter.set_certificate(Template(job["files"]), job["values"], logos)
    except Exception as problem:  # a broken template must not end the process that others print with
        return {"problem": f"{type(problem).__name__}: {problem}"}
    return {"pdf": base64.b64encode(pdf).decode()}


def _answer(answers: TextIO, answer: dict[str, str]) -> None:
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


def _shut_in() -> None:
    """From here on: no more memory, files or processes than a certificate needs, and no network at all."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.addaudithook(_refuse)


def _settle() -> None:
    """What is loaded by now stays: looking through it for garbage again and again took a quarter of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def _refuse(event: str, _: tuple[object, ...]) -> None:
    if event.startswith(_REFUSED):
        raise PermissionError(f"The certificate press may not do {event}.")


def _allow_cpu(seconds: int) -> None:
    """The kernel ends this process when one certificate takes longer than that."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + seconds + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


if __name__ == "__main__":
    main()
