"""What a coordinator fills in to give out work."""

from collections.abc import Iterable
from typing import Any

from wtforms import DateField, EmailField, SelectField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # the stubs are older
from wtforms.validators import InputRequired, Length, Optional

from lms.accounts.rules import LONGEST_EMAIL, Role
from lms.kernel.i18n import _, language_name
from lms.kernel.i18n import lazy_gettext as _l
from lms.ui.forms import Form


class AssignForm(Form):
    email = EmailField(
        _l("E-mail address"),
        [InputRequired(_l("Write an e-mail address like name@example.org.")), Length(max=LONGEST_EMAIL)],
    )
    language = SelectField(_l("Language"))
    role = SelectField(_l("Role"))
    due_on = DateField(_l("Due date"), [Optional()])

    def __init__(self, languages: Iterable[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.language.choices = [SelectChoice(code, language_name(code)) for code in languages]
        self.role.choices = [
            SelectChoice(str(Role.TRANSLATOR), _("Translator")),
            SelectChoice(str(Role.REVIEWER), _("Reviewer")),
        ]


class DueDateForm(Form):
    due_on = DateField(_l("Due date"), [Optional()])
