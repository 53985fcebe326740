"""One module for each kind of question; this table is the only place that lists them.

Pure: no database, no web, no language of its own. To add a kind, write a module, add its line here and a partial in
`templates/assessment/kinds/`.
"""

from typing import Any

from lms.assessment.question_types import (
    matching,
    multiple_choice,
    number,
    ordering,
    short_text,
    single_choice,
    true_false,
)
from lms.assessment.question_types.kind import QuestionKind

KINDS: dict[str, QuestionKind[Any]] = {
    "single": single_choice.KIND,
    "multiple": multiple_choice.KIND,
    "true-false": true_false.KIND,
    "number": number.KIND,
    "short-text": short_text.KIND,
    "matching": matching.KIND,
    "ordering": ordering.KIND,
}
"""Keyed by the `kind` that authors write in a package."""
