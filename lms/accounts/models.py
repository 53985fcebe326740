"""Tables of people."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from lms.accounts.rules import EVERYWHERE, Gender, OrganisationType, Role
from lms.kernel.db import Base, PublicId, new_public_id
from lms.kernel.text import fold


def _one_of(column: str, kind: type[Role | Gender | OrganisationType]) -> str:
    return f"{column} IN ({', '.join(repr(str(each)) for each in kind)})"


LONGEST_WORD = 254
"""As long as the longest e-mail address."""
Word = String(LONGEST_WORD).with_variant(String(LONGEST_WORD, collation="C"), "postgresql")
"""Ordered by its letters' numbers, on both databases, so that words with one beginning stand side by side."""


def search_text(email: str, name: str, local_name: str | None) -> str:
    """Names and address folded into one text."""
    return fold(" ".join(filter(None, [name, local_name, email])))[:700]


def search_words(email: str, name: str, local_name: str | None) -> list[str]:
    """What a person can be found by the beginnings of: the words of names and address, and the whole address."""
    words = [email, *fold(" ".join(filter(None, [name, local_name, email]))).split()]
    return list(dict.fromkeys(word[:LONGEST_WORD] for word in words))


def _folded(context: Any) -> str:
    values = context.get_current_parameters()
    return search_text(values["email"], values["name"], values.get("local_name"))


class Person(Base):
    __tablename__ = "person"
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId, unique=True, default=new_public_id)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    """Folded (`rules.fold_email`); for a deleted account a meaningless address that cannot receive mail."""
    email_confirmed_at: Mapped[datetime | None]
    password_hash: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(String(120))
    """As printed on certificates, in Latin script."""
    local_name: Mapped[str | None] = mapped_column(String(120))
    """The same name in the person's own script."""
    language: Mapped[str] = mapped_column(String(10))
    """For mail, and for the first page after `/`."""
    time_zone: Mapped[str] = mapped_column(String(64), default="UTC")
    """IANA name."""
    country: Mapped[str | None] = mapped_column(String(2))
    """ISO 3166-1 alpha-2; NULL: not stated."""
    gender: Mapped[str | None] = mapped_column(String(10))
    organisation_type: Mapped[str | None] = mapped_column(String(30))
    organisation: Mapped[str | None] = mapped_column(String(200))
    job: Mapped[str | None] = mapped_column(String(200))
    folded: Mapped[str] = mapped_column(String(700), default=_folded)
    """Names and e-mail as `kernel.text.fold` leaves them: found people are sorted by it."""
    created_at: Mapped[datetime]
    digest: Mapped[bool] = mapped_column(default=True)
    """Wants a letter in the morning about translations that wait."""
    digest_said: Mapped[str | None] = mapped_column(String(64))
    """What the last of those letters said, as a fingerprint: the same is not said twice."""
    suspended_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    """When the person deleted the account; what remains is a pseudonym that the ledgers can point to."""
    grants: Mapped[list["RoleGrant"]] = relationship(
        lazy="raise", foreign_keys="RoleGrant.person_id", back_populates="person"
    )
    __table_args__ = (
        CheckConstraint("email = lower(email)", name="email_folded"),
        CheckConstraint(_one_of("gender", Gender), name="gender"),
        CheckConstraint(_one_of("organisation_type", OrganisationType), name="organisation_type"),
        CheckConstraint("length(name) > 0", name="name"),
    )


class PersonWord(Base):
    """A word that a person can be found by (`search_words`); a deleted account has none."""

    __tablename__ = "person_word"
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    word: Mapped[str] = mapped_column(Word, primary_key=True)
    __table_args__ = (Index("ix_person_word_word", "word", "person_id"),)


class Unsubscription(Base):
    """A kind of letter that a person does not want."""

    __tablename__ = "unsubscription"
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    """A `LetterKind`."""
    since: Mapped[datetime]


class RoleGrant(Base):
    """A role someone holds, where, and from when to when. Ended, never deleted."""

    __tablename__ = "role_grant"
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId, unique=True, default=new_public_id)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    role: Mapped[str] = mapped_column(String(30))
    scope: Mapped[str] = mapped_column(String(200), default=EVERYWHERE)
    language: Mapped[str | None] = mapped_column(String(10))
    """The one language a translator or reviewer works on; NULL: every language."""
    due_on: Mapped[date | None]
    """The day by which the work is asked for, where one is set."""
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime | None]
    """NULL: until somebody ends it."""
    granted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    """NULL: given from the command line."""
    person: Mapped[Person] = relationship(lazy="raise", foreign_keys=[person_id], back_populates="grants")
    __table_args__ = (
        CheckConstraint(_one_of("role", Role), name="role"),
        CheckConstraint("language IS NULL OR role IN ('translator', 'reviewer')", name="language"),
        CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", name="validity"),
        CheckConstraint("granted_by_id IS NULL OR granted_by_id <> person_id", name="not_to_oneself"),
        Index("ix_role_grant_person", "person_id"),
    )

    def valid_at(self, now: datetime) -> bool:
        return self.valid_from <= now and (self.valid_until is None or now < self.valid_until)


class LoginSession(Base):
    """One device someone is logged in on. The cookie holds only its token; ending the row ends the log-in."""

    __tablename__ = "login_session"
    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(PublicId, unique=True, default=new_public_id)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    """SHA-256 of the secret in the cookie."""
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    device: Mapped[str] = mapped_column(String(200))
    """What the browser said it is, shortened."""
    epoch: Mapped[int]
    """The database's epoch when it began: a restore ends all sessions of earlier ones."""
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    person: Mapped[Person] = relationship(lazy="raise")
    __table_args__ = (Index("ix_login_session_person", "person_id"),)
