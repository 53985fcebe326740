"""What is typed and pressed at the desk."""

from wtforms import HiddenField, IntegerField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from lms.catalog.source.inline import LONGEST_SEGMENT
from lms.kernel.i18n import lazy_gettext as _l
from lms.ui.forms import Form

LONGEST_COMMENT = 1_000
LARGEST_ID = 2**62


class SeenForm(Form):
    """What the person had before them; part of every form that writes or decides."""

    base = IntegerField()
    revision = IntegerField()


class TextForm(SeenForm):
    text = TextAreaField(
        _l("Translation"), [InputRequired(_l("Write the translation.")), Length(max=2 * LONGEST_SEGMENT)]
    )
    go = HiddenField()
    """`review`; anything else keeps a draft."""
    warned = HiddenField()
    """How many warnings the person had before them for this very text."""


class SendBackForm(SeenForm):
    comment = StringField(
        _l("What should be changed"),
        [InputRequired(_l("Say in a few words what should be changed.")), Length(max=LONGEST_COMMENT)],
    )
