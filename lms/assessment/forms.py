"""The shape of what pages and scripts send about answers. Unknown fields are refused."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError
from werkzeug.datastructures import MultiDict

from lms.assessment.question_types.kind import Problem
from lms.assessment.rules import MOST_SAVES
from lms.kernel.i18n import LANGUAGES, _
from lms.kernel.i18n import lazy_gettext as _l
from lms.kernel.refusals import Invalid

CSRF_FIELD = "csrf_token"

PROBLEM_SENTENCES = {
    Problem.NOT_A_NUMBER: _l("Write a number, such as 12.5 or 12,5."),
    Problem.TOO_LONG: _l("This answer is too long; shorten it."),
    Problem.NOT_OFFERED: _l("This page has changed. Reload it and answer again."),
}

Client = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{8,40}$")]
Seq = Annotated[int, Field(ge=1, le=MOST_SAVES)]
_Name = Annotated[str, StringConstraints(max_length=40)]
_Value = Annotated[str, StringConstraints(max_length=1000)]


class SavedAnswer(BaseModel):
    """One answer from the script of a question page."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    client: Client
    client_seq: Seq
    question: Annotated[int, Field(ge=1, le=1000)]
    """The number of the question in the attempt."""
    answer: Annotated[dict[_Name, Annotated[list[_Value], Field(max_length=50)]], Field(max_length=100)]
    """The fields of the page with their values."""
    language: str
    waited: Annotated[int, Field(ge=0)] = 0
    """For how many milliseconds it was kept on the device before it was sent."""


_SENT = TypeAdapter(Annotated[dict[Client, Seq], Field(max_length=500)])


def read_saved_answer(data: object) -> SavedAnswer:
    """What the script sent; Invalid when it is anything else."""
    try:
        answer = SavedAnswer.model_validate(data)
    except ValidationError as error:
        raise _invalid() from error
    if answer.language not in LANGUAGES:
        raise _invalid()
    return answer


def read_sent(text: str) -> dict[str, int]:
    """For each client the last number it knows to be saved; nothing when the page was used without its script."""
    if not text:
        return {}
    try:
        return _SENT.validate_json(text, strict=True)
    except ValidationError as error:
        raise _invalid() from error


def read_fields(form: MultiDict[str, str]) -> Mapping[str, Sequence[str]]:
    """The fields of a question page as it was sent without a script."""
    return {name: form.getlist(name) for name in form if name != CSRF_FIELD}


def _invalid() -> Invalid:
    return Invalid({"answer": _("This page has changed. Reload it and answer again.")})
