"""The desk: signs and checks PDFs in a process of its own, which is ended when it is too slow and started anew."""

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lms.certification.rules import Verdict
from lms.kernel.child import Child, Children

SECONDS = 30.0
"""How long one file may take by the clock, the start of the process included."""


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
    """So many child processes at most, each started when it is first needed. Safe to call from several threads."""

    def __init__(self, *, many: int = 1, seconds: float = SECONDS) -> None:
        # What libraries think of a stranger's file is no news for the log.
        self._children = Children(many, lambda: Child("lms.certification.signing", seconds=seconds, quiet=True))

    def sign(self, pdf: bytes, credential: str, *, key: str, words: dict[str, str], at: datetime) -> bytes:
        """The file with the credential attached, signed. Raises NotSigned or ChildStopped."""
        file = base64.b64encode(pdf).decode()
        job = {"file": file, "credential": credential, "key": key, "words": words, "at": at.isoformat()}
        answer = self._children.ask({"sign": job})
        if "problem" in answer:
            raise NotSigned(answer["problem"])
        return base64.b64decode(answer["pdf"])

    def check(self, pdf: bytes, keys: Iterable[str]) -> Findings:
        """What a file is worth by these public keys. Raises ChildStopped."""
        answer = self._children.ask({"check": {"file": base64.b64encode(pdf).decode(), "keys": list(keys)}})
        if "problem" in answer:
            return Findings(Verdict.UNREADABLE)
        credential = json.loads(answer["credential"]) if answer["credential"] else None
        return Findings(Verdict(answer["verdict"]), answer["signer"], credential)

    def close(self) -> None:
        """End the processes."""
        self._children.close()
