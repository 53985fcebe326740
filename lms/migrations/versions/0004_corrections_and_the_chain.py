"""Requests to correct a certificate; the history of all certificates becomes a chain."""

import sqlalchemy as sa
from alembic import op

from lms.certification.rules import FIRST_LINK, link
from lms.kernel.db import UtcDateTime, append_only_ddl

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "correction_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("certificate_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=True),
        sa.Column("local_name", sa.String(length=120), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('open', 'accepted', 'declined', 'withdrawn')", name=op.f("ck_correction_request_state")
        ),
        sa.CheckConstraint("(state = 'open') = (ended_at IS NULL)", name=op.f("ck_correction_request_ended_at")),
        sa.CheckConstraint(
            "(state IN ('accepted', 'declined')) = (decided_by_id IS NOT NULL)",
            name=op.f("ck_correction_request_decided_by"),
        ),
        sa.ForeignKeyConstraint(
            ["certificate_id"], ["certificate.id"], name=op.f("fk_correction_request_certificate_id")
        ),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name=op.f("fk_correction_request_decided_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction_request")),
        sa.UniqueConstraint("public_id", name=op.f("uq_correction_request_public_id")),
    )
    op.create_index("ix_correction_request_certificate", "correction_request", ["certificate_id"], unique=False)
    op.create_index(
        "uq_correction_request_open",
        "correction_request",
        ["certificate_id"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "certificate_history",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_certificate_history_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate_history")),
    )
    _take_guard_away()
    op.add_column("certificate_event", sa.Column("prev_hash", sa.String(length=64), nullable=True))
    op.add_column("certificate_event", sa.Column("hash", sa.String(length=64), nullable=True))
    _link_what_is_there()
    with op.batch_alter_table("certificate_event") as table:
        for name in ("prev_hash", "hash"):
            table.alter_column(name, existing_type=sa.String(length=64), nullable=False)
            table.create_unique_constraint(op.f(f"uq_certificate_event_{name}"), [name])
    _put_guard_back()


def downgrade() -> None:
    _take_guard_away()
    with op.batch_alter_table("certificate_event") as table:
        for name in ("prev_hash", "hash"):
            table.drop_constraint(op.f(f"uq_certificate_event_{name}"), type_="unique")
            table.drop_column(name)
    _put_guard_back()
    op.drop_table("certificate_history")
    op.drop_table("correction_request")


def _link_what_is_there() -> None:
    """Every event so far, in the order of their ids."""
    db = op.get_bind()
    event = sa.table(
        "certificate_event",
        *map(sa.column, ("id", "certificate_id", "kind", "reason", "replaced_by_id", "actor", "prev_hash", "hash")),
        sa.column("at", UtcDateTime()),
    )
    certificate = sa.table("certificate", *map(sa.column, ("id", "code", "digest")))
    successor = certificate.alias("successor")
    query = (
        sa.select(
            event.c.id,
            certificate.c.code,
            certificate.c.digest,
            event.c.kind,
            event.c.reason,
            successor.c.code.label("successor"),
            event.c.actor,
            event.c.at,
        )
        .join(certificate, certificate.c.id == event.c.certificate_id)
        .outerjoin(successor, successor.c.id == event.c.replaced_by_id)
        .order_by(event.c.id)
    )
    last, links = FIRST_LINK, []
    for row in db.execute(query).mappings():
        said = {name: value for name, value in row.items() if name != "id"}
        links.append({"row": row["id"], "before": last, "now": (last := link(last, **said))})
    if links:
        change = event.update().where(event.c.id == sa.bindparam("row"))
        db.execute(change.values(prev_hash=sa.bindparam("before"), hash=sa.bindparam("now")), links)
    history = sa.table("certificate_history", *map(sa.column, ("id", "length", "hash")))
    db.execute(history.insert().values(id=1, length=len(links), hash=last))


def _take_guard_away() -> None:
    """For the length of this step: the ledger lets itself be filled and, on SQLite, copied into its new form."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER certificate_event_append_only ON certificate_event")
    else:
        op.execute("DROP TRIGGER certificate_event_no_update")
        op.execute("DROP TRIGGER certificate_event_no_delete")


def _put_guard_back() -> None:
    for statement in append_only_ddl("certificate_event", op.get_bind().dialect.name):
        op.execute(statement)
