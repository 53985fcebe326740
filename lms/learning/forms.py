"""What a learner fills in."""

from wtforms import RadioField, StringField, TextAreaField
from wtforms.fields import SelectField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # the stubs are older
from wtforms.validators import InputRequired, Length, Optional

from lms.kernel.i18n import lazy_gettext as _l
from lms.ui.forms import Form

SCALE = [
    SelectChoice("5", _l("Fully")),
    SelectChoice("4", _l("Mostly")),
    SelectChoice("3", _l("Partly")),
    SelectChoice("2", _l("Hardly")),
    SelectChoice("1", _l("Not at all")),
]
LONGEST_COMMENT = 4000


class EvaluationForm(Form):
    satisfaction = RadioField(
        _l("Are you satisfied with the course?"),
        choices=SCALE,
        validators=[InputRequired(_l("Choose one of the answers."))],
    )
    expectations = RadioField(
        _l("Did it meet your expectations?"),
        choices=SCALE,
        validators=[InputRequired(_l("Choose one of the answers."))],
    )
    equipped = RadioField(
        _l("Do you feel equipped to use what you have learned in your work?"),
        choices=SCALE,
        validators=[InputRequired(_l("Choose one of the answers."))],
    )
    comment = TextAreaField(
        _l("What should we keep, and what should we change?"), validators=[Optional(), Length(max=LONGEST_COMMENT)]
    )


class CertificateDetailsForm(Form):
    name = StringField(_l("Name as printed"), validators=[InputRequired(_l("Write your name.")), Length(max=120)])
    local_name = StringField(_l("Name in your own script"), validators=[Optional(), Length(max=120)])
    language = SelectField(_l("Language of the certificate"), validators=[InputRequired()])
