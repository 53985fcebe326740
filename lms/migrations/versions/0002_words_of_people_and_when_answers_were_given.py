"""Words that people are found by."""

import sqlalchemy as sa
from alembic import op

from lms.accounts.models import Word, search_words

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


def downgrade() -> None:
    op.drop_table("person_word")


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
