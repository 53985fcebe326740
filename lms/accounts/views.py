"""Screens of one's own account: join, log in and out, profile, devices, data, leaving."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from flask import Response, current_app, g, make_response, redirect, request, url_for
from werkzeug.exceptions import HTTPException

from lms.accounts import queries, service
from lms.accounts.forms import (
    LETTER_KINDS,
    ChangeEmailForm,
    ChangePasswordForm,
    DeleteAccountForm,
    EmailForm,
    LogInForm,
    NewPasswordForm,
    ProfileForm,
    RegisterForm,
    typed,
)
from lms.accounts.links import Place, Purpose, read_place, sign_place
from lms.accounts.models import Person
from lms.accounts.passwords import hash_password, password_problem
from lms.accounts.queries import Device, Stopping, behind_link
from lms.accounts.rules import LONGEST_EMAIL, LONGEST_NAME, LetterKind
from lms.accounts.service import LETTERS, LETTERS_FROM, count, refuse_too_many
from lms.accounts.session import (
    address,
    count_wrong_password,
    current_login_session,
    current_person,
    device_name,
    forget,
    remember,
    step_aside,
    try_password,
)
from lms.kernel.i18n import _
from lms.kernel.refusals import Conflict, Invalid
from lms.ui.forms import Form
from lms.ui.web import access, feature, go, here, page, say, takes_files

screens = feature("accounts")
_NOT_VALUES = {"endpoint", "lang", "next"}
_MOST_VALUES = 10
Typed = TypeVar("Typed")
Tidied = TypeVar("Tidied")


# -- where someone was


def send_to_log_in() -> Response:
    """To the log-in page, and from there back to where the person was."""
    place = _place_of_request()
    signed = sign_place(here().settings, place) if place else ""
    return make_response(redirect(url_for("accounts.log_in", next=signed or None), 302))


def _place_of_request() -> Place | None:
    """The page asked for; for anything but a page, the nearest page above it."""
    if request.method in {"GET", "HEAD"}:
        asked = {name: value for name, value in request.args.items() if name[:1] != "_" and name not in _NOT_VALUES}
        return Place(request.endpoint or "", {**dict(list(asked.items())[:_MOST_VALUES]), **(request.view_args or {})})
    pages = current_app.url_map.bind("localhost")
    path = request.path
    while path.count("/") > 1:
        path = path.rstrip("/").rpartition("/")[0] + "/"
        try:
            endpoint, values = pages.match(path, method="GET")
        except HTTPException:
            continue
        values = dict(values)
        values.pop("lang", None)
        return Place(endpoint, values)
    return None


def _go_on(signed: str, otherwise: str = "learning.my_learning") -> Response:
    """To the place that was signed, or to a page that suits everybody."""
    place = read_place(here().settings, signed) if signed else None
    if place is not None:
        try:
            return make_response(redirect(url_for(place.endpoint, **place.values), 303))
        except (LookupError, TypeError):  # the page is gone since
            pass
    return go(otherwise)


def _asked_next() -> str:
    """The signed place in this page's address; empty when nobody of ours signed it."""
    signed = request.args.get("next", "")
    return signed if signed and read_place(here().settings, signed) else ""


def _again(template: str, form: Form, status: int = 422, **content: object) -> Response:
    """The same page with what is wrong; its links to other languages lead to the page it came from."""
    g.return_path = request.full_path.rstrip("?").lstrip("/").partition("/")[2]
    return page(template, status=status, form=form, **content)


@dataclass(frozen=True, slots=True)
class DoorPage:
    """A page before the door."""

    next: str | None
    """The signed place to go on to."""


def _door() -> DoorPage:
    return DoorPage(_asked_next() or None)


# -- join


@screens.get("/register/")
@access("anyone")
def register() -> Response:
    if here().person is not None:
        return _go_on(_asked_next())
    return page("accounts/register.html", form=RegisterForm(language=here().lang), page=_door())


@screens.post("/register/")
@access("anyone")
def send_registration() -> Response:
    form = RegisterForm()
    form.validate()
    profile = _taken(form, service.tidy_profile, form.profile())
    email = _taken(form, service.check_email, typed(form.email))
    # Cut: what is too long has its sentence already, and must not cost the password's check a second.
    fits = _fits(form, typed(form.email)[:LONGEST_EMAIL], typed(form.name)[:LONGEST_NAME])
    if not fits or profile is None or email is None or form.errors:
        return _again("accounts/register.html", form, page=_door())
    _refuse_too_many_letters(email)
    password_hash = hash_password(here().settings, typed(form.password))
    db, now, place = here().db, here().now, _asked_next()
    _count_letter(email)
    service.register(db, here().settings, profile, email=email, password_hash=password_hash, now=now, place=place)
    return go("accounts.registered", next=place or None)


@screens.get("/register/sent/")
@access("anyone")
def registered() -> Response:
    return page("accounts/registered.html", page=_door())


@screens.get("/confirm/<token>/")
@access("anyone")
def confirm_email(token: str) -> Response:
    found = behind_link(here().db, here().settings, Purpose.CONFIRM_EMAIL, token, here().now)
    if found is None:
        return _over()
    return _private(page("accounts/confirm_email.html", page=found.person.email))


@screens.post("/confirm/<token>/")
@access("anyone")
def confirm_email_now(token: str) -> Response:
    found = behind_link(here().db, here().settings, Purpose.CONFIRM_EMAIL, token, here().now)
    if found is None:
        return _over()
    service.confirm_email(here().db, found.person, here().now)
    say(_("Thank you: your e-mail address is confirmed."))
    if here().person is None:
        return go("accounts.log_in", next=found.link.place or None)
    return _go_on(found.link.place, otherwise="accounts.profile")


# -- log in and out


@screens.get("/log-in/")
@access("anyone")
def log_in() -> Response:
    if here().person is not None:
        return _go_on(_asked_next())
    return page("accounts/log_in.html", form=LogInForm(), page=_door())


@screens.post("/log-in/")
@access("anyone")
def begin_log_in() -> Response:
    form = LogInForm()
    if not form.validate():
        return _again("accounts/log_in.html", form, page=_door())
    tried = try_password(typed(form.email), typed(form.password))
    db = here().db
    person = queries.person_by_email(db, typed(form.email)) if tried.right else None
    if person is None or person.password_hash != tried.old_hash:
        count_wrong_password(tried)
        form.refuse({"": _("The e-mail address or the password is wrong.")})
        return _again("accounts/log_in.html", form, page=_door())
    if person.suspended_at is not None:
        form.refuse({"": _("This account is suspended. Please write to the organisation that runs the site.")})
        return _again("accounts/log_in.html", form, status=403, page=_door())
    if tried.new_hash:
        service.renew_hash(db, person, old_hash=tried.old_hash, new_hash=tried.new_hash)
    replaced = current_login_session() if here().person is not None else None
    opened = service.log_in(db, person, device=device_name(), now=here().now, replaces=replaced)
    remember(opened.login_session, opened.token)
    return _go_on(_asked_next())


@screens.post("/log-out/")
@access("anyone")
def log_out() -> Response:
    if here().person is not None:
        service.log_out(here().db, current_login_session(), here().now)
    forget()
    say(_("You are logged out."))
    return go("catalog.catalogue")


# -- forgotten password


@screens.get("/forgotten-password/")
@access("anyone")
def forgotten_password() -> Response:
    return page("accounts/forgotten_password.html", form=EmailForm())


@screens.post("/forgotten-password/")
@access("anyone")
def ask_new_password() -> Response:
    form = EmailForm()
    try:
        if not form.validate():
            return _again("accounts/forgotten_password.html", form)
        email = service.check_email(typed(form.email))
    except Invalid as wrong:
        form.refuse(wrong.fields)
        return _again("accounts/forgotten_password.html", form)
    _count_letter(email)
    service.ask_new_password(here().db, here().settings, email=email, now=here().now)
    return go("accounts.new_password_sent")


@screens.get("/forgotten-password/sent/")
@access("anyone")
def new_password_sent() -> Response:
    return page("accounts/new_password_sent.html")


@screens.get("/new-password/<token>/")
@access("anyone")
def new_password(token: str) -> Response:
    found = behind_link(here().db, here().settings, Purpose.NEW_PASSWORD, token, here().now)
    if found is None:
        return _over()
    return _private(page("accounts/new_password.html", form=NewPasswordForm(), page=found.person.email))


@screens.post("/new-password/<token>/")
@access("anyone")
def set_new_password(token: str) -> Response:
    form, settings, now = NewPasswordForm(), here().settings, here().now
    step_aside()
    with here().database.session(write=False) as reading:
        found = behind_link(reading, settings, Purpose.NEW_PASSWORD, token, now)
    if found is None:
        return _over()
    if not form.validate() or not _fits(form, found.person.email, found.person.name):
        return _private(_again("accounts/new_password.html", form, page=found.person.email))
    new_hash = hash_password(settings, typed(form.password))
    found = behind_link(here().db, settings, Purpose.NEW_PASSWORD, token, now)
    if found is None:
        return _over()
    service.set_new_password(here().db, settings, found.person, new_hash=new_hash, now=now)
    forget()
    say(_("Your new password stands. Log in with it."))
    return go("accounts.log_in")


# -- profile


@dataclass(frozen=True, slots=True)
class ProfilePage:
    email: str
    confirmed: bool
    devices: list[Device]
    member_since: datetime
    digest: bool


@screens.get("/profile/")
@access("signed-in")
def profile() -> Response:
    person = current_person()
    return page("accounts/profile.html", form=ProfileForm(obj=person), page=_profile(person))


@screens.post("/profile/")
@access("signed-in")
def change_profile() -> Response:
    person, form = current_person(), ProfileForm()
    form.validate()
    profile = _taken(form, service.tidy_profile, form.profile())
    if profile is None or form.errors:
        return _again("accounts/profile.html", form, page=_profile(person))
    service.change_profile(here().db, person, profile, here().now)
    say(_("Your profile is saved."))
    return go("accounts.profile")


def _profile(person: Person) -> ProfilePage:
    devices = queries.devices(here().db, person, current_login_session(), here().now)
    confirmed = person.email_confirmed_at is not None
    return ProfilePage(person.email, confirmed, devices, person.created_at, person.digest)


@screens.post("/profile/digest/")
@access("signed-in")
def choose_digest() -> Response:
    """The letter in the morning about translations: the button that was pressed says yes or no."""
    wanted = request.form.get("wanted") == "yes"
    service.choose_digest(here().db, current_person(), wanted=wanted, now=here().now)
    say(
        _("You get a letter on mornings when something new waits.")
        if wanted
        else _("You get no more of these letters.")
    )
    return go("accounts.profile")


@dataclass(frozen=True, slots=True)
class LettersPage:
    kinds: Mapping[LetterKind, Any]
    unwanted: set[LetterKind]


@screens.get("/profile/letters/")
@access("signed-in")
def letters() -> Response:
    """Which of the letters that one can do without one gets."""
    content = LettersPage(LETTER_KINDS, queries.unwanted_letters(here().db, current_person()))
    return page("accounts/letters.html", page=content)


@screens.post("/profile/letters/")
@access("signed-in")
def choose_letters() -> Response:
    wanted = {each for each in LetterKind if each.value in request.form.getlist("wanted")}
    service.choose_letters(here().db, current_person(), wanted=wanted, now=here().now)
    say(_("Your choice of letters is saved."))
    return go("accounts.letters")


@dataclass(frozen=True, slots=True)
class UnsubscribePage:
    email: str
    kinds: list[Any]
    """In words."""
    done: bool


@screens.get("/unsubscribe/<token>/")
@access("anyone")
def unsubscribe(token: str) -> Response:
    """Asks first: programs that look at the links of a letter must not stop anything."""
    return _unsubscribing(queries.behind_unsubscribe_link(here().db, here().settings, token), done=False)


@screens.post("/unsubscribe/<token>/")
@access("anyone")
@takes_files
def unsubscribe_now(token: str) -> Response:
    """Pressed on the page, or sent by a mailbox by itself (RFC 8058): the address is all the proof there is."""
    found = queries.behind_unsubscribe_link(here().db, here().settings, token)
    service.unsubscribe(here().db, found.person, found.kinds, here().now)
    return _unsubscribing(found, done=True)


def _unsubscribing(found: Stopping, *, done: bool) -> Response:
    g.return_path = request.path.lstrip("/").partition("/")[2]
    content = UnsubscribePage(found.person.email, [LETTER_KINDS[each] for each in found.kinds], done)
    return _private(page("accounts/unsubscribe.html", page=content))


@screens.post("/profile/confirmation/")
@access("signed-in")
def send_confirmation() -> Response:
    person = current_person()
    _count_letter(person.email)
    service.send_confirmation(here().db, here().settings, person, here().now)
    say(_("We have sent you another letter. Look into your mailbox."))
    return go("accounts.profile")


@screens.get("/profile/password/")
@access("signed-in")
def password() -> Response:
    return page("accounts/password.html", form=ChangePasswordForm())


@screens.post("/profile/password/")
@access("signed-in")
def change_password() -> Response:
    person, form, settings = current_person(), ChangePasswordForm(), here().settings
    if not form.validate() or not _fits(form, person.email, person.name):
        return _again("accounts/password.html", form)
    old_hash = _check_old_password(form, person)
    if old_hash is None:
        return _again("accounts/password.html", form)
    new_hash = hash_password(settings, typed(form.password))
    opened = service.change_password(
        here().db, settings, person, old_hash=old_hash, new_hash=new_hash, device=device_name(), now=here().now
    )
    remember(opened.login_session, opened.token)
    say(_("Your new password stands. Your other devices are logged out."))
    return go("accounts.profile")


@screens.get("/profile/e-mail/")
@access("signed-in")
def email() -> Response:
    return page("accounts/email.html", form=ChangeEmailForm(), page=current_person().email)


@screens.post("/profile/e-mail/")
@access("signed-in")
def ask_email_change() -> Response:
    person, form = current_person(), ChangeEmailForm()
    if not form.validate() or _check_old_password(form, person) is None:
        return _again("accounts/email.html", form, page=person.email)
    try:
        _count_letter(service.check_email(typed(form.email)))
        service.ask_email_change(here().db, here().settings, person, email=typed(form.email), now=here().now)
    except Invalid as wrong:
        form.refuse(wrong.fields)
        return _again("accounts/email.html", form, page=person.email)
    say(_("We have sent a letter to the new address. The change is made when you open the link in it."))
    return go("accounts.profile")


@screens.get("/new-e-mail/<token>/")
@access("anyone")
def new_email(token: str) -> Response:
    found = behind_link(here().db, here().settings, Purpose.CHANGE_EMAIL, token, here().now)
    if found is None:
        return _over()
    return _private(page("accounts/new_email.html", page=found.link.email))


@screens.post("/new-e-mail/<token>/")
@access("anyone")
def change_email(token: str) -> Response:
    found = behind_link(here().db, here().settings, Purpose.CHANGE_EMAIL, token, here().now)
    if found is None:
        return _over()
    service.change_email(here().db, here().settings, found.person, email=found.link.email, now=here().now)
    say(_("Your new e-mail address is in use from now on."))
    return go("accounts.profile")


# -- devices


@screens.post("/profile/log-ins/<public_id>/end/")
@access("signed-in")
def end_login_session(public_id: str) -> Response:
    person = current_person()
    found = queries.open_login_session(here().db, person, public_id, here().now)
    if found.id == current_login_session().id:
        raise Conflict(_("This is the device you are using. Log out instead."))
    service.end_login_session(here().db, person, found, here().now)
    say(_("That device is logged out."))
    return go("accounts.profile")


@screens.post("/profile/log-ins/end-others/")
@access("signed-in")
def end_other_login_sessions() -> Response:
    service.end_other_login_sessions(here().db, current_person(), current_login_session(), here().now)
    say(_("All other devices are logged out."))
    return go("accounts.profile")


# -- data


@screens.get("/profile/my-data.zip")
@access("signed-in")
def my_data() -> Response:
    person = current_person()
    gather: list[queries.Gather] = current_app.extensions["lms.personal_data"]
    packed = queries.pack_personal_data(each(here().db, person) for each in gather)
    answer = Response(packed, content_type="application/zip")
    answer.headers["Content-Disposition"] = 'attachment; filename="my-data.zip"'
    return answer


@screens.get("/profile/delete/")
@access("signed-in")
def delete() -> Response:
    return page("accounts/delete.html", form=DeleteAccountForm(), page=current_person().email)


@screens.post("/profile/delete/")
@access("signed-in")
def delete_account() -> Response:
    person, form = current_person(), DeleteAccountForm()
    old_hash = _check_old_password(form, person) if form.validate() else None
    if old_hash is None:
        return _again("accounts/delete.html", form, page=person.email)
    service.delete_account(here().db, here().settings, person, old_hash=old_hash, now=here().now)
    forget()
    say(_("Your account is deleted. Thank you for having learnt with us."))
    return go("catalog.catalogue")


# -- smaller steps


def _taken(form: Form, check: Callable[[Typed], Tidied], value: Typed) -> Tidied | None:
    """The value as it will be kept; None when it cannot be, and the form says why, beside what else it says."""
    try:
        return check(value)
    except Invalid as wrong:
        form.refuse(wrong.fields)
        return None


def _fits(form: RegisterForm | NewPasswordForm | ChangePasswordForm, email: str, name: str) -> bool:
    """Whether the new password is good enough; else the form says why not."""
    platform = here().settings.platform_name
    problem = password_problem(typed(form.password), email=email, name=name, platform_name=platform)
    if problem:
        form.refuse({"password": problem})
    return problem is None


def _check_old_password(form: ChangePasswordForm | ChangeEmailForm | DeleteAccountForm, person: Person) -> str | None:
    """The hash that the typed password was found right against; None when it is wrong, and the form says so."""
    tried = try_password(person.email, typed(form.old_password))
    if tried.right:
        return tried.old_hash
    count_wrong_password(tried)
    form.refuse({"old_password": _("This is not your password.")})
    return None


def _refuse_too_many_letters(email: str) -> None:
    step_aside()
    with here().database.session(write=False) as reading:
        refuse_too_many(reading, LETTERS, email, here().now)
        refuse_too_many(reading, LETTERS_FROM, address(), here().now)


def _count_letter(email: str) -> None:
    count(here().db, LETTERS, email, here().now)
    count(here().db, LETTERS_FROM, address(), here().now)


def _over() -> Response:
    """A letter's link that does not work, whatever the reason."""
    return _private(page("accounts/link_over.html", status=404))


def _private(answer: Response) -> Response:
    """A page whose address is a secret is kept nowhere."""
    answer.headers["Cache-Control"] = "no-store"
    return answer
