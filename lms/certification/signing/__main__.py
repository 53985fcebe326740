"""The process that signs and checks PDFs: one JSON line in, one JSON line out, inside limits, without network.

Asked {"sign": {…}} it answers {"pdf": base64}; asked {"check": {…}}, {"verdict": …}; else {"problem": sentence}. The
key comes with each question and is kept nowhere but in memory. It ends when its input ends.
"""

import base64
import json
import os
import resource
import sys
from datetime import datetime
from typing import Any

from lms.certification.signing import pdf

CPU_SECONDS = 10
MEMORY_BYTES = 1 << 30
OPEN_FILES = 64

_REFUSED = (
    "socket.connect",
    "socket.bind",
    "socket.send",
    "socket.get",
    "subprocess.",
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "os.system",
    "urllib.",
    "http.",
)


def main() -> None:
    answers = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)  # whatever a library prints must not look like an answer
    _shut_in()
    for line in sys.stdin:
        _allow_cpu()
        answers.write(json.dumps(_answer(json.loads(line))) + "\n")
        answers.flush()


def _answer(job: dict[str, Any]) -> dict[str, str | None]:
    try:
        return _sign(**job["sign"]) if "sign" in job else _check(**job["check"])
    except Exception as problem:  # one strange file must not end the process that others are signed with
        return {"problem": f"{type(problem).__name__}: {problem}"}


def _sign(file: str, credential: str, key: str, words: dict[str, str], at: str) -> dict[str, str | None]:
    moment = datetime.fromisoformat(at)
    signed = pdf.sign(base64.b64decode(file), credential.encode(), key, pdf.Words(**words), moment)
    return {"pdf": base64.b64encode(signed).decode()}


def _check(file: str, keys: list[str]) -> dict[str, str | None]:
    found = pdf.check(base64.b64decode(file), keys)
    credential = found.credential.decode("utf-8", "replace") if found.credential is not None else None
    return {"verdict": found.verdict.value, "signer": found.signer, "credential": credential}


def _shut_in() -> None:
    """From here on: no more memory and files than a certificate needs, and no network at all."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, OPEN_FILES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.addaudithook(_refuse)


def _refuse(event: str, _: tuple[object, ...]) -> None:
    if event.startswith(_REFUSED):
        raise PermissionError(f"The signing desk may not do {event}.")


def _allow_cpu() -> None:
    """The kernel ends this process when one file takes longer than that."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + CPU_SECONDS + 1
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


if __name__ == "__main__":
    main()
