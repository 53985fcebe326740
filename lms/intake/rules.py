"""Words of intake, and which move leads where. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from statistics import mean

MOST_QUESTIONS = 5
MOST_CRITERIA = 6
HIGHEST_SCORE = 4
SCORES_EXPECTED = 2
"""So many people score each application."""


class ApplicationState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    """A place is offered, and held until `offer_expires_at`."""
    WAITING_LIST = "waiting-list"
    NOT_SELECTED = "not-selected"
    CONFIRMED = "confirmed"
    """The applicant took the offered place: they are in the run."""
    DECLINED = "declined"
    EXPIRED = "expired"
    """The time to confirm went by."""
    WITHDRAWN = "withdrawn"


_S = ApplicationState
NEXT_STATES: dict[ApplicationState, tuple[ApplicationState, ...]] = {
    _S.DRAFT: (_S.SUBMITTED, _S.WITHDRAWN),
    _S.SUBMITTED: (_S.ACCEPTED, _S.WAITING_LIST, _S.NOT_SELECTED, _S.WITHDRAWN),
    _S.ACCEPTED: (_S.CONFIRMED, _S.DECLINED, _S.EXPIRED, _S.WITHDRAWN),
    _S.WAITING_LIST: (_S.ACCEPTED, _S.NOT_SELECTED, _S.WITHDRAWN),
    _S.NOT_SELECTED: (_S.ACCEPTED, _S.WAITING_LIST),
    _S.CONFIRMED: (_S.WITHDRAWN,),
    _S.DECLINED: (),
    _S.EXPIRED: (_S.ACCEPTED, _S.WAITING_LIST),
    _S.WITHDRAWN: (_S.DRAFT,),
}
"""Who withdrew may begin again while the call is open; who declined has decided."""

DECISIONS = (ApplicationState.ACCEPTED, ApplicationState.WAITING_LIST, ApplicationState.NOT_SELECTED)
"""What those who select may decide."""
DECIDED = (*DECISIONS, ApplicationState.CONFIRMED, ApplicationState.DECLINED, ApplicationState.EXPIRED)


class Criterion(StrEnum):
    """What applications are scored by where a run has no criteria of its own."""

    ROLE = "role"
    MOTIVATION = "motivation"
    EXPERIENCE = "experience"
    CHANCE = "chance"


class Outcome(StrEnum):
    """What came of one line of a list of invited people."""

    ENROLLED = "enrolled"
    INVITED = "invited"
    ALREADY_IN = "already-in"
    ALREADY_INVITED = "already-invited"
    NOT_AN_ADDRESS = "not-an-address"
    ONESELF = "oneself"
    NO_SEAT = "no-seat"


@dataclass(frozen=True, slots=True)
class Standing:
    """What the scores of one application come to, each a sum over all criteria."""

    count: int
    mean: float | None
    spread: int | None
    """The highest less the lowest: far apart means that people should talk."""


def standing_of(scores: Iterable[Mapping[str, int]]) -> Standing:
    sums = [sum(each.values()) for each in scores]
    if not sums:
        return Standing(0, None, None)
    return Standing(len(sums), mean(sums), max(sums) - min(sums))


def in_language(texts: Mapping[str, str], language: str, source: str) -> tuple[str, str]:
    """A text in the reader's language, else in the platform's first, else in any; and the language it is in."""
    for code in (language, source, *texts):
        if texts.get(code):
            return texts[code], code
    return "", source
