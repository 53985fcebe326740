"""What people type about certificates: a code to verify, another name, a decision."""

from typing import Any

from wtforms import RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # the stubs are older
from wtforms.validators import InputRequired, Length

from lms.certification.rules import CorrectionState
from lms.kernel.i18n import _
from lms.kernel.i18n import lazy_gettext as _l
from lms.ui.forms import Form

LONGEST_NAME = 120
LONGEST_REASON = 1_000


class VerifyForm(Form):
    """Sent by GET: a verifier needs no cookie."""

    class Meta(Form.Meta):
        csrf = False  # reads only, and works on a phone that keeps no cookies

    code = StringField(_l("Code of the certificate"))


class CorrectionForm(Form):
    name = StringField(
        _l("Name as it should be printed, in Latin letters"),
        [InputRequired(_l("Write your name.")), Length(max=LONGEST_NAME)],
    )
    local_name = StringField(_l("Name in your own script"), [Length(max=LONGEST_NAME)])
    reason = TextAreaField(
        _l("Reason for the correction"),
        [InputRequired(_l("Say why, so that somebody can decide.")), Length(max=LONGEST_REASON)],
    )


class DecisionForm(Form):
    decision = RadioField(_l("Your decision"), [InputRequired(_l("Choose one."))])
    answer = TextAreaField(_l("A sentence for the learner"), [Length(max=LONGEST_REASON)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        accept = _("Accept: a new certificate with this name is issued, and the old one is replaced")
        self.decision.choices = [
            SelectChoice(str(CorrectionState.ACCEPTED), accept),
            SelectChoice(str(CorrectionState.DECLINED), _("Decline: the certificate stays as it is")),
        ]


class RevokeForm(Form):
    reason = TextAreaField(
        _l("Reason"),
        [InputRequired(_l("Say why, so that it can be understood later.")), Length(max=LONGEST_REASON)],
    )
