"""The words of the letters about accounts. Said in the language of the moment: the caller chooses the recipient's."""

from dataclasses import dataclass
from typing import Self

from lms.kernel.i18n import _, ngettext


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a letter: about accounts here, about other things on other floors."""

    subject: str
    text: str

    @classmethod
    def of(cls, subject: str, *paragraphs: str, platform: str) -> Self:
        """Paragraphs, and the platform's name under them."""
        return cls(subject, "\n\n".join([*paragraphs, platform]) + "\n")


def confirm_email(*, name: str, platform: str, link: str, days: int) -> Words:
    return Words.of(
        _("Please confirm your e-mail address"),
        _("Dear %(name)s,", name=name),
        _(
            "Welcome to %(platform)s. Open this link and press the button there, to show that our letters reach you:",
            platform=platform,
        ),
        link,
        ngettext(
            "The link works for %(number)s day. You can log in and learn before that.",
            "The link works for %(number)s days. You can log in and learn before that.",
            days,
        ),
        _("If you did not create this account, ignore this letter."),
        platform=platform,
    )


def account_exists(*, name: str, platform: str, link: str) -> Words:
    return Words.of(
        _("You already have an account"),
        _("Dear %(name)s,", name=name),
        _(
            "Somebody, probably you, tried to create an account at %(platform)s. This e-mail address has one already.",
            platform=platform,
        ),
        _("If you do not remember the password, ask for a new one here:"),
        link,
        _("If it was not you, there is nothing to do: nothing was changed, and nobody was told about the account."),
        platform=platform,
    )


def new_password(*, name: str, platform: str, link: str, hours: int) -> Words:
    return Words.of(
        _("Choose a new password"),
        _("Dear %(name)s,", name=name),
        _("You asked to choose a new password. Open this link:"),
        link,
        ngettext(
            "It works once, for %(number)s hour. All your devices will be logged out.",
            "It works once, for %(number)s hours. All your devices will be logged out.",
            hours,
        ),
        _("If you did not ask for this, ignore this letter: your password stays as it is."),
        platform=platform,
    )


def no_account(*, platform: str, link: str) -> Words:
    return Words.of(
        _("There is no account for this address"),
        _("Hello,"),
        _(
            "Somebody, probably you, asked for a new password at %(platform)s. This e-mail address has no account.",
            platform=platform,
        ),
        _("Perhaps you registered with another address. You can create an account here:"),
        link,
        _("If it was not you, ignore this letter."),
        platform=platform,
    )


def account_suspended(*, name: str, platform: str) -> Words:
    return Words.of(
        _("Your account is suspended"),
        _("Dear %(name)s,", name=name),
        _("You asked for a new password, but your account at %(platform)s is suspended.", platform=platform),
        _("Please write to the organisation that runs the site if you think this is a mistake."),
        platform=platform,
    )


def password_changed(*, name: str, platform: str, link: str) -> Words:
    return Words.of(
        _("Your password was changed"),
        _("Dear %(name)s,", name=name),
        _(
            "The password of your account at %(platform)s was changed, and your other devices were logged out.",
            platform=platform,
        ),
        _("If it was not you, choose a new password at once:"),
        link,
        platform=platform,
    )


def new_email(*, name: str, platform: str, link: str, hours: int) -> Words:
    return Words.of(
        _("Confirm your new e-mail address"),
        _("Dear %(name)s,", name=name),
        _(
            "You asked to use this address at %(platform)s. Open this link and press the button there:",
            platform=platform,
        ),
        link,
        ngettext(
            "The link works once, for %(number)s hour. Until then your old address stays in use.",
            "The link works once, for %(number)s hours. Until then your old address stays in use.",
            hours,
        ),
        _("If you did not ask for this, ignore this letter."),
        platform=platform,
    )


def new_email_taken(*, name: str, platform: str) -> Words:
    return Words.of(
        _("This address has an account of its own"),
        _("Dear %(name)s,", name=name),
        _(
            "Somebody, probably you, asked to use this address for another account at %(platform)s."
            " One address can have only one account.",
            platform=platform,
        ),
        _("Nothing was changed. If you have two accounts, keep using the one whose courses matter to you."),
        platform=platform,
    )


def email_change_asked(*, name: str, platform: str, link: str) -> Words:
    return Words.of(
        _("Somebody asked to change your e-mail address"),
        _("Dear %(name)s,", name=name),
        _(
            "Your account at %(platform)s will get another e-mail address once that address is confirmed.",
            platform=platform,
        ),
        _("If it was not you, choose a new password at once; that also stops the change:"),
        link,
        platform=platform,
    )


def email_changed(*, name: str, platform: str) -> Words:
    return Words.of(
        _("Your e-mail address was changed"),
        _("Dear %(name)s,", name=name),
        _(
            "Your account at %(platform)s now has another e-mail address; letters no longer come here.",
            platform=platform,
        ),
        _("If it was not you, write to the organisation that runs the site."),
        platform=platform,
    )


def account_deleted(*, name: str, platform: str) -> Words:
    return Words.of(
        _("Your account was deleted"),
        _("Dear %(name)s,", name=name),
        _(
            "Your account at %(platform)s was deleted as you asked. This is the last letter to this address.",
            platform=platform,
        ),
        _("Certificates that were issued to you can still be verified by their codes."),
        platform=platform,
    )
