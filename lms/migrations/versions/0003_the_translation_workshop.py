"""The translation workshop: texts that are worked on, memory, glossary, publication of a course's languages."""

import re

import sqlalchemy as sa
from alembic import op

from lms.kernel.db import UtcDateTime
from lms.translation.rules import memory_form, memory_words

revision = "0003"
down_revision = "0002"

_WORD = re.compile(r"\w+")


def upgrade() -> None:
    _widen_roles()
    _widen_courses()
    _widen_texts()
    op.create_table(
        "glossary_term",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("term", sa.String(length=200), nullable=False),
        sa.Column("folded", sa.String(length=200), nullable=False),
        sa.Column("translation", sa.String(length=200), nullable=False),
        sa.Column("definition", sa.Text(), nullable=True),
        sa.Column("forbidden", sa.JSON(), nullable=False),
        sa.Column("needs_review", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.Column("removed_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["changed_by_id"], ["person.id"], name=op.f("fk_glossary_term_changed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_glossary_term")),
        sa.UniqueConstraint("public_id", name=op.f("uq_glossary_term_public_id")),
    )
    there = sa.text("removed_at IS NULL")
    op.create_index(
        "uq_glossary_term_there",
        "glossary_term",
        ["language", "folded"],
        unique=True,
        sqlite_where=there,
        postgresql_where=there,
    )
    op.create_table(
        "source_word",
        sa.Column("word", sa.String(length=40), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["revision_id"], ["segment_revision.id"], name=op.f("fk_source_word_revision_id")),
        sa.PrimaryKeyConstraint("word", "length", "revision_id", name=op.f("pk_source_word")),
        sqlite_with_rowid=False,
    )
    _remember()
    _number_and_count()
    _publish_what_is_whole()


def _widen_roles() -> None:
    with op.batch_alter_table("role_grant") as table:
        table.add_column(sa.Column("language", sa.String(length=10), nullable=True))
        table.add_column(sa.Column("due_on", sa.Date(), nullable=True))
        table.create_check_constraint(
            op.f("ck_role_grant_language"), "language IS NULL OR role IN ('translator', 'reviewer')"
        )

    with op.batch_alter_table("person") as table:
        table.add_column(sa.Column("digest_said", sa.String(length=64), nullable=True))
    _add("person", sa.Column("digest", sa.Boolean(), nullable=False, server_default=sa.true()))


def _widen_courses() -> None:
    _add("course", sa.Column("exact_percent", sa.Integer(), nullable=False, server_default="100"))
    _add("course", sa.Column("rest_percent", sa.Integer(), nullable=False, server_default="80"))
    with op.batch_alter_table("course") as table:
        table.create_check_constraint(
            op.f("ck_course_percents"), "exact_percent BETWEEN 0 AND 100 AND rest_percent BETWEEN 0 AND 100"
        )
    name = "course_language"
    _add(name, sa.Column("exact_words", sa.Integer(), nullable=False, server_default="0"))
    _add(name, sa.Column("exact_words_done", sa.Integer(), nullable=False, server_default="0"))
    _add(name, sa.Column("state", sa.String(length=20), nullable=False, server_default="in-preparation"))
    _add(name, sa.Column("state_since", UtcDateTime(), nullable=False, server_default="2026-01-01 00:00:00"))
    with op.batch_alter_table(name) as table:
        table.drop_constraint(op.f("ck_course_language_done"), type_="check")
        table.create_check_constraint(
            op.f("ck_course_language_done"),
            "words_done <= words AND texts_done <= texts AND exact_words_done <= exact_words AND exact_words <= words",
        )
        table.create_check_constraint(
            op.f("ck_course_language_state"), "state IN ('in-preparation', 'published', 'withdrawn')"
        )


def _widen_texts() -> None:
    _add("segment", sa.Column("words", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("segment") as table:
        table.create_check_constraint(op.f("ck_segment_words"), "words >= 0")
        table.create_index("ix_segment_position", ["collection", "position"])
    with op.batch_alter_table("translation") as table:
        table.add_column(sa.Column("comment", sa.Text(), nullable=True))
        table.add_column(sa.Column("warnings", sa.Integer(), nullable=True))
        table.drop_index("ix_translation_segment")
        table.create_index("ix_translation_segment", ["segment_id", "language"])
        table.create_index("ix_translation_state", ["language", "state"])
    working = sa.text("state IN ('draft', 'in-review')")
    op.create_index(
        "uq_translation_working",
        "translation",
        ["segment_id", "language"],
        unique=True,
        sqlite_where=working,
        postgresql_where=working,
    )


def _add(table_name: str, column: sa.Column[object]) -> None:
    """A column that no row may leave empty: what stands in the rows there are is its default, which then goes."""
    with op.batch_alter_table(table_name) as table:
        table.add_column(column)
    with op.batch_alter_table(table_name) as table:
        table.alter_column(column.name, server_default=None)


def _number_and_count() -> None:
    """Positions count through the whole course from now on; words are counted once, with the segment."""
    db = op.get_bind()
    segment = sa.table("segment", sa.column("id"), sa.column("position"), sa.column("words"))
    courses = db.execute(
        sa.text(
            "SELECT e.segments FROM edition e JOIN course c ON c.id = e.course_id AND c.edition_number = e.number"
        ).columns(sa.column("segments", sa.JSON()))
    ).scalars()
    for documents in list(courses):
        pairs = [pair for pairs in documents.values() for pair in pairs]
        for position, (segment_id, _revision) in enumerate(pairs):
            db.execute(segment.update().where(segment.c.id == segment_id).values(position=position))
    texts = db.execute(
        sa.text(
            "SELECT s.id, r.text FROM segment s JOIN segment_revision r ON r.segment_id = s.id AND r.number = s.revision"
        )
    ).all()
    for segment_id, said in texts:
        db.execute(segment.update().where(segment.c.id == segment_id).values(words=len(_WORD.findall(said))))


def _remember() -> None:
    """The memory finds what was translated before it was there, too."""
    db = op.get_bind()
    revisions = db.execute(sa.text("SELECT id, text FROM segment_revision")).all()
    words = sa.table("source_word", sa.column("word"), sa.column("length"), sa.column("revision_id"))
    found = [
        {"word": word, "length": len(memory_form(said)), "revision_id": revision}
        for revision, said in revisions
        for word in memory_words(said)
    ]
    if found:
        db.execute(words.insert(), found)


def _publish_what_is_whole() -> None:
    """What was offered before stays offered: the source languages and every complete translation."""
    op.execute("UPDATE course_language SET state = 'published' WHERE texts_done = texts")


def downgrade() -> None:
    op.drop_table("source_word")
    op.drop_table("glossary_term")
    op.drop_index("uq_translation_working", "translation")
    with op.batch_alter_table("translation") as table:
        table.drop_index("ix_translation_state")
        table.drop_index("ix_translation_segment")
        table.create_index("ix_translation_segment", ["segment_id"])
        table.drop_column("warnings")
        table.drop_column("comment")
    with op.batch_alter_table("segment") as table:
        table.drop_index("ix_segment_position")
        table.drop_constraint(op.f("ck_segment_words"), type_="check")
        table.drop_column("words")
    with op.batch_alter_table("course_language") as table:
        table.drop_constraint(op.f("ck_course_language_state"), type_="check")
        table.drop_constraint(op.f("ck_course_language_done"), type_="check")
        table.create_check_constraint(op.f("ck_course_language_done"), "words_done <= words AND texts_done <= texts")
        for column in ("state_since", "state", "exact_words_done", "exact_words"):
            table.drop_column(column)
    with op.batch_alter_table("course") as table:
        table.drop_constraint(op.f("ck_course_percents"), type_="check")
        table.drop_column("rest_percent")
        table.drop_column("exact_percent")
    with op.batch_alter_table("person") as table:
        table.drop_column("digest_said")
        table.drop_column("digest")
    with op.batch_alter_table("role_grant") as table:
        table.drop_constraint(op.f("ck_role_grant_language"), type_="check")
        table.drop_column("due_on")
        table.drop_column("language")
