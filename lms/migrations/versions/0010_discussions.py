"""What people of a run say to each other, announcements, and which letters somebody does not want."""

import sqlalchemy as sa
from alembic import op

from lms.kernel.db import UtcDateTime

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "unsubscription",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_unsubscription_person_id")),
        sa.PrimaryKeyConstraint("person_id", "kind", name=op.f("pk_unsubscription")),
    )
    op.create_table(
        "digest_mark",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("told_until", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_digest_mark_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_digest_mark")),
    )
    op.create_table(
        "thread",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("module", sa.String(length=100), nullable=True),
        sa.Column("activity", sa.String(length=100), nullable=True),
        sa.Column("title", sa.String(length=150), nullable=False),
        sa.Column("lang", sa.String(length=10), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("last_post_at", UtcDateTime(), nullable=False),
        sa.Column("pinned_at", UtcDateTime(), nullable=True),
        sa.Column("resolved_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("activity IS NULL OR module IS NOT NULL", name=op.f("ck_thread_activity")),
        sa.CheckConstraint("length(title) > 0", name=op.f("ck_thread_title")),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_thread_author_id")),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_thread_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thread")),
        sa.UniqueConstraint("public_id", name=op.f("uq_thread_public_id")),
    )
    op.create_index("ix_thread_run", "thread", ["run_id", "last_post_at"], unique=False)
    _posts()
    _announcements()


def _posts() -> None:
    op.create_table(
        "post",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("thread_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("opening", sa.Boolean(), nullable=False),
        sa.Column("as_teacher", sa.Boolean(), nullable=False),
        sa.Column("lang", sa.String(length=10), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("written_at", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("edited_at", UtcDateTime(), nullable=True),
        sa.Column("hidden_at", UtcDateTime(), nullable=True),
        sa.Column("hidden_reason", sa.Text(), nullable=True),
        sa.Column("hidden_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("(edited_at IS NULL) = (version = 1)", name=op.f("ck_post_edited")),
        sa.CheckConstraint("(hidden_at IS NULL) = (hidden_by_id IS NULL)", name=op.f("ck_post_hidden_by")),
        sa.CheckConstraint("(hidden_at IS NULL) = (hidden_reason IS NULL)", name=op.f("ck_post_hidden_reason")),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_post_author_id")),
        sa.ForeignKeyConstraint(["hidden_by_id"], ["person.id"], name=op.f("fk_post_hidden_by_id")),
        sa.ForeignKeyConstraint(["thread_id"], ["thread.id"], name=op.f("fk_post_thread_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post")),
        sa.UniqueConstraint("public_id", name=op.f("uq_post_public_id")),
    )
    op.create_index("ix_post_author", "post", ["author_id"], unique=False)
    op.create_index("ix_post_thread", "post", ["thread_id", "id"], unique=False)
    op.create_index("ix_post_written", "post", ["written_at"], unique=False)
    op.create_index(
        "uq_post_opening",
        "post",
        ["thread_id"],
        unique=True,
        sqlite_where=sa.text("opening"),
        postgresql_where=sa.text("opening"),
    )
    op.create_table(
        "post_version",
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("lang", sa.String(length=10), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("written_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_post_version_post_id")),
        sa.PrimaryKeyConstraint("post_id", "version", name=op.f("pk_post_version")),
    )
    op.create_table(
        "mention",
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_mention_person_id")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_mention_post_id")),
        sa.PrimaryKeyConstraint("post_id", "person_id", name=op.f("pk_mention")),
    )
    op.create_index("ix_mention_person", "mention", ["person_id"], unique=False)
    op.create_table(
        "post_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("reporter_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("reported_at", UtcDateTime(), nullable=False),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.Column("settled_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("(settled_at IS NULL) = (settled_by_id IS NULL)", name=op.f("ck_post_report_settled")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_post_report_post_id")),
        sa.ForeignKeyConstraint(["reporter_id"], ["person.id"], name=op.f("fk_post_report_reporter_id")),
        sa.ForeignKeyConstraint(["settled_by_id"], ["person.id"], name=op.f("fk_post_report_settled_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_report")),
        sa.UniqueConstraint("post_id", "reporter_id", name=op.f("uq_post_report_post_id_reporter_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_post_report_public_id")),
    )
    op.create_index("ix_post_report_reporter", "post_report", ["reporter_id"], unique=False)


def _announcements() -> None:
    op.create_table(
        "announcement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.Column("audience", sa.String(length=20), nullable=False),
        sa.Column("audience_value", sa.String(length=100), nullable=True),
        sa.Column("by_mail", sa.Boolean(), nullable=False),
        sa.Column("published_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "(audience IN ('behind', 'track', 'country')) = (audience_value IS NOT NULL)",
            name=op.f("ck_announcement_audience_value"),
        ),
        sa.CheckConstraint(
            "audience IN ('all', 'not-started', 'behind', 'track', 'country')", name=op.f("ck_announcement_audience")
        ),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_announcement_author_id")),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_announcement_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcement")),
        sa.UniqueConstraint("public_id", name=op.f("uq_announcement_public_id")),
    )
    op.create_index("ix_announcement_author", "announcement", ["author_id"], unique=False)
    op.create_index("ix_announcement_run", "announcement", ["run_id", "id"], unique=False)
    op.create_table(
        "announcement_recipient",
        sa.Column("announcement_id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["announcement_id"], ["announcement.id"], name=op.f("fk_announcement_recipient_announcement_id")
        ),
        sa.ForeignKeyConstraint(
            ["enrolment_id"], ["enrolment.id"], name=op.f("fk_announcement_recipient_enrolment_id")
        ),
        sa.PrimaryKeyConstraint("announcement_id", "enrolment_id", name=op.f("pk_announcement_recipient")),
    )
    op.create_index("ix_announcement_recipient_enrolment", "announcement_recipient", ["enrolment_id"], unique=False)


def downgrade() -> None:
    for table in ("announcement_recipient", "announcement", "post_report", "mention", "post_version", "post"):
        op.drop_table(table)
    for table in ("thread", "digest_mark", "unsubscription"):
        op.drop_table(table)
