"""The first tables

Revision: 0001, the first.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "area",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("parent", sa.Text(), nullable=True),
        sa.Column("successor", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("code", "valid_from", name=op.f("area_pkey")),
    )
    op.create_index(op.f("area_parent_idx"), "area", ["parent"], unique=False)
    op.create_table(
        "delivery",
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("night", sa.Date(), nullable=False),
        sa.Column("arrival", sa.Date(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("period", sa.Text(), nullable=True),
        sa.Column("encoding", sa.Text(), nullable=True),
        sa.Column("file_format", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("header_row", sa.Integer(), nullable=True),
        sa.Column("columns_mapped", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("columns_dropped", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("rows_total", sa.Integer(), nullable=False),
        sa.Column("rows_kept", sa.Integer(), nullable=False),
        sa.Column("rows_set_aside", sa.Integer(), nullable=False),
        sa.Column("rows_quarantined", sa.Integer(), nullable=False),
        sa.Column("rows_superseded", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.CheckConstraint(
            "status <> 'taken' OR "
            "rows_total = rows_kept + rows_set_aside + rows_quarantined + rows_superseded",
            name=op.f("delivery_rows_add_up_check"),
        ),
        sa.CheckConstraint(
            "status IN ('taken', 'duplicate', 'refused')", name=op.f("delivery_status_known_check")
        ),
        sa.PrimaryKeyConstraint("feed", "file", "sha256", name=op.f("delivery_pkey")),
    )
    op.create_index("delivery_feed_sha256_idx", "delivery", ["feed", "sha256"], unique=False)
    op.create_index(op.f("delivery_night_idx"), "delivery", ["night"], unique=False)
    op.create_table(
        "discrepancy",
        sa.Column("discrepancy_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=True),
        sa.Column("household_no", sa.Text(), nullable=True),
        sa.Column("person_no", sa.Text(), nullable=True),
        sa.Column("person_no_2", sa.Text(), nullable=True),
        sa.Column("field", sa.Text(), nullable=True),
        sa.Column("register_value", sa.Text(), nullable=True),
        sa.Column("proposed_value", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("evidence_hash", sa.Text(), nullable=False),
        sa.Column("evidence_version", sa.Integer(), nullable=False),
        sa.Column("evidence_count", sa.Integer(), nullable=False),
        sa.Column("first_night", sa.Date(), nullable=False),
        sa.Column("last_night", sa.Date(), nullable=False),
        sa.Column("gone_night", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "status IN ('open', 'waiting', 'decided', 'resolved')",
            name=op.f("discrepancy_status_known_check"),
        ),
        sa.PrimaryKeyConstraint("discrepancy_id", name=op.f("discrepancy_pkey")),
        sa.UniqueConstraint("type", "subject", name=op.f("discrepancy_type_subject_key")),
    )
    op.create_index("discrepancy_household_no_idx", "discrepancy", ["household_no"], unique=False)
    op.create_index("discrepancy_person_no_idx", "discrepancy", ["person_no"], unique=False)
    op.create_index("discrepancy_queue_idx", "discrepancy", ["area_code", "status", "priority"], unique=False)
    op.create_table(
        "entity",
        sa.Column("entity_id", sa.Text(), nullable=False),
        sa.Column("first_night", sa.Date(), nullable=False),
        sa.Column("merged_into", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["merged_into"], ["entity.entity_id"], name=op.f("entity_merged_into_fkey")),
        sa.PrimaryKeyConstraint("entity_id", name=op.f("entity_pkey")),
    )
    op.create_table(
        "entity_log",
        sa.Column("night", sa.Date(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.Text(), nullable=False),
        sa.Column("other_id", sa.Text(), nullable=False),
        sa.CheckConstraint("event IN ('merge', 'split')", name=op.f("entity_log_event_known_check")),
        sa.PrimaryKeyConstraint("night", "event", "entity_id", "other_id", name=op.f("entity_log_pkey")),
    )
    op.create_table(
        "household",
        sa.Column("household_no", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("head_name", sa.Text(), nullable=True),
        sa.Column("area_code", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("household_no", "unit", "valid_from", name=op.f("household_pkey")),
    )
    op.create_index("household_area_idx", "household", ["area_code"], unique=False)
    op.create_table(
        "membership",
        sa.Column("person_no", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("household_no", sa.Text(), nullable=True),
        sa.Column("head_name", sa.Text(), nullable=True),
        sa.Column("relation_to_head", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("person_no", "unit", "valid_from", name=op.f("membership_pkey")),
    )
    op.create_index(op.f("membership_household_no_idx"), "membership", ["household_no"], unique=False)
    op.create_table(
        "model_version",
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("night", sa.Date(), nullable=False),
        sa.Column("is_current", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "parameters",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("version", "feed", name=op.f("model_version_pkey")),
    )
    op.create_table(
        "night",
        sa.Column("night", sa.Date(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("is_applied", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "counts",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.Column("next_clock", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "status IN ('running', 'finished', 'failed')", name=op.f("night_status_known_check")
        ),
        sa.PrimaryKeyConstraint("night", name=op.f("night_pkey")),
    )
    op.create_table(
        "person",
        sa.Column("person_no", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("former_name", sa.Text(), nullable=True),
        sa.Column("id_number", sa.Text(), nullable=True),
        sa.Column("id_state", sa.Text(), nullable=True),
        sa.Column("sex", sa.Text(), nullable=True),
        sa.Column("ethnicity", sa.Text(), nullable=True),
        sa.Column("birth_date", sa.Date(), nullable=True),
        sa.Column("birth_date_lunar", sa.Date(), nullable=True),
        sa.Column("marital_status", sa.Text(), nullable=True),
        sa.Column("education", sa.Text(), nullable=True),
        sa.Column("occupation", sa.Text(), nullable=True),
        sa.Column("hukou_address", sa.Text(), nullable=True),
        sa.Column("hukou_area", sa.Text(), nullable=True),
        sa.Column("hukou_group", sa.Text(), nullable=True),
        sa.Column("hukou_door", sa.Text(), nullable=True),
        sa.Column("residence_address", sa.Text(), nullable=True),
        sa.Column("residence_area", sa.Text(), nullable=True),
        sa.Column("residence_group", sa.Text(), nullable=True),
        sa.Column("residence_door", sa.Text(), nullable=True),
        sa.Column("area_code", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("mother_name", sa.Text(), nullable=True),
        sa.Column("mother_id", sa.Text(), nullable=True),
        sa.Column("father_name", sa.Text(), nullable=True),
        sa.Column("father_id", sa.Text(), nullable=True),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("raw", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.PrimaryKeyConstraint("person_no", "unit", "valid_from", name=op.f("person_pkey")),
    )
    op.create_index("person_id_number_idx", "person", ["id_number"], unique=False)
    op.create_table(
        "quarantined_row",
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("column", sa.Text(), nullable=False),
        sa.Column("night", sa.Date(), nullable=False),
        sa.Column("raw", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.PrimaryKeyConstraint(
            "feed", "file", "sheet", "row", "rule", "column", name=op.f("quarantined_row_pkey")
        ),
    )
    op.create_table(
        "register_import",
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("arrival", sa.Date(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("is_effective", sa.Boolean(), nullable=False),
        sa.Column("night", sa.Date(), nullable=False),
        sa.Column("deliveries", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("unit", "arrival", "period", name=op.f("register_import_pkey")),
    )
    op.create_table(
        "discrepancy_version",
        sa.Column("discrepancy_id", sa.Text(), nullable=False),
        sa.Column("evidence_version", sa.Integer(), nullable=False),
        sa.Column("night", sa.Date(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("evidence_hash", sa.Text(), nullable=False),
        sa.Column("register_value", sa.Text(), nullable=True),
        sa.Column("proposed_value", sa.Text(), nullable=True),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.CheckConstraint(
            "event IN ('opened', 'changed', 'reopened')", name=op.f("discrepancy_version_event_known_check")
        ),
        sa.ForeignKeyConstraint(
            ["discrepancy_id"],
            ["discrepancy.discrepancy_id"],
            name=op.f("discrepancy_version_discrepancy_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("discrepancy_id", "evidence_version", name=op.f("discrepancy_version_pkey")),
    )
    op.create_table(
        "entity_mention",
        sa.Column("content_key", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.Text(), nullable=False),
        sa.Column("night", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entity_id"], ["entity.entity_id"], name=op.f("entity_mention_entity_id_fkey")
        ),
        sa.PrimaryKeyConstraint("content_key", name=op.f("entity_mention_pkey")),
    )
    op.create_index(op.f("entity_mention_entity_id_idx"), "entity_mention", ["entity_id"], unique=False)
    op.create_table(
        "evidence",
        sa.Column("discrepancy_id", sa.Text(), nullable=False),
        sa.Column("feed", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("sheet", sa.Text(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("person_no", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("content_key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["discrepancy_id"],
            ["discrepancy.discrepancy_id"],
            name=op.f("evidence_discrepancy_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "discrepancy_id", "feed", "file", "sheet", "row", "role", "person_no", name=op.f("evidence_pkey")
        ),
    )


def downgrade() -> None:
    op.drop_table("evidence")
    op.drop_index(op.f("entity_mention_entity_id_idx"), table_name="entity_mention")
    op.drop_table("entity_mention")
    op.drop_table("discrepancy_version")
    op.drop_table("register_import")
    op.drop_table("quarantined_row")
    op.drop_index("person_id_number_idx", table_name="person")
    op.drop_table("person")
    op.drop_table("night")
    op.drop_table("model_version")
    op.drop_index(op.f("membership_household_no_idx"), table_name="membership")
    op.drop_table("membership")
    op.drop_index("household_area_idx", table_name="household")
    op.drop_table("household")
    op.drop_table("entity_log")
    op.drop_table("entity")
    op.drop_index("discrepancy_queue_idx", table_name="discrepancy")
    op.drop_index("discrepancy_person_no_idx", table_name="discrepancy")
    op.drop_index("discrepancy_household_no_idx", table_name="discrepancy")
    op.drop_table("discrepancy")
    op.drop_index(op.f("delivery_night_idx"), table_name="delivery")
    op.drop_index("delivery_feed_sha256_idx", table_name="delivery")
    op.drop_table("delivery")
    op.drop_index(op.f("area_parent_idx"), table_name="area")
    op.drop_table("area")
