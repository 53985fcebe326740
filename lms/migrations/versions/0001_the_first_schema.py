"""The first schema."""

import sqlalchemy as sa
from alembic import op

from lms.kernel.db import UtcDateTime, append_only_ddl

revision = "0001"
down_revision = None

LEDGERS = (
    "audit_entry",
    "certificate_template",
    "edition",
    "certificate",
    "certificate_event",
    "grade_event",
    "printed_certificate",
    "response_event",
)


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.String(length=40), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("thing", sa.String(length=200), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    op.create_index("ix_audit_entry_actor", "audit_entry", ["actor"], unique=False)
    op.create_index("ix_audit_entry_thing", "audit_entry", ["thing"], unique=False)

    op.create_table(
        "certificate_template",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_certificate_template")),
    )
    op.create_table(
        "course",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=100), nullable=False),
        sa.Column("stage", sa.String(length=20), nullable=False),
        sa.Column("source_language", sa.String(length=10), nullable=False),
        sa.Column("category", sa.String(length=20), nullable=False),
        sa.Column("series", sa.String(length=200), nullable=True),
        sa.Column("series_number", sa.Integer(), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("edition_number", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("category IN ('self-paced', 'instructor-led')", name=op.f("ck_course_category")),
        sa.CheckConstraint("stage IN ('draft', 'pilot', 'open', 'archived')", name=op.f("ck_course_stage")),
        sa.CheckConstraint("minutes > 0", name=op.f("ck_course_minutes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course")),
        sa.UniqueConstraint("slug", name=op.f("uq_course_slug")),
    )
    op.create_table(
        "epoch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_epoch_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_epoch")),
    )
    op.create_table(
        "outbox_job",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("topic", sa.String(length=40), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("not_before", UtcDateTime(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("lease", sa.String(length=22), nullable=True),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("done_at", UtcDateTime(), nullable=True),
        sa.Column("dead_at", UtcDateTime(), nullable=True),
        sa.Column("held_at", UtcDateTime(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.CheckConstraint("tries >= 0", name=op.f("ck_outbox_job_tries")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_job")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_job_key")),
    )
    op.create_index("ix_outbox_job_due", "outbox_job", ["done_at", "not_before"], unique=False)

    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("email_confirmed_at", UtcDateTime(), nullable=True),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("local_name", sa.String(length=120), nullable=True),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("gender", sa.String(length=10), nullable=True),
        sa.Column("organisation_type", sa.String(length=30), nullable=True),
        sa.Column("organisation", sa.String(length=200), nullable=True),
        sa.Column("job", sa.String(length=200), nullable=True),
        sa.Column("folded", sa.String(length=700), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("suspended_at", UtcDateTime(), nullable=True),
        sa.Column("deleted_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("gender IN ('female', 'male', 'other')", name=op.f("ck_person_gender")),
        sa.CheckConstraint(
            "organisation_type IN ('national-government', 'subnational-government', 'un-multilateral', 'bilateral', 'national-ngo', 'international-ngo', 'academia', 'private', 'workers-employers', 'other')",
            name=op.f("ck_person_organisation_type"),
        ),
        sa.CheckConstraint("email = lower(email)", name=op.f("ck_person_email_folded")),
        sa.CheckConstraint("length(name) > 0", name=op.f("ck_person_name")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("email", name=op.f("uq_person_email")),
        sa.UniqueConstraint("public_id", name=op.f("uq_person_public_id")),
    )
    op.create_table(
        "rate_window",
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", "starts_at", name=op.f("pk_rate_window")),
    )
    op.create_table(
        "segment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("collection", sa.String(length=120), nullable=False),
        sa.Column("document", sa.String(length=200), nullable=False),
        sa.Column("position", sa.Integer(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segment")),
        sa.UniqueConstraint("public_id", name=op.f("uq_segment_public_id")),
    )
    op.create_index("ix_segment_document", "segment", ["collection", "document"], unique=False)

    op.create_table(
        "course_language",
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("title_language", sa.String(length=10), nullable=False),
        sa.Column("series", sa.Text(), nullable=True),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("words", sa.Integer(), nullable=False),
        sa.Column("words_done", sa.Integer(), nullable=False),
        sa.Column("texts", sa.Integer(), nullable=False),
        sa.Column("texts_done", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("catalogue", sa.String(length=64), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint("words_done <= words AND texts_done <= texts", name=op.f("ck_course_language_done")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_course_language_course_id")),
        sa.PrimaryKeyConstraint("course_id", "language", name=op.f("pk_course_language")),
    )
    op.create_index("ix_course_language_language", "course_language", ["language"], unique=False)

    op.create_table(
        "edition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("manifest", sa.JSON(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("segments", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_edition_course_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edition")),
        sa.UniqueConstraint("course_id", "number", name=op.f("uq_edition_course_id_number")),
    )
    op.create_table(
        "login_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("device", sa.String(length=200), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_login_session_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_session")),
        sa.UniqueConstraint("public_id", name=op.f("uq_login_session_public_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_login_session_token_hash")),
    )
    op.create_index("ix_login_session_person", "login_session", ["person_id"], unique=False)

    op.create_table(
        "role_grant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=30), nullable=False),
        sa.Column("scope", sa.String(length=200), nullable=False),
        sa.Column("valid_from", UtcDateTime(), nullable=False),
        sa.Column("valid_until", UtcDateTime(), nullable=True),
        sa.Column("granted_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "role IN ('administrator', 'programme-manager', 'coordinator', 'trainer', 'author', 'translator', 'reviewer')",
            name=op.f("ck_role_grant_role"),
        ),
        sa.CheckConstraint(
            "granted_by_id IS NULL OR granted_by_id <> person_id", name=op.f("ck_role_grant_not_to_oneself")
        ),
        sa.CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", name=op.f("ck_role_grant_validity")),
        sa.ForeignKeyConstraint(["granted_by_id"], ["person.id"], name=op.f("fk_role_grant_granted_by_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_role_grant_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_grant")),
        sa.UniqueConstraint("public_id", name=op.f("uq_role_grant_public_id")),
    )
    op.create_index("ix_role_grant_person", "role_grant", ["person_id"], unique=False)

    op.create_table(
        "run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("course_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("kind IN ('self-paced', 'cohort')", name=op.f("ck_run_kind")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_run_course_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run")),
        sa.UniqueConstraint("public_id", name=op.f("uq_run_public_id")),
    )
    op.create_index(
        "uq_run_self_paced",
        "run",
        ["course_id"],
        unique=True,
        sqlite_where=sa.text("kind = 'self-paced'"),
        postgresql_where=sa.text("kind = 'self-paced'"),
    )

    op.create_table(
        "segment_revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("segment_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["segment_id"], ["segment.id"], name=op.f("fk_segment_revision_segment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segment_revision")),
        sa.UniqueConstraint("segment_id", "number", name=op.f("uq_segment_revision_segment_id_number")),
    )
    op.create_table(
        "translation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("segment_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("from_revision", sa.Integer(), nullable=False),
        sa.Column("translated_by_id", sa.Integer(), nullable=True),
        sa.Column("approved_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("state IN ('draft', 'in-review', 'approved', 'retired')", name=op.f("ck_translation_state")),
        sa.CheckConstraint(
            "approved_by_id IS NULL OR approved_by_id <> translated_by_id", name=op.f("ck_translation_not_ones_own")
        ),
        sa.ForeignKeyConstraint(["approved_by_id"], ["person.id"], name=op.f("fk_translation_approved_by_id")),
        sa.ForeignKeyConstraint(["segment_id"], ["segment.id"], name=op.f("fk_translation_segment_id")),
        sa.ForeignKeyConstraint(["translated_by_id"], ["person.id"], name=op.f("fk_translation_translated_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_translation")),
    )
    op.create_index("ix_translation_segment", "translation", ["segment_id"], unique=False)
    op.create_index(
        "uq_translation_approved",
        "translation",
        ["segment_id", "language"],
        unique=True,
        sqlite_where=sa.text("state = 'approved'"),
        postgresql_where=sa.text("state = 'approved'"),
    )

    op.create_table(
        "enrolment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("gender", sa.String(length=10), nullable=True),
        sa.Column("organisation_type", sa.String(length=30), nullable=True),
        sa.Column("enrolled_at", UtcDateTime(), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("last_activity", sa.String(length=100), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_enrolment_person_id")),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name=op.f("fk_enrolment_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrolment")),
        sa.UniqueConstraint("person_id", "run_id", name=op.f("uq_enrolment_person_id_run_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_enrolment_public_id")),
    )
    op.create_index("ix_enrolment_run", "enrolment", ["run_id"], unique=False)

    op.create_table(
        "activity_completion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("activity", sa.String(length=100), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("completed_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolment.id"], name=op.f("fk_activity_completion_enrolment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity_completion")),
        sa.UniqueConstraint("enrolment_id", "activity", name=op.f("uq_activity_completion_enrolment_id_activity")),
    )
    op.create_table(
        "attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("public_id", sa.String(length=22), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("quiz_key", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("closed_by", sa.String(length=10), nullable=True),
        sa.Column("seed", sa.String(length=32), nullable=False),
        sa.Column("question_keys", sa.JSON(), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("max_score", sa.Integer(), nullable=True),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.CheckConstraint(
            "(state = 'open') = (finished_at IS NULL) AND (state = 'open') = (closed_by IS NULL) AND (state = 'open') = (score IS NULL) AND (state = 'open') = (max_score IS NULL)",
            name=op.f("ck_attempt_finished_whole"),
        ),
        sa.CheckConstraint("closed_by IN ('submit', 'expiry')", name=op.f("ck_attempt_closed_by")),
        sa.CheckConstraint(
            "kind = 'self-test' OR state = 'open' OR passed IS NOT NULL", name=op.f("ck_attempt_decided")
        ),
        sa.CheckConstraint("kind IN ('self-test', 'quiz')", name=op.f("ck_attempt_kind")),
        sa.CheckConstraint("passed IS NULL OR (state = 'finished' AND kind = 'quiz')", name=op.f("ck_attempt_passed")),
        sa.CheckConstraint("state IN ('open', 'finished')", name=op.f("ck_attempt_state")),
        sa.CheckConstraint(
            "expires_at IS NULL OR (expires_at > started_at)", name=op.f("ck_attempt_expires_after_start")
        ),
        sa.CheckConstraint(
            "finished_at IS NULL OR expires_at IS NULL OR finished_at <= expires_at",
            name=op.f("ck_attempt_finished_in_time"),
        ),
        sa.CheckConstraint(
            "finished_at IS NULL OR finished_at >= started_at", name=op.f("ck_attempt_finished_after_start")
        ),
        sa.CheckConstraint("number >= 1", name=op.f("ck_attempt_number")),
        sa.CheckConstraint(
            "score IS NULL OR (score >= 0 AND score <= max_score AND max_score > 0)", name=op.f("ck_attempt_score")
        ),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name=op.f("fk_attempt_edition_id")),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolment.id"], name=op.f("fk_attempt_enrolment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
        sa.UniqueConstraint("enrolment_id", "quiz_key", "number", name=op.f("uq_attempt_enrolment_id_quiz_key_number")),
        sa.UniqueConstraint("public_id", name=op.f("uq_attempt_public_id")),
    )
    op.create_index("ix_attempt_open_until", "attempt", ["state", "expires_at"], unique=False)
    op.create_index(
        "uq_attempt_one_open",
        "attempt",
        ["enrolment_id", "quiz_key"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )

    op.create_table(
        "certificate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=34), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("frozen", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("template_digest", sa.String(length=64), nullable=False),
        sa.Column("issued_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("kind IN ('completion', 'participation')", name=op.f("ck_certificate_kind")),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolment.id"], name=op.f("fk_certificate_enrolment_id")),
        sa.ForeignKeyConstraint(
            ["template_digest"], ["certificate_template.digest"], name=op.f("fk_certificate_template_digest")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate")),
        sa.UniqueConstraint("code", name=op.f("uq_certificate_code")),
    )
    op.create_index("ix_certificate_enrolment", "certificate", ["enrolment_id", "kind"], unique=False)

    op.create_table(
        "certificate_details",
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("local_name", sa.String(length=120), nullable=True),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("confirmed_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolment.id"], name=op.f("fk_certificate_details_enrolment_id")),
        sa.PrimaryKeyConstraint("enrolment_id", name=op.f("pk_certificate_details")),
    )
    op.create_table(
        "course_completion",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("completed_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("kind IN ('completion', 'participation')", name=op.f("ck_course_completion_kind")),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name=op.f("fk_course_completion_edition_id")),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolment.id"], name=op.f("fk_course_completion_enrolment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_completion")),
        sa.UniqueConstraint("enrolment_id", "kind", name=op.f("uq_course_completion_enrolment_id_kind")),
    )
    op.create_table(
        "evaluation",
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("satisfaction", sa.Integer(), nullable=False),
        sa.Column("expectations", sa.Integer(), nullable=False),
        sa.Column("equipped", sa.Integer(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=True),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("handed_in_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("equipped BETWEEN 1 AND 5", name=op.f("ck_evaluation_equipped")),
        sa.CheckConstraint("expectations BETWEEN 1 AND 5", name=op.f("ck_evaluation_expectations")),
        sa.CheckConstraint("satisfaction BETWEEN 1 AND 5", name=op.f("ck_evaluation_satisfaction")),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolment.id"], name=op.f("fk_evaluation_enrolment_id")),
        sa.PrimaryKeyConstraint("enrolment_id", name=op.f("pk_evaluation")),
    )
    op.create_table(
        "extra_time",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("quiz_key", sa.String(length=80), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("granted_by_id", sa.Integer(), nullable=True),
        sa.Column("granted_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("percent BETWEEN 0 AND 400", name=op.f("ck_extra_time_percent")),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolment.id"], name=op.f("fk_extra_time_enrolment_id")),
        sa.ForeignKeyConstraint(["granted_by_id"], ["person.id"], name=op.f("fk_extra_time_granted_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extra_time")),
        sa.UniqueConstraint("enrolment_id", "quiz_key", name=op.f("uq_extra_time_enrolment_id_quiz_key")),
    )
    op.create_table(
        "active_certificate",
        sa.Column("enrolment_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("certificate_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["certificate_id"], ["certificate.id"], name=op.f("fk_active_certificate_certificate_id")
        ),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolment.id"], name=op.f("fk_active_certificate_enrolment_id")),
        sa.PrimaryKeyConstraint("enrolment_id", "kind", name=op.f("pk_active_certificate")),
        sa.UniqueConstraint("certificate_id", name=op.f("uq_active_certificate_certificate_id")),
    )
    op.create_table(
        "certificate_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("certificate_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("replaced_by_id", sa.Integer(), nullable=True),
        sa.Column("actor", sa.String(length=40), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'replaced') = (replaced_by_id IS NOT NULL)", name=op.f("ck_certificate_event_replaced_by")
        ),
        sa.CheckConstraint("kind IN ('issued', 'revoked', 'replaced')", name=op.f("ck_certificate_event_kind")),
        sa.ForeignKeyConstraint(
            ["certificate_id"], ["certificate.id"], name=op.f("fk_certificate_event_certificate_id")
        ),
        sa.ForeignKeyConstraint(
            ["replaced_by_id"], ["certificate.id"], name=op.f("fk_certificate_event_replaced_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate_event")),
        sa.UniqueConstraint("certificate_id", "kind", name=op.f("uq_certificate_event_certificate_id_kind")),
    )
    op.create_index(
        "uq_certificate_event_end",
        "certificate_event",
        ["certificate_id"],
        unique=True,
        sqlite_where=sa.text("kind != 'issued'"),
        postgresql_where=sa.text("kind != 'issued'"),
    )

    op.create_table(
        "grade_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("max_score", sa.Integer(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.Column("shares", sa.JSON(), nullable=False),
        sa.Column("graded_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("source IN ('submit', 'expiry')", name=op.f("ck_grade_event_source")),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name=op.f("fk_grade_event_attempt_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grade_event")),
        sa.UniqueConstraint("attempt_id", name=op.f("uq_grade_event_attempt_id")),
    )
    op.create_table(
        "printed_certificate",
        sa.Column("certificate_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["certificate_id"], ["certificate.id"], name=op.f("fk_printed_certificate_certificate_id")
        ),
        sa.PrimaryKeyConstraint("certificate_id", name=op.f("pk_printed_certificate")),
    )
    op.create_table(
        "response_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.Integer(), nullable=False),
        sa.Column("client", sa.String(length=40), nullable=False),
        sa.Column("client_seq", sa.Integer(), nullable=False),
        sa.Column("question_key", sa.String(length=80), nullable=False),
        sa.Column("payload", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("language", sa.String(length=10), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("client_seq >= 1", name=op.f("ck_response_event_client_seq")),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name=op.f("fk_response_event_attempt_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_response_event")),
        sa.UniqueConstraint(
            "attempt_id", "client", "client_seq", name=op.f("uq_response_event_attempt_id_client_client_seq")
        ),
    )
    dialect = op.get_bind().dialect.name
    for ledger in LEDGERS:
        for statement in append_only_ddl(ledger, dialect):
            op.execute(statement)
    op.execute("INSERT INTO epoch (id, number) VALUES (1, 1)")


def downgrade() -> None:
    op.drop_table("response_event")
    op.drop_table("printed_certificate")
    op.drop_table("grade_event")
    op.drop_table("certificate_event")
    op.drop_table("active_certificate")
    op.drop_table("extra_time")
    op.drop_table("evaluation")
    op.drop_table("course_completion")
    op.drop_table("certificate_details")
    op.drop_table("certificate")
    op.drop_table("attempt")
    op.drop_table("activity_completion")
    op.drop_table("enrolment")
    op.drop_table("translation")
    op.drop_table("segment_revision")
    op.drop_table("run")
    op.drop_table("role_grant")
    op.drop_table("login_session")
    op.drop_table("edition")
    op.drop_table("course_language")
    op.drop_table("segment")
    op.drop_table("rate_window")
    op.drop_table("person")
    op.drop_table("outbox_job")
    op.drop_table("epoch")
    op.drop_table("course")
    op.drop_table("certificate_template")
    op.drop_table("audit_entry")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION IF EXISTS refuse_change()")
