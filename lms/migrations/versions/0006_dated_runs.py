"""Dated runs: their plan, their seats, who leaves them, more time for one person; two more words for who teaches."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from lms.kernel.db import UtcDateTime, append_only_ddl

revision = "0006"
down_revision = "0005"

ROLES = ("administrator", "programme-manager", "coordinator", "trainer", "author", "translator", "reviewer")
MORE_ROLES = (*ROLES[:4], "e-facilitator", "e-tutor", *ROLES[4:])
CHECKS = {
    "stage": "stage IN ('planned', 'applications-open', 'selecting', 'running', 'grace', 'closed')",
    "visibility": "visibility IN ('public', 'unlisted', 'closed')",
    "cohort_stage": "(kind = 'cohort') = (stage IS NOT NULL)",
    "cohort_dates": "kind <> 'cohort' OR (title IS NOT NULL AND starts_on IS NOT NULL)",
    "dates": "starts_on <= ends_on AND ends_on <= grace_until",
    "apply_dates": "apply_from <= apply_until",
    "seats": "seats IS NULL OR seats >= 1",
    "taken": "taken >= 0 AND (seats IS NULL OR taken <= seats)",
    "closed_at": "(stage = 'closed') = (closed_at IS NOT NULL)",
}


def upgrade() -> None:
    _widen_runs()
    with op.batch_alter_table("enrolment") as table:
        table.add_column(sa.Column("track", sa.String(length=20), nullable=True))
        table.add_column(sa.Column("withdrawn_at", UtcDateTime(), nullable=True))
        table.create_check_constraint(op.f("ck_enrolment_track"), "track IN ('open', 'invited')")
    op.create_table(
        "extension",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("given_by_id", sa.Integer(), nullable=False),
        sa.Column("given_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolment.id"], name=op.f("fk_extension_enrolment_id")),
        sa.ForeignKeyConstraint(["given_by_id"], ["person.id"], name=op.f("fk_extension_given_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extension")),
    )
    op.create_index("ix_extension_enrolment", "extension", ["enrolment_id"], unique=False)
    for statement in append_only_ddl("extension", op.get_bind().dialect.name):
        op.execute(statement)
    _roles(MORE_ROLES)


def _widen_runs() -> None:
    with op.batch_alter_table("run") as table:
        optional: list[tuple[str, Any]] = [
            ("slug", sa.String(length=100)),
            ("title", sa.String(length=120)),
            ("stage", sa.String(length=20)),
            ("starts_on", sa.Date()),
            ("ends_on", sa.Date()),
            ("grace_until", sa.Date()),
            ("apply_from", sa.Date()),
            ("apply_until", sa.Date()),
            ("seats", sa.Integer()),
            ("cloned_from_id", sa.Integer()),
            ("closed_at", UtcDateTime()),
        ]
        for name, kind in optional:
            table.add_column(sa.Column(name, kind, nullable=True))
        required: list[tuple[str, Any, Any]] = [
            ("visibility", sa.String(length=20), "public"),
            ("provisional", sa.Boolean(), sa.false()),
            ("time_zone", sa.String(length=64), "UTC"),
            ("taken", sa.Integer(), "0"),
            ("languages", sa.JSON(), "[]"),
            ("openings", sa.JSON(), "{}"),
            ("early_days", sa.Integer(), "0"),
            ("confirm_days", sa.Integer(), "7"),
            ("targets", sa.JSON(), "{}"),
            ("version", sa.Integer(), "1"),
        ]
        for name, kind, default in required:
            table.add_column(sa.Column(name, kind, nullable=False, server_default=default))
    op.execute("UPDATE run SET slug = (SELECT course.slug FROM course WHERE course.id = run.course_id)")
    with op.batch_alter_table("run") as table:
        table.alter_column("slug", nullable=False)
        for name in ("visibility", "provisional", "time_zone", "taken", "languages", "openings", "early_days"):
            table.alter_column(name, server_default=None)
        for name in ("confirm_days", "targets", "version"):
            table.alter_column(name, server_default=None)
        table.create_unique_constraint(op.f("uq_run_slug"), ["slug"])
        table.create_foreign_key(op.f("fk_run_cloned_from_id"), "run", ["cloned_from_id"], ["id"])
        for name, condition in CHECKS.items():
            table.create_check_constraint(op.f(f"ck_run_{name}"), condition)
        table.create_index("ix_run_course", ["course_id"])


def _roles(roles: tuple[str, ...]) -> None:
    with op.batch_alter_table("role_grant") as table:
        table.drop_constraint(op.f("ck_role_grant_role"), type_="check")
        table.create_check_constraint(
            op.f("ck_role_grant_role"), f"role IN ({', '.join(repr(each) for each in roles)})"
        )


def downgrade() -> None:
    op.execute("UPDATE role_grant SET role = 'trainer' WHERE role IN ('e-facilitator', 'e-tutor')")
    _roles(ROLES)
    op.drop_table("extension")
    with op.batch_alter_table("enrolment") as table:
        table.drop_constraint(op.f("ck_enrolment_track"), type_="check")
        table.drop_column("withdrawn_at")
        table.drop_column("track")
    with op.batch_alter_table("run") as table:
        table.drop_index("ix_run_course")
        table.drop_constraint(op.f("fk_run_cloned_from_id"), type_="foreignkey")
        table.drop_constraint(op.f("uq_run_slug"), type_="unique")
        for name in CHECKS:
            table.drop_constraint(op.f(f"ck_run_{name}"), type_="check")
        for name in (
            "slug", "title", "stage", "starts_on", "ends_on", "grace_until", "apply_from", "apply_until", "seats",
            "cloned_from_id", "closed_at", "visibility", "provisional", "time_zone", "taken", "languages", "openings",
            "early_days", "confirm_days", "targets", "version",
        ):  # fmt: skip
            table.drop_column(name)
