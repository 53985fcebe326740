"""The form to type a code. It is sent by GET: a verifier needs no cookie."""

from wtforms import StringField

from lms.kernel.i18n import lazy_gettext as _l
from lms.ui.forms import Form


class VerifyForm(Form):
    class Meta(Form.Meta):
        csrf = False  # reads only, and works on a phone that keeps no cookies

    code = StringField(_l("Code of the certificate"))
