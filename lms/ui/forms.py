"""The base of every form: CSRF token, messages in the reader's language, optional fields that say so."""

from typing import Any

from flask_wtf import FlaskForm
from wtforms.i18n import get_translations

from lms.kernel.i18n import current_language


class Form(FlaskForm):  # type: ignore[misc]
    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        def get_translations(self, _form: Any) -> Any:
            return get_translations([current_language().code])

    def errors_in_order(self) -> list[tuple[str, str]]:
        """(field id, sentence) for the summary on top, in the order of the page."""
        found = [(field.id, str(sentence)) for field in self for sentence in field.errors]
        return [("", str(sentence)) for sentence in self.form_errors] + found

    def refuse(self, fields: dict[str, str]) -> None:
        """Put a service's sentences beside the fields they speak of."""
        for name, sentence in fields.items():
            if name in self:
                self[name].errors = [*self[name].errors, sentence]
            else:
                self.form_errors.append(sentence)
