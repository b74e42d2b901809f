"""The monthly quality sample: pairs that people judge blind, and what came of it

Revision: 0021, after 0020.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from register.migrations.policies import Allow, allow, forget, held, in_area, protect

revision = "0021"
down_revision = "0020"

TABLES = ("quality_sample", "quality_stratum", "quality_pair", "quality_score", "quality_answer")
REVIEWERS = ("officer", "steward")
AS_OWNER = "SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"
# Neither how many are asked nor what a steward said is a reviewer's to know; the word is the steward's.
PLACE = ("feed", "file", "sheet", "row", "role")
TO_JUDGE = ("pair_id", "month", "area_code", "content_key", "person_no", *PLACE, "is_done")
WORD = ("word", "word_by", "word_at")
ANSWER = ("pair_id", "reviewer", "kind", "answered_at")
# A pair needs nobody any more when all who were asked agree, or when three have answered.
SETTLE = f"""
CREATE FUNCTION settle_quality_pair() RETURNS trigger LANGUAGE plpgsql {AS_OWNER} AS $$
BEGIN
    PERFORM FROM quality_pair WHERE pair_id = NEW.pair_id FOR UPDATE;
    UPDATE quality_pair AS p SET is_done = s.answers >= p.asks AND (s.kinds = 1 OR s.answers >= 3)
    FROM (SELECT count(*) AS answers, count(DISTINCT kind) AS kinds FROM quality_answer
        WHERE pair_id = NEW.pair_id AND taken_back_at IS NULL) AS s
    WHERE p.pair_id = NEW.pair_id;
    RETURN NULL;
END $$
"""
TRIGGER = """
CREATE TRIGGER quality_answer_settles AFTER INSERT OR UPDATE ON quality_answer
FOR EACH ROW EXECUTE FUNCTION settle_quality_pair()
"""
# Numbers are the county's, also for an officer who may not see the pairs behind them: no pair, no person, no name of a reviewer.
TALLY = f"""
CREATE FUNCTION desk_quality_tally(since date) RETURNS TABLE (month date, stratum smallint, kinds text[], raters bigint[])
LANGUAGE sql STABLE {AS_OWNER} AS $$
    SELECT p.month, c.stratum, coalesce(array_agg(a.kind ORDER BY a.answer_id) FILTER (WHERE a.kind IS NOT NULL), '{{}}'),
        coalesce(array_agg(a.rater ORDER BY a.answer_id) FILTER (WHERE a.kind IS NOT NULL), '{{}}')
    FROM quality_sample AS s JOIN quality_pair AS p ON p.month = s.month JOIN quality_score AS c ON c.pair_id = p.pair_id
    LEFT JOIN (SELECT answer_id, pair_id, kind, dense_rank() OVER (ORDER BY reviewer) AS rater FROM quality_answer
        WHERE taken_back_at IS NULL) AS a ON a.pair_id = p.pair_id
    WHERE s.closed_at IS NOT NULL AND s.month >= since AND ((SELECT desk_holds('officer')) OR (SELECT desk_holds('steward')))
    GROUP BY p.pair_id, p.month, c.stratum ORDER BY p.month, c.stratum, p.pair_id
$$
"""


def upgrade() -> None:
    _tables()
    run = op.get_bind().exec_driver_sql
    for statement in (SETTLE, TRIGGER, TALLY):
        run(statement)
    run("REVOKE EXECUTE ON FUNCTION settle_quality_pair(), desk_quality_tally(date) FROM PUBLIC")
    run("GRANT EXECUTE ON FUNCTION desk_quality_tally(date) TO bulou_officer, bulou_steward")
    for statement in (*(line for table in TABLES for line in protect(table)), *allow(_rules())):
        run(statement)


def _rules() -> list[Allow]:
    """Answers are one's own until the sample is closed; then they and the scores are there for whoever sees the pair."""
    rules = []
    for role in REVIEWERS:
        pairs = in_area(role) if role == "officer" else held(role)
        is_steward = role == "steward"
        rules += [
            Allow("quality_sample", role, update=("closed_at", "closed_by") if is_steward else ()),
            Allow("quality_stratum", role),
            Allow(
                "quality_pair",
                role,
                pairs,
                columns=TO_JUDGE + (WORD if is_steward else ()),
                update=WORD if is_steward else (),
                written="NOT " + _of_sample("quality_pair", "s.closed_at IS NULL") if is_steward else None,
            ),
            Allow("quality_score", role, _of_sample("quality_score", "s.closed_at IS NOT NULL")),
            Allow(
                "quality_answer",
                role,
                f"{_of_sample('quality_answer', f'(s.closed_at IS NOT NULL OR {_OWN})')}",
                insert=ANSWER,
                update=("taken_back_at",),
                written=f"{_OWN} AND {_of_sample('quality_answer', 's.closed_at IS NULL')}",
            ),
        ]
    return rules


_OWN = "quality_answer.reviewer = (SELECT desk_user())"


def _of_sample(table: str, condition: str) -> str:
    """The pair of the row is one that the user sees, and its sample is so."""
    if table == "quality_pair":
        return f"EXISTS (SELECT FROM quality_sample AS s WHERE s.month = {table}.month AND {condition})"
    return (
        "EXISTS (SELECT FROM quality_pair AS p JOIN quality_sample AS s ON s.month = p.month "
        f"WHERE p.pair_id = {table}.pair_id AND {condition})"
    )


def _tables() -> None:
    op.create_table(
        "quality_sample",
        *(sa.Column(name, sa.Date(), nullable=False) for name in ("month", "night")),
        sa.Column("model_version", sa.Text(), nullable=False),
        sa.Column("pairs", sa.Integer(), nullable=False),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "(closed_at IS NULL) = (closed_by IS NULL)", name=op.f("quality_sample_closed_check")
        ),
        sa.PrimaryKeyConstraint("month", name=op.f("quality_sample_pkey")),
    )
    op.create_index(
        "quality_sample_open_idx",
        "quality_sample",
        [sa.text("(closed_at IS NULL)")],
        unique=True,
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "quality_stratum",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("stratum", sa.SmallInteger(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Float(), nullable=False) for name in ("low", "high")),
        sa.Column("pairs", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "decision IN ('link', 'possible', 'none')", name=op.f("quality_stratum_decision_known_check")
        ),
        _of("quality_stratum", "month", "quality_sample.month"),
        sa.PrimaryKeyConstraint("month", "stratum", name=op.f("quality_stratum_pkey")),
    )
    _pairs()


def _pairs() -> None:
    op.create_table(
        "quality_pair",
        sa.Column("pair_id", sa.Text(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=True),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("content_key", "person_no", "feed", "file", "sheet")
        ),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("asks", sa.SmallInteger(), nullable=False),
        sa.Column("is_done", sa.Boolean(), server_default=sa.false(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=True) for name in ("word", "word_by")),
        sa.Column("word_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("asks IN (2, 3)", name=op.f("quality_pair_asks_check")),
        sa.CheckConstraint("word IN ('confirmed', 'rejected')", name=op.f("quality_pair_word_known_check")),
        sa.CheckConstraint(
            "(word IS NULL) = (word_by IS NULL) AND (word IS NULL) = (word_at IS NULL)",
            name=op.f("quality_pair_word_check"),
        ),
        _of("quality_pair", "month", "quality_sample.month"),
        sa.PrimaryKeyConstraint("pair_id", name=op.f("quality_pair_pkey")),
    )
    for column in ("month", "area_code"):
        op.create_index(op.f(f"quality_pair_{column}_idx"), "quality_pair", [column])
    op.create_table(
        "quality_score",
        sa.Column("pair_id", sa.Text(), nullable=False),
        sa.Column("stratum", sa.SmallInteger(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Float(), nullable=False) for name in ("match_weight", "match_probability")),
        _of("quality_score", "pair_id", "quality_pair.pair_id"),
        sa.PrimaryKeyConstraint("pair_id", name=op.f("quality_score_pkey")),
    )
    op.create_table(
        "quality_answer",
        sa.Column("answer_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("pair_id", "reviewer", "kind")),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind IN ('same_person', 'different_person', 'cannot_tell')",
            name=op.f("quality_answer_kind_known_check"),
        ),
        _of("quality_answer", "pair_id", "quality_pair.pair_id"),
        sa.ForeignKeyConstraint(
            ["reviewer"], ["app_user.user_id"], name=op.f("quality_answer_reviewer_fkey")
        ),
        sa.PrimaryKeyConstraint("answer_id", name=op.f("quality_answer_pkey")),
    )
    op.create_index(
        "quality_answer_standing_idx",
        "quality_answer",
        ["pair_id", "reviewer"],
        unique=True,
        postgresql_where=sa.text("taken_back_at IS NULL"),
    )


def _of(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [other], name=op.f(f"{table}_{column}_fkey"), ondelete="CASCADE")


def downgrade() -> None:
    for statement in forget(TABLES):
        op.execute(statement)
    op.execute("DROP FUNCTION desk_quality_tally(date)")
    for table in reversed(TABLES):
        op.drop_table(table)
    op.execute("DROP FUNCTION settle_quality_pair()")
