"""The life of a notice: its events, what authorities state of proofs of absence, and the digest of the file that was approved.

Of notices of before it is on record when they were drafted and approved, and by whom.
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"

_EVENTS = (
    *("DRAFT", "APPROVED", "SENDING", "HANDED_OVER", "NOT_SENT", "UNCERTAIN", "SENT", "ACKNOWLEDGED", "REMOVED", "REFUSED"),
    *("COUNTER_NOTICED", "RESTORED", "REPOSTED", "EXPIRED"),
)
# Numbers are moments in microseconds; an approval's is the higher one whatever the clock said.
_OF_EARLIER = """
    INSERT INTO notice_event (id, notice_id, event, at, whole_day, recorded_at, "by", how, reference, message_id, detail)
    SELECT max(CAST(strftime('%s', drafted_at) AS INTEGER), CAST(strftime('%s', {at}) AS INTEGER)) * 1000000
        + {step} + 2 * row_number() OVER (ORDER BY drafted_at, id), id, '{event}', {at}, 0, {at}, {who}, '', '', '', '{{}}'
    FROM notice WHERE {at} IS NOT NULL
"""


def upgrade() -> None:
    op.create_table(
        "notice_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.String(), nullable=False),
        sa.Column("event", sa.Enum(*_EVENTS, name="event"), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("whole_day", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", sa.String(27), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("how", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("proof_sha256", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_notice_event_notice_id", "notice_event", ["notice_id"])
    _add_stamps()
    with op.batch_alter_table("notice") as table:
        table.add_column(sa.Column("pdf_sha256", sa.String(), nullable=True))
        table.create_index("ix_notice_state", ["state"])
    for event, at, who, step in (("DRAFT", "drafted_at", "drafted_by", 0), ("APPROVED", "approved_at", "approved_by", 1)):
        op.execute(_OF_EARLIER.format(event=event, at=at, who=who, step=step))


def _add_stamps() -> None:
    op.create_table(
        "absence_stamp",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("event_id", sa.Integer(), nullable=False),
        sa.Column("authority", sa.String(), nullable=False),
        sa.Column("asked_at", sa.String(27), nullable=False),
        sa.Column("problem", sa.String(), nullable=True),
        sa.Column("stated_at", sa.String(27), nullable=True),
        sa.Column("signer", sa.String(), nullable=False),
        sa.Column("serial", sa.String(), nullable=False),
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("reply_sha256", sa.String(), nullable=True),
        sa.Column("roots_sha256", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["event_id"], ["notice_event.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_absence_stamp_event_id", "absence_stamp", ["event_id"])
