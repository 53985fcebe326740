"""The first schema."""

from alembic import op
from sqlalchemy import text

from lms.operations.tables import METADATA

revision = "0001"
down_revision = None


def upgrade() -> None:
    METADATA.create_all(op.get_bind())
    op.execute(text("INSERT INTO epoch (id, number) VALUES (1, 1)"))


def downgrade() -> None:
    METADATA.drop_all(op.get_bind())
