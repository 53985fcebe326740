"""What a reviewer types about a term."""

from typing import Any

from wtforms import HiddenField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from lms.kernel.i18n import SOURCE_LANGUAGE
from lms.kernel.i18n import lazy_gettext as _l
from lms.translation.models import GlossaryTerm
from lms.ui.forms import Form
from lms.workshop.service.glossary import LONGEST, LONGEST_DEFINITION, MOST_FORBIDDEN, Wording


class VersionForm(Form):
    """Names the state of the term that the person had before them."""

    version = HiddenField()

    @property
    def seen(self) -> int:
        """0, which no term has, when it is no number."""
        typed = self.version.data or ""
        return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= len(str(2**31)) else 0


class TermForm(VersionForm):
    term = StringField(
        _l("Term in the original"),
        [InputRequired(_l("Write the term as a dictionary lists it.")), Length(max=LONGEST)],
    )
    translation = StringField(_l("How it is said"), [InputRequired(_l("Write how it is said.")), Length(max=LONGEST)])
    definition = TextAreaField(_l("Which meaning of the word this is"), [Length(max=LONGEST_DEFINITION)])
    forbidden = StringField(_l("What must not be said for it"), [Length(max=LONGEST * MOST_FORBIDDEN)])

    def __init__(self, language: str, direction: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in (self.term, self.definition):
            field.render_kw = {"lang": SOURCE_LANGUAGE, "dir": "ltr"}
        for field in (self.translation, self.forbidden):
            field.render_kw = {"lang": language, "dir": direction}

    @classmethod
    def of(cls, term: GlossaryTerm, direction: str) -> "TermForm":
        """Filled with what is said now."""
        form = cls(term.language, direction, formdata=None)
        form.term.data, form.translation.data = term.term, term.translation
        form.definition.data, form.forbidden.data = term.definition or "", "; ".join(term.forbidden)
        form.version.data = str(term.version)
        return form

    def wording(self) -> Wording:
        """As typed; what must not be said is parted by semicolons of any script."""
        return Wording(
            self.term.data or "",
            self.translation.data or "",
            self.definition.data or "",
            tuple((self.forbidden.data or "").replace("؛", ";").split(";")),
        )
