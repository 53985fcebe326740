"""Live sessions, what tells who attended them, questions to clinics, calendars that subscribe."""

import sqlalchemy as sa
from alembic import op

from lms.kernel.db import UtcDateTime, append_only_ddl

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    _meetings()
    _attendance()
    _questions()
    op.create_table(
        "calendar_feed",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_calendar_feed_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_calendar_feed")),
    )


def _meetings() -> None:
    op.create_table(
        "meeting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("activity", sa.String(length=100), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("resource_persons", sa.String(length=300), nullable=True),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("hour", sa.Time(), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("link", sa.String(length=2000), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("cancelled_at", UtcDateTime(), nullable=True),
        sa.Column("cancel_reason", sa.Text(), nullable=True),
        sa.Column("headcount", sa.Integer(), nullable=True),
        sa.Column("recording_url", sa.String(length=2000), nullable=True),
        sa.Column("recording_bytes", sa.BigInteger(), nullable=True),
        sa.Column("slides_url", sa.String(length=2000), nullable=True),
        sa.Column("slides_bytes", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("kind IN ('live', 'clinic', 'hangout')", name=op.f("ck_meeting_kind")),
        sa.CheckConstraint("activity IS NOT NULL OR title IS NOT NULL", name=op.f("ck_meeting_title")),
        sa.CheckConstraint("minutes BETWEEN 5 AND 720", name=op.f("ck_meeting_minutes")),
        sa.CheckConstraint("sequence >= 0", name=op.f("ck_meeting_sequence")),
        sa.CheckConstraint("headcount >= 0", name=op.f("ck_meeting_headcount")),
        sa.CheckConstraint("kind = 'hangout' OR headcount IS NULL", name=op.f("ck_meeting_headcount_of_hangout")),
        sa.CheckConstraint(
            "kind <> 'hangout' OR (recording_url IS NULL AND slides_url IS NULL)",
            name=op.f("ck_meeting_never_recorded"),
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_meeting_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting")),
        sa.UniqueConstraint("public_id", name=op.f("uq_meeting_public_id")),
        sa.UniqueConstraint("id", "kind", name=op.f("uq_meeting_id_kind")),
    )
    op.create_index("ix_meeting_run", "meeting", ["run_id", "held_on"], unique=False)
    op.create_index("ix_meeting_day", "meeting", ["held_on"], unique=False)


def _attendance() -> None:
    op.create_table(
        "attendance_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("credited", sa.Integer(), nullable=False),
        sa.Column("imported_by_id", sa.Integer(), nullable=False),
        sa.Column("imported_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "provider IN ('zoom', 'teams', 'bigbluebutton')", name=op.f("ck_attendance_report_provider")
        ),
        sa.CheckConstraint("credited BETWEEN 0 AND people", name=op.f("ck_attendance_report_credited")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_attendance_report_meeting_id")),
        sa.ForeignKeyConstraint(["imported_by_id"], ["person.id"], name=op.f("fk_attendance_report_imported_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendance_report")),
        sa.UniqueConstraint("meeting_id", "digest", name=op.f("uq_attendance_report_meeting_id_digest")),
    )
    op.create_table(
        "attendance_evidence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("meeting_kind", sa.String(length=20), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("spans", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("report_id", sa.Integer(), nullable=True),
        sa.Column("told_by_id", sa.Integer(), nullable=False),
        sa.Column("told_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("meeting_kind <> 'hangout'", name=op.f("ck_attendance_evidence_nobody_listed")),
        sa.CheckConstraint(
            "kind IN ('join-click', 'roll-call', 'report', 'correction')", name=op.f("ck_attendance_evidence_kind")
        ),
        sa.CheckConstraint("(kind = 'join-click') = (minutes IS NULL)", name=op.f("ck_attendance_evidence_minutes")),
        sa.CheckConstraint("minutes BETWEEN 0 AND 1440", name=op.f("ck_attendance_evidence_minutes_of_a_day")),
        sa.CheckConstraint("(kind = 'correction') = (reason IS NOT NULL)", name=op.f("ck_attendance_evidence_reason")),
        sa.CheckConstraint("(kind = 'report') = (report_id IS NOT NULL)", name=op.f("ck_attendance_evidence_report")),
        sa.ForeignKeyConstraint(
            ["meeting_id", "meeting_kind"],
            ["meeting.id", "meeting.kind"],
            name=op.f("fk_attendance_evidence_meeting_id"),
        ),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolment.id"], name=op.f("fk_attendance_evidence_enrolment_id")),
        sa.ForeignKeyConstraint(["report_id"], ["attendance_report.id"], name=op.f("fk_attendance_evidence_report_id")),
        sa.ForeignKeyConstraint(["told_by_id"], ["person.id"], name=op.f("fk_attendance_evidence_told_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendance_evidence")),
    )
    op.create_index("ix_attendance_evidence_meeting", "attendance_evidence", ["meeting_id"], unique=False)
    op.create_index("ix_attendance_evidence_enrolment", "attendance_evidence", ["enrolment_id"], unique=False)
    for statement in append_only_ddl("attendance_evidence", op.get_bind().dialect.name):
        op.execute(statement)
    op.create_table(
        "attendance_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("spans", sa.JSON(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("why", sa.String(length=20), nullable=False),
        sa.Column("decision", sa.String(length=20), nullable=True),
        sa.Column("enrolment_id", sa.Integer(), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("why IN ('no-address', 'unknown', 'left')", name=op.f("ck_attendance_line_why")),
        sa.CheckConstraint("decision IN ('credited', 'dismissed')", name=op.f("ck_attendance_line_decision")),
        sa.CheckConstraint(
            "(decision IS NULL) = (decided_by_id IS NULL) AND (decision IS NULL) = (decided_at IS NULL)",
            name=op.f("ck_attendance_line_decided"),
        ),
        sa.CheckConstraint(
            "(enrolment_id IS NOT NULL) = (decision IS NOT NULL AND decision = 'credited')",
            name=op.f("ck_attendance_line_credited"),
        ),
        sa.ForeignKeyConstraint(["report_id"], ["attendance_report.id"], name=op.f("fk_attendance_line_report_id")),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolment.id"], name=op.f("fk_attendance_line_enrolment_id")),
        sa.ForeignKeyConstraint(["decided_by_id"], ["person.id"], name=op.f("fk_attendance_line_decided_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attendance_line")),
        sa.UniqueConstraint("public_id", name=op.f("uq_attendance_line_public_id")),
    )
    op.create_index("ix_attendance_line_report", "attendance_line", ["report_id"], unique=False)


def _questions() -> None:
    op.create_table(
        "meeting_question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("meeting_id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "(answer IS NULL) = (answered_by_id IS NULL) AND (answer IS NULL) = (answered_at IS NULL)",
            name=op.f("ck_meeting_question_answered"),
        ),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_meeting_question_meeting_id")),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolment.id"], name=op.f("fk_meeting_question_enrolment_id")),
        sa.ForeignKeyConstraint(["answered_by_id"], ["person.id"], name=op.f("fk_meeting_question_answered_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_question")),
        sa.UniqueConstraint("public_id", name=op.f("uq_meeting_question_public_id")),
    )
    op.create_index("ix_meeting_question_meeting", "meeting_question", ["meeting_id"], unique=False)
    op.create_table(
        "meeting_question_vote",
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("voted_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["question_id"], ["meeting_question.id"], name=op.f("fk_meeting_question_vote_question_id")
        ),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolment.id"], name=op.f("fk_meeting_question_vote_enrolment_id")),
        sa.PrimaryKeyConstraint("question_id", "enrolment_id", name=op.f("pk_meeting_question_vote")),
    )


def downgrade() -> None:
    for table in (
        "calendar_feed", "meeting_question_vote", "meeting_question", "attendance_line", "attendance_evidence",
        "attendance_report", "meeting",
    ):  # fmt: skip
        op.drop_table(table)
