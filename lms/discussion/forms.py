"""What people write in discussions and announcements, and the words for whom an announcement is for."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from wtforms import (
    BooleanField,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # the stubs are older
from wtforms.validators import InputRequired, Length

from lms.accounts.forms import typed
from lms.discussion.queries import Known, Topic
from lms.discussion.rules import LONGEST_POST, LONGEST_REASON, LONGEST_TITLE, OTHER_LANGUAGES, Audience, Said
from lms.kernel.i18n import LANGUAGES, _, current_language, language_name
from lms.kernel.i18n import lazy_gettext as _l
from lms.runs.rules import Track
from lms.ui.forms import Form

AUDIENCES: dict[Audience, Any] = {
    Audience.ALL: _l("All participants"),
    Audience.NOT_STARTED: _l("Who has not begun yet"),
    Audience.BEHIND: _l("Who has not done everything of a module"),
    Audience.TRACK: _l("Who came in one way"),
    Audience.COUNTRY: _l("Who is from one country"),
}
TRACKS: dict[Track, Any] = {Track.OPEN: _l("By an application"), Track.INVITED: _l("By invitation")}


def language_choices() -> list[Any]:
    """Languages of the platform, each by its own name, then others in the alphabet of the moment."""
    others = sorted(((language_name(code), code) for code in OTHER_LANGUAGES), key=lambda pair: pair[0].casefold())
    own = [SelectChoice(each.code, each.name) for each in LANGUAGES.values()]
    return [*own, *(SelectChoice(code, name) for name, code in others)]


class _Written(Form):
    text = TextAreaField(
        _l("Your text"),
        [InputRequired(_l("Write something.")), Length(max=LONGEST_POST)],
        render_kw={"dir": "auto"},
    )
    lang = SelectField(_l("Language of your text"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("lang", current_language().code)
        super().__init__(*args, **kwargs)
        self.lang.choices = language_choices()


class AnswerForm(_Written):
    mentioned = SelectMultipleField(_l("Mention somebody"))

    def offer(self, people: Iterable[Known]) -> None:
        """Whom one can mention, and nobody else."""
        self.mentioned.choices = [SelectChoice(each.public_id, each.name) for each in people]


class ThreadForm(AnswerForm):
    about = SelectField(_l("What it is about"))
    title = StringField(
        _l("Title"),
        [InputRequired(_l("Say in a few words what it is about.")), Length(max=LONGEST_TITLE)],
        render_kw={"dir": "auto"},
    )

    def offer_topics(self, topics: Sequence[Topic]) -> None:
        whole = _("The whole run")
        self.about.choices = [SelectChoice(each.value, each.title.text if each.title else whole) for each in topics]


class EditForm(_Written):
    version = HiddenField()


class ReasonForm(Form):
    reason = TextAreaField(_l("Reason"), [InputRequired(_l("Say why.")), Length(max=LONGEST_REASON)])


class AnnouncementForm(Form):
    audience = RadioField(_l("For whom"), default=Audience.ALL.value)
    module = SelectField(_l("Module"), validate_choice=False)
    track = SelectField(_l("Came in"), validate_choice=False)
    country = SelectField(_l("Country"), validate_choice=False)
    by_mail = BooleanField(_l("Send it by e-mail too"), default=True)

    def offer(self, modules: Mapping[str, str], countries: Mapping[str, str]) -> None:
        """The groups there are in this run."""
        self.audience.choices = [SelectChoice(each.value, str(name)) for each, name in AUDIENCES.items()]
        self.module.choices = [SelectChoice(key, title) for key, title in modules.items()]
        self.track.choices = [SelectChoice(each.value, str(name)) for each, name in TRACKS.items()]
        self.country.choices = [SelectChoice(code, name) for code, name in countries.items()]

    def chosen(self) -> tuple[Audience, str | None]:
        """After `validate`: the group, and which where there are several."""
        audience = Audience(self.audience.data)
        if audience in (Audience.ALL, Audience.NOT_STARTED):
            return audience, None
        field = {Audience.BEHIND: self.module, Audience.TRACK: self.track, Audience.COUNTRY: self.country}[audience]
        return audience, field.data or None

    def texts(self) -> dict[str, Said]:
        return {code: Said(typed(self[f"title-{code}"]), typed(self[f"text-{code}"])) for code in LANGUAGES}


def announcement_form(**kwargs: Any) -> AnnouncementForm:
    """A title and a text in each language of the platform."""

    class Asked(AnnouncementForm):
        pass

    for each in LANGUAGES.values():
        said_in = {"lang": each.code, "dir": each.dir}
        title = StringField(_l("Title"), [Length(max=LONGEST_TITLE)], render_kw=said_in)
        setattr(Asked, f"title-{each.code}", title)
        setattr(Asked, f"text-{each.code}", TextAreaField(_l("Text"), [Length(max=LONGEST_POST)], render_kw=said_in))
    return Asked(**kwargs)
