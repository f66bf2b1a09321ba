"""Digests of people that outlive them are keyed; grounds in law, releases, listings, minors and who left are on record.

A revision has no key: members and receipts of before are marked, and the next opening of the workspace gives them keyed digests.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

_TEXTS = (
    *(("party", name) for name in ("officer", "recipients", "transfers", "purposes")),
    ("mandate", "guardian"),
)
_MAYBE = (
    ("subject", "left_at", sa.String(27)),
    ("subject", "minor_until", sa.String(27)),
    ("mandate", "release_version", sa.String()),
    ("mandate", "release_shown_at", sa.String(27)),
)


def upgrade() -> None:
    for table, name in _TEXTS:
        op.add_column(table, sa.Column(name, sa.String(), nullable=False, server_default=""))
    for table, name, kind in _MAYBE:
        op.add_column(table, sa.Column(name, kind, nullable=True))
    keyed = sa.Enum("ALWAYS", "LATER", "NOT_YET", name="keyed")
    op.add_column("member", sa.Column("keyed", keyed, nullable=False, server_default="NOT_YET"))
    op.add_column("erasure", sa.Column("keyed", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "blinding_secret",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    _people()


def _people() -> None:
    grounds = sa.Enum("CONSENT", "CONTRACT", "LEGAL_OBLIGATION", "PUBLIC_TASK", "LEGITIMATE_INTEREST", name="ground")
    op.create_table(
        "legal_basis",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("ground", grounds, nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("special", "evidence", "noted_by")),
        sa.Column("starts_at", sa.String(27), nullable=False),
        *(sa.Column(name, sa.String(27), nullable=True) for name in ("ends_at", "revoked_at")),
        sa.ForeignKeyConstraint(["subject_id"], ["subject.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_legal_basis_subject_id"), "legal_basis", ["subject_id"], unique=False)
    op.create_table(
        "release",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("party_id", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("made_at", sa.String(27), nullable=False),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"]),
        sa.PrimaryKeyConstraint("id", "party_id"),
    )
    op.create_index(op.f("ix_release_party_id"), "release", ["party_id"], unique=False)
    op.create_table(
        "listing",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("party_id", sa.String(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("made_at", sa.String(27), nullable=False),
        sa.ForeignKeyConstraint(["party_id"], ["party.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("party_id", "path"),
    )
    op.create_index(op.f("ix_listing_party_id"), "listing", ["party_id"], unique=False)
