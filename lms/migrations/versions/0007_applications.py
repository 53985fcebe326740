"""How people come into a dated run: applications and their scores, the form and rubric of a run, invitations."""

import sqlalchemy as sa
from alembic import op

from lms.kernel.db import UtcDateTime, append_only_ddl

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "intake_plan",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("questions", sa.JSON(), nullable=False),
        sa.Column("criteria", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_intake_plan_run_id")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_intake_plan")),
    )
    _applications()
    op.create_table(
        "review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=False),
        sa.Column("scores", sa.JSON(), nullable=False),
        sa.Column("given_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["application_id"], ["application.id"], name=op.f("fk_review_application_id")),
        sa.ForeignKeyConstraint(["reviewer_id"], ["person.id"], name=op.f("fk_review_reviewer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review")),
        sa.UniqueConstraint("application_id", "reviewer_id", name=op.f("uq_review_application_id_reviewer_id")),
    )
    for statement in append_only_ddl("review", op.get_bind().dialect.name):
        op.execute(statement)
    op.create_table(
        "invitation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=True),
        sa.Column("invited_by_id", sa.Integer(), nullable=False),
        sa.Column("invited_at", UtcDateTime(), nullable=False),
        sa.Column("joined_at", UtcDateTime(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("(joined_at IS NULL) = (person_id IS NULL)", name=op.f("ck_invitation_joined")),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_invitation_run_id")),
        sa.ForeignKeyConstraint(["invited_by_id"], ["person.id"], name=op.f("fk_invitation_invited_by_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_invitation_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("public_id", name=op.f("uq_invitation_public_id")),
        sa.UniqueConstraint("run_id", "email", name=op.f("uq_invitation_run_id_email")),
    )
    op.create_index("ix_invitation_email", "invitation", ["email"], unique=False)


def _applications() -> None:
    op.create_table(
        "application",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=True),
        sa.Column("years", sa.Integer(), nullable=True),
        sa.Column("organisation", sa.String(length=200), nullable=True),
        sa.Column("role", sa.String(length=200), nullable=True),
        sa.Column("motivation", sa.Text(), nullable=True),
        sa.Column("hours", sa.Integer(), nullable=True),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("consented_at", UtcDateTime(), nullable=True),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("submitted_at", UtcDateTime(), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("offer_expires_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'accepted', 'waiting-list', 'not-selected', 'confirmed', 'declined',"
            " 'expired', 'withdrawn')",
            name=op.f("ck_application_state"),
        ),
        sa.CheckConstraint("(state = 'waiting-list') = (rank IS NOT NULL)", name=op.f("ck_application_rank")),
        sa.CheckConstraint("state <> 'accepted' OR offer_expires_at IS NOT NULL", name=op.f("ck_application_offer")),
        sa.CheckConstraint(
            "state IN ('draft', 'withdrawn') OR consented_at IS NOT NULL", name=op.f("ck_application_consent")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_application_run_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_application_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application")),
        sa.UniqueConstraint("public_id", name=op.f("uq_application_public_id")),
        sa.UniqueConstraint("run_id", "person_id", name=op.f("uq_application_run_id_person_id")),
    )
    op.create_index("ix_application_person", "application", ["person_id"], unique=False)
    op.create_index("ix_application_offers", "application", ["state", "offer_expires_at"], unique=False)


def downgrade() -> None:
    for table in ("invitation", "review", "application", "intake_plan"):
        op.drop_table(table)
