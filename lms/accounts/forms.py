"""What people type about themselves and their accounts, and the words for the choices they have."""

from typing import Any

from wtforms import DateField, EmailField, Field, PasswordField, SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # the stubs are older
from wtforms.validators import InputRequired, Length, Optional

from lms.accounts.rules import (
    EVERYWHERE,
    LONGEST_EMAIL,
    LONGEST_NAME,
    LONGEST_TEXT,
    Gender,
    LetterKind,
    OrganisationType,
    Role,
)
from lms.accounts.service import Profile
from lms.kernel.i18n import LANGUAGES, _, country_names, current_language, language_name
from lms.kernel.i18n import lazy_gettext as _l
from lms.ui.forms import Form
from lms.ui.zones import zone_choices

GENDERS: dict[str, Any] = {Gender.FEMALE: _l("Female"), Gender.MALE: _l("Male"), Gender.OTHER: _l("Other")}
ORGANISATION_TYPES: dict[str, Any] = {
    OrganisationType.NATIONAL_GOVERNMENT: _l("National government"),
    OrganisationType.SUBNATIONAL_GOVERNMENT: _l("Sub-national government"),
    OrganisationType.UN: _l("United Nations or other multilateral organisation"),
    OrganisationType.BILATERAL: _l("Bilateral agency"),
    OrganisationType.NATIONAL_NGO: _l("National NGO or civil society"),
    OrganisationType.INTERNATIONAL_NGO: _l("International NGO"),
    OrganisationType.ACADEMIA: _l("Academia, research or training institute"),
    OrganisationType.PRIVATE: _l("Private sector or consultant"),
    OrganisationType.WORKERS_EMPLOYERS: _l("Workers' or employers' organisation"),
    OrganisationType.OTHER: _l("Other"),
}
ROLES: dict[str, Any] = {
    Role.ADMINISTRATOR: _l("Administrator"),
    Role.PROGRAMME_MANAGER: _l("Programme manager"),
    Role.COORDINATOR: _l("Coordinator"),
    Role.TRAINER: _l("Trainer"),
    Role.E_FACILITATOR: _l("e-facilitator"),
    Role.E_TUTOR: _l("e-tutor"),
    Role.AUTHOR: _l("Author"),
    Role.TRANSLATOR: _l("Translator"),
    Role.REVIEWER: _l("Reviewer"),
}
LETTER_KINDS: dict[LetterKind, Any] = {
    LetterKind.ANNOUNCEMENTS: _l("Announcements in your runs"),
    LetterKind.DISCUSSIONS: _l("Once a day: what is new in the discussions of your runs"),
    LetterKind.MENTIONS: _l("Once a day: where somebody mentioned you"),
}
_SAFE_LENGTH = 500
"""More than any field takes; the service says the exact limit."""


def typed(field: Field) -> str:
    """What stands in a text field; nothing when it was not sent."""
    return field.data or ""


class _LogInFields(Form):
    email = EmailField(
        _l("E-mail address"), [InputRequired(_l("Write your e-mail address.")), Length(max=LONGEST_EMAIL)]
    )
    password = PasswordField(_l("Password"), [InputRequired(_l("Write a password.")), Length(max=_SAFE_LENGTH)])


class _AboutFields(Form):
    name = StringField(
        _l("Name, as printed on your certificate"),
        [InputRequired(_l("Write the name that your certificate will carry.")), Length(max=LONGEST_NAME)],
    )
    local_name = StringField(_l("The same name in your own script"), [Length(max=LONGEST_NAME)])
    language = SelectField(_l("Language"))
    time_zone = SelectField(_l("Time zone"), validate_choice=False, default="UTC")
    country = SelectField(_l("Country"), default="")
    gender = SelectField(_l("Gender"), default="")
    organisation_type = SelectField(_l("Kind of organisation"), default="")
    organisation = StringField(_l("Organisation"), [Length(max=LONGEST_TEXT)])
    job = StringField(_l("Your work there"), [Length(max=LONGEST_TEXT)])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        unstated = SelectChoice("", _("Not stated"))
        self.language.choices = [SelectChoice(each.code, each.name) for each in LANGUAGES.values()]
        self.country.choices = [unstated, *(SelectChoice(code, name) for code, name in country_names().items())]
        self.gender.choices = [unstated, *(SelectChoice(str(each), str(GENDERS[each])) for each in Gender)]
        self.organisation_type.choices = [
            unstated,
            *(SelectChoice(str(each), str(ORGANISATION_TYPES[each])) for each in OrganisationType),
        ]
        zones = zone_choices(current_language().code)
        chosen = self.time_zone.data
        missing = [SelectChoice(chosen, chosen)] if chosen and all(each.value != chosen for each in zones) else []
        self.time_zone.choices = [*missing, *zones]

    def profile(self) -> Profile:
        return Profile(
            name=self.name.data or "",
            language=self.language.data,
            time_zone=self.time_zone.data or "UTC",
            local_name=self.local_name.data or None,
            country=self.country.data or None,
            gender=self.gender.data or None,
            organisation_type=self.organisation_type.data or None,
            organisation=self.organisation.data or None,
            job=self.job.data or None,
        )


class LogInForm(_LogInFields):
    pass


class RegisterForm(_LogInFields, _AboutFields):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.time_zone.render_kw = {"data-zone": ""}


class ProfileForm(_AboutFields):
    pass


class EmailForm(Form):
    email = EmailField(
        _l("E-mail address"), [InputRequired(_l("Write your e-mail address.")), Length(max=LONGEST_EMAIL)]
    )


class NewPasswordForm(Form):
    password = PasswordField(_l("New password"), [InputRequired(_l("Write a password.")), Length(max=_SAFE_LENGTH)])


class _OldPassword(Form):
    old_password = PasswordField(
        _l("Your password now"), [InputRequired(_l("Write your password.")), Length(max=_SAFE_LENGTH)]
    )


class ChangePasswordForm(_OldPassword):
    password = PasswordField(_l("New password"), [InputRequired(_l("Write a password.")), Length(max=_SAFE_LENGTH)])


class ChangeEmailForm(_OldPassword):
    email = EmailField(
        _l("New e-mail address"), [InputRequired(_l("Write your e-mail address.")), Length(max=LONGEST_EMAIL)]
    )


class DeleteAccountForm(_OldPassword):
    pass


class ReasonForm(Form):
    reason = StringField(
        _l("Reason"),
        [
            InputRequired(_l("Write the reason in one short line; it is kept in the audit log.")),
            Length(max=LONGEST_TEXT),
        ],
    )


class GrantForm(Form):
    role = SelectField(_l("Role"))
    scope = SelectField(_l("Where"))
    language = SelectField(_l("Language"), default="")
    valid_from = DateField(_l("From"), [Optional()])
    valid_until = DateField(_l("Until, that day included"), [Optional()])

    def __init__(self, scopes: dict[str, str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.role.choices = [SelectChoice(str(each), str(ROLES[each])) for each in Role]
        everywhere = SelectChoice(EVERYWHERE, _("On the whole platform"))
        self.scope.choices = [everywhere, *(SelectChoice(scope, title) for scope, title in scopes.items())]
        every = SelectChoice("", _("Every language"))
        self.language.choices = [every, *(SelectChoice(code, language_name(code)) for code in LANGUAGES)]
