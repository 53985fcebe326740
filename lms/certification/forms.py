"""What people type about certificates: a code to verify, another name, a decision."""

from typing import Any

from wtforms import HiddenField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # the stubs are older
from wtforms.validators import InputRequired, Length

from lms.catalog.source.parts import MOST_SIGNATORIES
from lms.certification.rules import CorrectionState, SpecimenNames
from lms.kernel.i18n import _
from lms.kernel.i18n import lazy_gettext as _l
from lms.ui.forms import Form

LONGEST_NAME = 120
LONGEST_REASON = 1_000
LONGEST_SIGNATORY = 80


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


class AskArchiveForm(Form):
    """All certificates of which run."""

    run = HiddenField()


Choices = list[tuple[str, str]]
"""What is sent, and what is read."""


def _choices(pairs: Choices) -> list[SelectChoice]:
    return [SelectChoice(value, label) for value, label in pairs]


class SpecimenForm(Form):
    """Which sheet to show. Sent by GET: looking changes nothing."""

    class Meta(Form.Meta):
        csrf = False  # reads only

    run = HiddenField(id="shown-run")
    template = SelectField(_l("Template"), id="shown-template")
    language = SelectField(_l("Language of the certificate"))
    names = SelectField(_l("Names"))

    def __init__(self, *args: Any, templates: Choices, languages: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.template.choices, self.language.choices = _choices(templates), _choices(languages)
        usual, longest = _("An ordinary name"), _("The longest names that can be, in two scripts")
        self.names.choices = _choices([(SpecimenNames.USUAL, usual), (SpecimenNames.LONGEST, longest)])


class DesignForm(Form):
    """How certificates of a run look; what is left empty is as the course says."""

    run = HiddenField()
    template = SelectField(_l("Template"))
    second_language = SelectField(_l("Language beside English, where a template prints two"))
    name_1 = StringField(_l("Name of the first who signs"), [Length(max=LONGEST_SIGNATORY)])
    role_1 = StringField(_l("Role of the first"), [Length(max=LONGEST_SIGNATORY)])
    name_2 = StringField(_l("Name of the second who signs"), [Length(max=LONGEST_SIGNATORY)])
    role_2 = StringField(_l("Role of the second"), [Length(max=LONGEST_SIGNATORY)])
    name_3 = StringField(_l("Name of the third who signs"), [Length(max=LONGEST_SIGNATORY)])
    role_3 = StringField(_l("Role of the third"), [Length(max=LONGEST_SIGNATORY)])

    def __init__(self, *args: Any, templates: Choices, languages: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        as_course = ("", _("As the course says"))
        self.template.choices = _choices([as_course, *templates])
        self.second_language.choices = _choices([as_course, *languages])

    @property
    def signatories(self) -> list[dict[str, str]]:
        """Those that are filled in, in order. A name without a role, or the other way round, is refused."""
        pairs = [(self[f"name_{at}"], self[f"role_{at}"]) for at in range(1, MOST_SIGNATORIES + 1)]
        read = [((name.data or "").strip(), (role.data or "").strip()) for name, role in pairs]
        return [{"name": name, "role": role} for name, role in read if name or role]

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        right = bool(super().validate(*args, **kwargs))
        half = [each for each in self.signatories if not (each["name"] and each["role"])]
        if half:
            self.form_errors.append(_("Whoever signs needs a name and a role."))
        return right and not half
