"""Words that people are found by; when answers were given."""

import sqlalchemy as sa
from alembic import op

from lms.accounts.models import Word, search_words
from lms.kernel.db import UtcDateTime, append_only_ddl

revision = "0002"
down_revision = "0001"

BATCH = 1_000


def upgrade() -> None:
    op.create_table(
        "person_word",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("word", Word, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_person_word_person_id")),
        sa.PrimaryKeyConstraint("person_id", "word", name=op.f("pk_person_word")),
    )
    op.create_index("ix_person_word_word", "person_word", ["word", "person_id"], unique=False)
    _fill_words()

    _take_guard_away()
    op.add_column("response_event", sa.Column("given_at", UtcDateTime(), nullable=True))
    op.execute("UPDATE response_event SET given_at = received_at")
    with op.batch_alter_table("response_event") as table:
        table.alter_column("given_at", existing_type=UtcDateTime(), nullable=False)
        table.create_check_constraint(op.f("ck_response_event_given_before_received"), "given_at <= received_at")
    _put_guard_back()


def downgrade() -> None:
    _take_guard_away()
    with op.batch_alter_table("response_event") as table:
        table.drop_constraint(op.f("ck_response_event_given_before_received"), type_="check")
        table.drop_column("given_at")
    _put_guard_back()
    op.drop_table("person_word")


def _take_guard_away() -> None:
    """For the length of this step: the ledger lets itself be filled and, on SQLite, copied into its new form."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER response_event_append_only ON response_event")
    else:
        op.execute("DROP TRIGGER response_event_no_update")
        op.execute("DROP TRIGGER response_event_no_delete")


def _put_guard_back() -> None:
    for statement in append_only_ddl("response_event", op.get_bind().dialect.name):
        op.execute(statement)


def _fill_words() -> None:
    db = op.get_bind()
    person = sa.table("person", *map(sa.column, ("id", "email", "name", "local_name", "deleted_at")))
    word = sa.table("person_word", sa.column("person_id"), sa.column("word"))
    query = sa.select(person.c.id, person.c.email, person.c.name, person.c.local_name)
    query = query.where(person.c.deleted_at.is_(None)).order_by(person.c.id).limit(BATCH)
    last = 0
    while people := db.execute(query.where(person.c.id > last)).all():
        rows = [{"person_id": id_, "word": each} for id_, *known in people for each in search_words(*known)]
        db.execute(word.insert(), rows)
        last = people[-1].id
