"""Words and limits of people and roles. Pure."""

from enum import StrEnum


class Role(StrEnum):
    """What a grant lets a person do, inside its scope and for as long as it is valid."""

    ADMINISTRATOR = "administrator"
    PROGRAMME_MANAGER = "programme-manager"
    COORDINATOR = "coordinator"
    TRAINER = "trainer"
    AUTHOR = "author"
    TRANSLATOR = "translator"
    REVIEWER = "reviewer"


class Gender(StrEnum):
    FEMALE = "female"
    MALE = "male"
    OTHER = "other"


class OrganisationType(StrEnum):
    NATIONAL_GOVERNMENT = "national-government"
    SUBNATIONAL_GOVERNMENT = "subnational-government"
    UN = "un-multilateral"
    BILATERAL = "bilateral"
    NATIONAL_NGO = "national-ngo"
    INTERNATIONAL_NGO = "international-ngo"
    ACADEMIA = "academia"
    PRIVATE = "private"
    WORKERS_EMPLOYERS = "workers-employers"
    OTHER = "other"


EVERYWHERE = "*"
"""The scope of a grant that holds on the whole platform; else it names one thing, like `course:<slug>`."""


def fold_email(email: str) -> str:
    """The form in which an e-mail address is unique."""
    return email.strip().casefold()
