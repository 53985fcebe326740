"""A helper process that does one thing well: one JSON line in, one JSON line out, killed when it is slow.

Knows nothing of what is asked. The process sees nothing of the platform but its questions: no settings, no database,
an environment of a few words.
"""

import atexit
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from queue import LifoQueue
from typing import Any

from lms.settings import ROOT


class ChildStopped(Exception):
    """The process died or was too slow and was killed. The next question gets a new one."""


class Child:
    """One process at most, started at the first question and kept warm. Safe to call from several threads."""

    def __init__(
        self, module: str, *, seconds: float, environ: Callable[[], Mapping[str, str]] = dict, quiet: bool = False
    ) -> None:
        """`seconds` is how long an answer may take by the clock, the start included; `environ` gives more words of its
        environment, whenever it is started; `quiet` drops what it complains.
        """
        self._module, self._seconds, self._environ, self._quiet = module, seconds, environ, quiet
        self._turn = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        atexit.register(self.close)

    @property
    def pid(self) -> int | None:
        """The process, if it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def ask(self, job: Mapping[str, Any]) -> dict[str, Any]:
        """The answer. Raises ChildStopped."""
        with self._turn:
            process = self._process if self._process and self.pid else self._start()
            assert process.stdin
            assert process.stdout
            watch = threading.Timer(self._seconds, process.kill)
            watch.start()
            try:
                process.stdin.write(json.dumps(job).encode() + b"\n")
                process.stdin.flush()
                line = process.stdout.readline()
            except OSError:
                line = b""
            finally:
                watch.cancel()
            if not line.endswith(b"\n"):
                self._stop()
                raise ChildStopped(f"{self._module} ended with {process.returncode}.")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        """End the process; the next question starts a new one."""
        with self._turn:
            self._stop()

    def _start(self) -> subprocess.Popen[bytes]:
        self._stop()
        self._process = subprocess.Popen(  # noqa: S603 - a module of our own, named by our own code
            [sys.executable, "-m", self._module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if self._quiet else None,
            cwd=ROOT,
            env={"PATH": os.defpath, "LANG": "C.UTF-8", "PYTHONHASHSEED": "0", **self._environ()},
            start_new_session=True,  # Ctrl-C at the console is for the platform, which then closes its helpers
        )
        return self._process

    def _stop(self) -> None:
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                _close_quietly(pipe)
        self._process = None


class Children:
    """Several of one kind, each asked by one at a time. Whoever was asked last is asked first, so one who asks alone
    keeps one process warm and starts no other.
    """

    def __init__(self, many: int, make: Callable[[], Child]) -> None:
        self._all = [make() for _ in range(many)]
        self._idle = LifoQueue[Child]()
        for child in self._all:
            self._idle.put(child)

    @property
    def pids(self) -> list[int]:
        """The processes that run."""
        return [child.pid for child in self._all if child.pid is not None]

    def ask(self, job: Mapping[str, Any]) -> dict[str, Any]:
        """The answer of whoever is idle, or the first who will be. Raises ChildStopped."""
        child = self._idle.get()
        try:
            return child.ask(job)
        finally:
            self._idle.put(child)

    def close(self) -> None:
        """End them all; the next question starts a new one."""
        for child in self._all:
            child.close()


def _close_quietly(pipe: Any) -> None:
    try:
        pipe.close()
    except OSError:  # what was still to be written has nobody to read it
        return
