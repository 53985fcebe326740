"""The base of every form: CSRF token, messages in the reader's language, optional fields that say so."""

from dataclasses import dataclass
from typing import Any

from flask import request
from flask_wtf import FlaskForm
from flask_wtf.form import _Auto
from wtforms.i18n import get_translations

from lms.kernel.i18n import current_language
from lms.kernel.i18n import lazy_gettext as _l
from lms.ui.security import SAFE

OWN_WORDS: dict[str, Any] = {
    "Field cannot be longer than %(max)d character.": _l("This is too long."),
    "Not a valid choice.": _l("Choose one from the list."),
}
"""What the library says, or does not know how to say in each of our languages, in words of our own."""


@dataclass(frozen=True, slots=True)
class _Sentences:
    """The library's sentences in the language of the moment."""

    of_library: Any

    def gettext(self, sentence: str) -> str:
        return str(OWN_WORDS.get(sentence) or self.of_library.gettext(sentence))

    def ngettext(self, one: str, many: str, number: int) -> str:
        return str(OWN_WORDS.get(one) or self.of_library.ngettext(one, many, number))


class Form(FlaskForm):  # type: ignore[misc]
    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        def wrap_formdata(self, _form: Any, formdata: Any) -> Any:
            """What was typed, as a page sends it: never JSON, never a file where a text should be."""
            if formdata is not _Auto:
                return formdata
            return request.form or None if request.method not in SAFE else None

        def get_translations(self, _form: Any) -> Any:
            return _Sentences(get_translations([current_language().code]))

    def errors_in_order(self) -> list[tuple[str, str]]:
        """(field id, sentence) for the summary on top, in the order of the page."""
        found = [(field.id, str(sentence)) for field in self for sentence in field.errors]
        return [("", str(sentence)) for sentence in self.form_errors] + found

    def refuse(self, fields: dict[str, str]) -> None:
        """Put a service's sentences beside the fields they speak of. One sentence about a field is enough."""
        for name, sentence in fields.items():
            if name not in self:
                self.form_errors.append(sentence)
            elif not self[name].errors:
                self[name].errors = [sentence]


def whole_number(text: str | None) -> int:
    """What a hidden field carries; 0 for whatever no page sends."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 10 else 0  # noqa: PLR2004
