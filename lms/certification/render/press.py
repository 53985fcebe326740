"""The press: prints certificates in a process of its own, which is killed and started anew when it misbehaves.

The process stays warm between certificates. It sees nothing of the platform but a template and finished sentences: no
settings, no database, an environment of four words.
"""

import atexit
import base64
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import fontpkg_amiri
import fontpkg_noto_sans

from lms.certification.render.template import Template
from lms.kernel.child import Child, Children

SECONDS = 30.0
"""How long one certificate may take by the clock, the start of the process included."""


class PrintRefused(Exception):
    """This certificate cannot be printed: the template is broken or does not fit. Trying again will not help."""


class Press:
    """So many child processes at most, each started when it is first needed and keeping fonts and style sheets as they
    were parsed. Safe to call from several threads.
    """

    def __init__(self, *, many: int = 1, seconds: float = SECONDS, cpu_seconds: int = 10) -> None:
        self._cpu_seconds = cpu_seconds
        self._children = Children(
            many, lambda: Child("lms.certification.render", seconds=seconds, environ=self._environ)
        )
        self._making = threading.Lock()
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        atexit.register(self.close)

    @property
    def pid(self) -> int | None:
        """The process that prints, if one runs; where several do, one of them."""
        return next(iter(self._children.pids), None)

    def print_certificate(
        self, template: Template, values: Mapping[str, Any], logos: Mapping[str, bytes] | None = None
    ) -> bytes:
        """The PDF; `logos` are what the values name, by SHA-256. Raises PrintRefused or ChildStopped."""
        pictures = {name: base64.b64encode(data).decode() for name, data in (logos or {}).items()}
        answer = self._children.ask({"files": dict(template.files), "values": dict(values), "logos": pictures})
        if "problem" in answer:
            raise PrintRefused(answer["problem"])
        return base64.b64decode(answer["pdf"])

    def close(self) -> None:
        """End the processes and remove their folder."""
        self._children.close()
        if self._folder:
            self._folder.cleanup()
            self._folder = None

    def _environ(self) -> dict[str, str]:
        with self._making:  # two may start at once
            if self._folder is None:
                self._folder = tempfile.TemporaryDirectory(prefix="masar-press-")
                folder = Path(self._folder.name)
                (folder / "fonts.conf").write_text(_fonts_conf(folder))
        return {
            "SOURCE_DATE_EPOCH": "0",  # a font cut from a variable one carries no date of today
            "FONTCONFIG_FILE": str(Path(self._folder.name) / "fonts.conf"),
            "PRESS_CPU_SECONDS": str(self._cpu_seconds),
        }


def _fonts_conf(cache: Path) -> str:
    """Only our own type, so that a certificate looks the same on every machine."""
    folders = "".join(f"<dir>{escape(str(each.ROOT / 'files'))}</dir>" for each in (fontpkg_amiri, fontpkg_noto_sans))
    return (
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">'
        f"<fontconfig>{folders}<cachedir>{escape(str(cache))}</cachedir></fontconfig>"
    )
