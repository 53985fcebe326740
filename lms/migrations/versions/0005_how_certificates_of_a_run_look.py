"""How certificates of a run look, where that differs from what the course says."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "certificate_design",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("template", sa.String(length=80), nullable=True),
        sa.Column("second_language", sa.String(length=10), nullable=True),
        sa.Column("signatories", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_certificate_design_run_id")),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_certificate_design")),
    )


def downgrade() -> None:
    op.drop_table("certificate_design")
