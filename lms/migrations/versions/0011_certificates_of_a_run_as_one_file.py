"""All certificates of a run as one file: who asked, how far it is, where the file lies."""

import sqlalchemy as sa
from alembic import op

from lms.kernel.db import UtcDateTime

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    unfinished = sa.text("state IN ('waiting', 'working')")
    op.create_table(
        "certificate_archive",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("asked_by_id", sa.Integer(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("moved_at", UtcDateTime(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("printed", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=True),
        sa.Column("size", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'working', 'done', 'failed', 'removed')", name=op.f("ck_certificate_archive_state")
        ),
        sa.CheckConstraint("(state = 'done') = (sha256 IS NOT NULL)", name=op.f("ck_certificate_archive_sha256")),
        sa.CheckConstraint("(sha256 IS NULL) = (size IS NULL)", name=op.f("ck_certificate_archive_size")),
        sa.CheckConstraint("printed >= 0 AND printed <= total", name=op.f("ck_certificate_archive_printed")),
        sa.ForeignKeyConstraint(["asked_by_id"], ["person.id"], name=op.f("fk_certificate_archive_asked_by_id")),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_certificate_archive_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate_archive")),
        sa.UniqueConstraint("public_id", name=op.f("uq_certificate_archive_public_id")),
    )
    op.create_index("ix_certificate_archive_run", "certificate_archive", ["run_id"])
    op.create_index(
        "uq_certificate_archive_unfinished",
        "certificate_archive",
        ["run_id"],
        unique=True,
        sqlite_where=unfinished,
        postgresql_where=unfinished,
    )


def downgrade() -> None:
    op.drop_table("certificate_archive")
