"""Second factors, what is half done at the door, what accounts are told, and from where browsers are signed in."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    _factor_rule()
    _account_news()
    _half_done()
    _passkey()
    _recovery_code()
    _totp()
    _of_browsers()


def _factor_rule() -> None:
    op.create_table(
        "factor_rule",
        sa.Column("party_id", sa.String(), nullable=False),
        sa.Column("since", sa.String(27), nullable=False),
        sa.ForeignKeyConstraint(
            ["party_id"],
            ["party.id"],
        ),
        sa.PrimaryKeyConstraint("party_id"),
    )


def _account_news() -> None:
    op.create_table(
        "account_news",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column(
            "news",
            sa.Enum(
                "RESET",
                "ENDED",
                "COUNTED_BACK",
                "AUTHENTICATOR",
                "PASSKEY",
                "REMOVED",
                "RECOVERED",
                "LINKED",
                "UNLINKED",
                "PASSWORD",
                name="news",
            ),
            nullable=False,
        ),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("told_at", sa.String(27), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("account_news", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_account_news_account_id"), ["account_id"], unique=False)


def _half_done() -> None:
    op.create_table(
        "half_done",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.Enum("CODE", "PASSKEY", "NEW_PASSKEY", "ISSUER", name="kind"), nullable=False),
        sa.Column("account_id", sa.String(), nullable=True),
        sa.Column("state", sa.JSON(), nullable=False),
        sa.Column("until", sa.String(27), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("half_done", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_half_done_account_id"), ["account_id"], unique=False)


def _passkey() -> None:
    op.create_table(
        "passkey",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("counter", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.String(27), nullable=False),
        sa.Column("used_at", sa.String(27), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("passkey", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_passkey_account_id"), ["account_id"], unique=False)


def _recovery_code() -> None:
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("made_at", sa.String(27), nullable=False),
        sa.Column("used_at", sa.String(27), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("recovery_code", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_recovery_code_account_id"), ["account_id"], unique=False)


def _totp() -> None:
    op.create_table(
        "totp",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.String(27), nullable=False),
        sa.Column("confirmed_at", sa.String(27), nullable=True),
        sa.Column("last_step", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("totp", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_totp_account_id"), ["account_id"], unique=False)


def _of_browsers() -> None:
    with op.batch_alter_table("signed_in", schema=None) as batch_op:
        batch_op.add_column(sa.Column("address", sa.String(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("way", sa.String(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("proved_at", sa.String(27), nullable=True))
        batch_op.add_column(sa.Column("must_enrol", sa.Boolean(), server_default="0", nullable=False))
