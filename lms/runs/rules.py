"""Words of runs. Pure."""

from enum import StrEnum


class RunKind(StrEnum):
    SELF_PACED = "self-paced"
    COHORT = "cohort"
