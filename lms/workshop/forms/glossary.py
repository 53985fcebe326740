"""What is typed into the glossary."""

from wtforms import IntegerField, StringField, TextAreaField
from wtforms.validators import InputRequired

from lms.kernel.i18n import lazy_gettext as _l
from lms.ui.forms import Form
from lms.workshop.service.glossary import Said


class TermForm(Form):
    term = StringField(_l("Term in the original"), [InputRequired(_l("Write the term as a dictionary lists it."))])
    translation = StringField(_l("How it is said"), [InputRequired(_l("Write how it is said."))])
    forbidden = StringField(_l("What must not be said for it"))
    definition = TextAreaField(_l("Which meaning of the word this is"))
    version = IntegerField()

    def said(self) -> Said:
        """As typed; what must not be said is parted by semicolons of any script."""
        parts = (self.forbidden.data or "").replace("؛", ";").split(";")
        return Said(
            term=" ".join((self.term.data or "").split()),
            translation=" ".join((self.translation.data or "").split()),
            definition=" ".join((self.definition.data or "").split()),
            forbidden=tuple(dict.fromkeys(part for each in parts if (part := " ".join(each.split())))),
        )


class VersionForm(Form):
    version = IntegerField()
