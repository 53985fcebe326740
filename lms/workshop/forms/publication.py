"""What is asked when a language is withdrawn."""

from wtforms import StringField
from wtforms.validators import InputRequired, Length

from lms.accounts.rules import LONGEST_TEXT
from lms.kernel.i18n import lazy_gettext as _l
from lms.ui.forms import Form


class WithdrawForm(Form):
    reason = StringField(
        _l("Reason"),
        [
            InputRequired(_l("Write the reason in one short line; it is kept in the audit log.")),
            Length(max=LONGEST_TEXT),
        ],
    )
