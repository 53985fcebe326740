"""The desk: signs and checks PDFs in a process of its own, which is ended when it is too slow and started anew."""

import atexit
import base64
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lms.certification.rules import Verdict
from lms.settings import ROOT

SECONDS = 30.0
"""How long one file may take by the clock, the start of the process included."""


class DeskStopped(Exception):
    """The process died or was too slow and was killed. The next file gets a new one."""


class NotSigned(Exception):
    """This file cannot be signed; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What a file is worth."""

    verdict: Verdict
    signer: str | None = None
    """Who signed it, as the signature itself says: anybody can write any name there."""
    credential: dict[str, Any] | None = None
    """The values in the file, where they are as they were signed."""


class Desk:
    """One child process at most, started at the first file. Safe to call from several threads."""

    def __init__(self, *, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._turn = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        atexit.register(self.close)

    def sign(self, pdf: bytes, credential: str, *, key: str, words: dict[str, str], at: datetime) -> bytes:
        """The file with the credential attached, signed. Raises NotSigned or DeskStopped."""
        file = base64.b64encode(pdf).decode()
        job = {"file": file, "credential": credential, "key": key, "words": words, "at": at.isoformat()}
        answer = self._ask({"sign": job})
        if "problem" in answer:
            raise NotSigned(answer["problem"])
        return base64.b64decode(answer["pdf"])

    def check(self, pdf: bytes, keys: Iterable[str]) -> Findings:
        """What a file is worth by these public keys. Raises DeskStopped."""
        answer = self._ask({"check": {"file": base64.b64encode(pdf).decode(), "keys": list(keys)}})
        if "problem" in answer:
            return Findings(Verdict.UNREADABLE)
        credential = json.loads(answer["credential"]) if answer["credential"] else None
        return Findings(Verdict(answer["verdict"]), answer["signer"], credential)

    def close(self) -> None:
        with self._turn:
            self._stop()

    def _ask(self, job: dict[str, Any]) -> dict[str, str]:
        with self._turn:
            process = self._process if self._process and self._process.poll() is None else self._start()
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
                raise DeskStopped(f"The signing desk ended with {process.returncode}.")
        answer: dict[str, str] = json.loads(line)
        return answer

    def _start(self) -> subprocess.Popen[bytes]:
        self._stop()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "lms.certification.signing"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # what libraries think of a stranger's file is no news for the log
            cwd=ROOT,
            env={"PATH": os.defpath, "LANG": "C.UTF-8", "PYTHONHASHSEED": "0"},
            start_new_session=True,  # Ctrl-C at the console is for the platform, which then closes the desk
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


def _close_quietly(pipe: Any) -> None:
    try:
        pipe.close()
    except OSError:  # what was still to be written has nobody to read it
        return
