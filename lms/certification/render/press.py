"""The press: prints certificates in a process of its own, which is killed and started anew when it misbehaves.

The process stays warm between certificates. It sees nothing of the platform but a template and finished sentences: no
settings, no database, an environment of four words.
"""

import atexit
import base64
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import fontpkg_amiri
import fontpkg_noto_sans

from lms.certification.render.template import Template
from lms.settings import ROOT

SECONDS = 30.0
"""How long one certificate may take by the clock, the start of the process included."""


class PrintRefused(Exception):
    """This certificate cannot be printed: the template is broken or does not fit. Trying again will not help."""


class PressStopped(Exception):
    """The process died or was too slow and was killed. The next certificate gets a new one."""


class Press:
    """One child process at most, started at the first certificate. Safe to call from several threads."""

    def __init__(self, *, seconds: float = SECONDS, cpu_seconds: int = 10) -> None:
        self._seconds = seconds
        self._cpu_seconds = cpu_seconds
        self._turn = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        atexit.register(self.close)

    @property
    def pid(self) -> int | None:
        """The process that prints, if it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def print_certificate(self, template: Template, values: Mapping[str, Any]) -> bytes:
        """The PDF. Raises PrintRefused or PressStopped."""
        job = json.dumps({"files": dict(template.files), "values": dict(values)})
        with self._turn:
            answer = self._ask(job.encode() + b"\n")
        if "problem" in answer:
            raise PrintRefused(answer["problem"])
        return base64.b64decode(answer["pdf"])

    def close(self) -> None:
        """End the process and remove its folder."""
        with self._turn:
            self._stop()
            if self._folder:
                self._folder.cleanup()
                self._folder = None

    def _ask(self, job: bytes) -> dict[str, str]:
        process = self._process if self._process and self._process.poll() is None else self._start()
        assert process.stdin
        assert process.stdout
        watch = threading.Timer(self._seconds, process.kill)
        watch.start()
        try:
            process.stdin.write(job)
            process.stdin.flush()
            line = process.stdout.readline()
        except OSError:
            line = b""
        finally:
            watch.cancel()
        if not line.endswith(b"\n"):
            self._stop()
            raise PressStopped(f"The certificate press ended with {process.returncode}.")
        answer: dict[str, str] = json.loads(line)
        return answer

    def _start(self) -> subprocess.Popen[bytes]:
        self._stop()
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="masar-press-")
        folder = Path(self._folder.name)
        (folder / "fonts.conf").write_text(_fonts_conf(folder))
        self._process = subprocess.Popen(
            [sys.executable, "-m", "lms.certification.render"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env={
                "PATH": os.defpath,
                "LANG": "C.UTF-8",
                "PYTHONHASHSEED": "0",
                "SOURCE_DATE_EPOCH": "0",  # a font cut from a variable one carries no date of today
                "FONTCONFIG_FILE": str(folder / "fonts.conf"),
                "PRESS_CPU_SECONDS": str(self._cpu_seconds),
            },
            start_new_session=True,  # Ctrl-C at the console is for the platform, which then closes the press
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


def _fonts_conf(cache: Path) -> str:
    """Only our own type, so that a certificate looks the same on every machine."""
    folders = "".join(f"<dir>{escape(str(each.ROOT / 'files'))}</dir>" for each in (fontpkg_amiri, fontpkg_noto_sans))
    return (
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">'
        f"<fontconfig>{folders}<cachedir>{escape(str(cache))}</cachedir></fontconfig>"
    )
