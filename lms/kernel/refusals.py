"""The ways to say no, each answered with its own status: 404, 403, 409, 422, 429, 503.

A reason is a sentence for the person who asked, in their language.
"""

from collections.abc import Mapping
from dataclasses import dataclass


class Refusal(Exception):
    """Anything a person may be told instead of what they asked for. The transaction is rolled back."""


class NotFound(Refusal):
    """It does not exist, or this person must not know that it does."""


class Denied(Refusal):
    """They know it exists and may not do this."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Conflict(Refusal):
    """The thing is no longer in the state this action needs."""

    def __init__(self, reason: str, details: Mapping[str, object] | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.details = dict(details or {})


class Invalid(Refusal):
    """What was sent cannot be taken; one sentence for each field."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__("; ".join(fields.values()))
        self.fields = dict(fields)


class TooMany(Refusal):
    """Too often in too short a time."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"retry after {retry_after} s")
        self.retry_after = retry_after
        """Seconds."""


class Overloaded(Refusal):
    """The database could not take one more writer in time; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Allowed:
    def __bool__(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class Refused:
    """A policy's no, with the sentence that explains it."""

    reason: str

    def __bool__(self) -> bool:
        return False


Verdict = Allowed | Refused


def require(verdict: Verdict) -> None:
    """Go on when allowed; raise Denied with the policy's reason otherwise."""
    if isinstance(verdict, Refused):
        raise Denied(verdict.reason)
