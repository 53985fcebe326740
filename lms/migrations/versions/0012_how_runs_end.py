"""How runs end: overrides by two people, the closing, the final list; drafts of weekly summaries."""

import sqlalchemy as sa
from alembic import op

from lms.kernel.db import UtcDateTime

revision = "0012"
down_revision = "0011"

OUTCOMES = "IN ('completion', 'participation', 'none')"
STANDING = sa.text("state IN ('proposed', 'confirmed')")


def upgrade() -> None:
    op.create_table(
        "outcome_override",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("proposed_by_id", sa.Integer(), nullable=False),
        sa.Column("proposed_at", UtcDateTime(), nullable=False),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(f"outcome {OUTCOMES}", name=op.f("ck_outcome_override_outcome")),
        sa.CheckConstraint(
            "state IN ('proposed', 'confirmed', 'declined', 'withdrawn')", name=op.f("ck_outcome_override_state")
        ),
        sa.CheckConstraint("decided_by_id <> proposed_by_id", name=op.f("ck_outcome_override_second_person")),
        sa.CheckConstraint(
            "state NOT IN ('confirmed', 'declined') OR decided_by_id IS NOT NULL",
            name=op.f("ck_outcome_override_decided"),
        ),
        sa.CheckConstraint("state <> 'proposed' OR decided_by_id IS NULL", name=op.f("ck_outcome_override_undecided")),
        sa.CheckConstraint(
            "(decided_by_id IS NULL) = (decided_at IS NULL)", name=op.f("ck_outcome_override_decided_at")
        ),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolment.id"], name=op.f("fk_outcome_override_enrolment_id")),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["person.id"], name=op.f("fk_outcome_override_proposed_by_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name=op.f("fk_outcome_override_decided_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outcome_override")),
        sa.UniqueConstraint("public_id", name=op.f("uq_outcome_override_public_id")),
    )
    op.create_index("ix_outcome_override_enrolment", "outcome_override", ["enrolment_id"], unique=False)
    op.create_index(
        "uq_outcome_override_standing",
        "outcome_override",
        ["enrolment_id"],
        unique=True,
        sqlite_where=STANDING,
        postgresql_where=STANDING,
    )
    op.create_table(
        "run_closing",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("closed_by_id", sa.Integer(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_run_closing_run_id")),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name=op.f("fk_run_closing_edition_id")),
        sa.ForeignKeyConstraint(["closed_by_id"], ["person.id"], name=op.f("fk_run_closing_closed_by_id")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_run_closing")),
    )
    op.create_table(
        "final_outcome",
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("by_rule", sa.String(length=20), nullable=False),
        sa.Column("override_id", sa.Integer(), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("settled_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(f"outcome {OUTCOMES}", name=op.f("ck_final_outcome_outcome")),
        sa.CheckConstraint(f"by_rule {OUTCOMES}", name=op.f("ck_final_outcome_by_rule")),
        sa.CheckConstraint("outcome = by_rule OR override_id IS NOT NULL", name=op.f("ck_final_outcome_override")),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolment.id"], name=op.f("fk_final_outcome_enrolment_id")),
        sa.ForeignKeyConstraint(["run_id"], ["run_closing.run_id"], name=op.f("fk_final_outcome_run_id")),
        sa.ForeignKeyConstraint(["override_id"], ["outcome_override.id"], name=op.f("fk_final_outcome_override_id")),
        sa.PrimaryKeyConstraint("enrolment_id", name=op.f("pk_final_outcome")),
    )
    op.create_index("ix_final_outcome_run", "final_outcome", ["run_id", "settled_at"], unique=False)
    op.create_table(
        "summary_draft",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("module", sa.String(length=100), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed_by_id", sa.Integer(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_summary_draft_run_id")),
        sa.ForeignKeyConstraint(["changed_by_id"], ["person.id"], name=op.f("fk_summary_draft_changed_by_id")),
        sa.PrimaryKeyConstraint("run_id", "module", "language", name=op.f("pk_summary_draft")),
    )


def downgrade() -> None:
    for table in ("summary_draft", "final_outcome", "run_closing", "outcome_override"):
        op.drop_table(table)
