"""Assignments: drafts, submissions, grades that are only ever added, their release."""

import sqlalchemy as sa
from alembic import op

from lms.kernel.db import UtcDateTime, append_only_ddl

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "coursework_plan",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("due_days", sa.JSON(), nullable=False),
        sa.Column("blind", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_coursework_plan_run_id")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_coursework_plan")),
    )
    _work()
    _grades()


def _work() -> None:
    op.create_table(
        "work",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("activity", sa.String(length=100), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("submissions", sa.Integer(), nullable=False),
        sa.Column("grades", sa.Integer(), nullable=False),
        sa.Column("marker_id", sa.Integer(), nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "state IN ('draft', 'handed-in', 'revise', 'graded', 'released')", name=op.f("ck_work_state")
        ),
        sa.CheckConstraint("(state = 'draft') = (submissions = 0)", name=op.f("ck_work_submissions")),
        sa.CheckConstraint("submissions >= 0 AND grades >= 0", name=op.f("ck_work_counts")),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolment.id"], name=op.f("fk_work_enrolment_id")),
        sa.ForeignKeyConstraint(["marker_id"], ["person.id"], name=op.f("fk_work_marker_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work")),
        sa.UniqueConstraint("public_id", name=op.f("uq_work_public_id")),
        sa.UniqueConstraint("enrolment_id", "activity", name=op.f("uq_work_enrolment_id_activity")),
    )
    op.create_index("ix_work_marker", "work", ["marker_id"], unique=False)
    op.create_table(
        "submission",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("work_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("handed_in_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_submission_number")),
        sa.ForeignKeyConstraint(["work_id"], ["work.id"], name=op.f("fk_submission_work_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submission")),
        sa.UniqueConstraint("work_id", "number", name=op.f("uq_submission_work_id_number")),
    )


def _grades() -> None:
    op.create_table(
        "grade",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("work_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("marker_id", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("levels", sa.JSON(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=True),
        sa.Column("most_points", sa.Integer(), nullable=True),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.Column("given_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("outcome IN ('graded', 'revise')", name=op.f("ck_grade_outcome")),
        sa.CheckConstraint(
            "(outcome = 'graded') = (points IS NOT NULL AND most_points IS NOT NULL AND passed IS NOT NULL)",
            name=op.f("ck_grade_points"),
        ),
        sa.CheckConstraint("points >= 0 AND points <= most_points", name=op.f("ck_grade_range")),
        sa.ForeignKeyConstraint(["work_id"], ["work.id"], name=op.f("fk_grade_work_id")),
        sa.ForeignKeyConstraint(["submission_id"], ["submission.id"], name=op.f("fk_grade_submission_id")),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name=op.f("fk_grade_edition_id")),
        sa.ForeignKeyConstraint(["marker_id"], ["person.id"], name=op.f("fk_grade_marker_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grade")),
        sa.UniqueConstraint("work_id", "number", name=op.f("uq_grade_work_id_number")),
    )
    op.create_index("ix_grade_submission", "grade", ["submission_id"], unique=False)
    op.create_table(
        "feedback",
        sa.Column("grade_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["grade_id"], ["grade.id"], name=op.f("fk_feedback_grade_id")),
        sa.PrimaryKeyConstraint("grade_id", name=op.f("pk_feedback")),
    )
    op.create_table(
        "grade_release",
        sa.Column("grade_id", sa.Integer(), nullable=False),
        sa.Column("released_by_id", sa.Integer(), nullable=False),
        sa.Column("released_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["grade_id"], ["grade.id"], name=op.f("fk_grade_release_grade_id")),
        sa.ForeignKeyConstraint(["released_by_id"], ["person.id"], name=op.f("fk_grade_release_released_by_id")),
        sa.PrimaryKeyConstraint("grade_id", name=op.f("pk_grade_release")),
    )
    op.create_table(
        "peer_review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("work_id", sa.Integer(), nullable=False),
        sa.Column("submission_id", sa.Integer(), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=False),
        sa.Column("allocated_at", UtcDateTime(), nullable=False),
        sa.Column("levels", sa.JSON(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("given_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["work_id"], ["work.id"], name=op.f("fk_peer_review_work_id")),
        sa.ForeignKeyConstraint(["submission_id"], ["submission.id"], name=op.f("fk_peer_review_submission_id")),
        sa.ForeignKeyConstraint(["reviewer_id"], ["enrolment.id"], name=op.f("fk_peer_review_reviewer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_peer_review")),
        sa.UniqueConstraint("public_id", name=op.f("uq_peer_review_public_id")),
        sa.UniqueConstraint("work_id", "reviewer_id", name=op.f("uq_peer_review_work_id_reviewer_id")),
    )
    op.create_index("ix_peer_review_reviewer", "peer_review", ["reviewer_id"], unique=False)
    for table in ("grade", "grade_release"):
        for statement in append_only_ddl(table, op.get_bind().dialect.name):
            op.execute(statement)


def downgrade() -> None:
    for table in ("peer_review", "grade_release", "feedback", "grade", "submission", "work", "coursework_plan"):
        op.drop_table(table)
