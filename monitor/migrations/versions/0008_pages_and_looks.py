"""A video has all its pages, each with what was said there, and every look at its addresses is kept.

What stood in the video's own row is what its page said; its last capture is the last look that is known of.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_KINDS = ("FEED", "SITEMAP", "PAGE", "PEERTUBE", "MASTODON", "REDDIT", "YOUTUBE", "YTDLP", "INBOX")


def upgrade() -> None:
    _sightings()
    _statements()
    _looks()


def _sightings() -> None:
    op.create_table(
        "sighting_anew",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("video_id", sa.String(), nullable=False),
        sa.Column("source_id", sa.String(), nullable=False),
        sa.Column("page_url", sa.String(), nullable=False),
        sa.Column("first_seen_at", sa.String(27), nullable=False),
        sa.Column("last_seen_at", sa.String(27), nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"]),
        sa.ForeignKeyConstraint(["video_id"], ["video.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("video_id", "source_id", "page_url"),
    )
    op.execute(
        "INSERT INTO sighting_anew SELECT id, video_id, source_id, coalesce(page_url, ''), first_seen_at, last_seen_at "
        "FROM sighting"
    )
    op.drop_table("sighting")
    op.rename_table("sighting_anew", "sighting")
    op.create_index("ix_sighting_source_id", "sighting", ["source_id"])
    op.create_index("ix_sighting_video_id", "sighting", ["video_id"])


def _statements() -> None:
    op.create_table(
        "statement",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("video_id", sa.String(), nullable=False),
        sa.Column("page_url", sa.String(), nullable=False),
        sa.Column("said_by", sa.Enum(*_KINDS, name="sourcekind"), nullable=False),
        sa.Column("own", sa.Boolean(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("uploader", sa.String(), nullable=False),
        sa.Column("published_at", sa.String(27), nullable=True),
        sa.Column("platform_label", sa.String(), nullable=True),
        sa.Column("date_note", sa.String(), nullable=False),
        sa.Column("first_seen_at", sa.String(27), nullable=False),
        sa.Column("last_seen_at", sa.String(27), nullable=False),
        sa.ForeignKeyConstraint(["video_id"], ["video.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_statement_page_url", "statement", ["page_url"])
    op.create_index("ix_statement_video_id", "statement", ["video_id"])
    # A page whose words were not kept is known all the same: from the sightings.
    op.execute(
        "INSERT INTO statement SELECT 'row-' || v.id, v.id, coalesce(v.page_url, ''), 'PAGE', 0, v.title, v.description, "
        "v.uploader, v.published_at, v.platform_label, '', v.first_seen_at, "
        "coalesce((SELECT max(s.last_seen_at) FROM sighting s WHERE s.video_id = v.id), v.first_seen_at) FROM video v"
    )
    op.execute(
        "INSERT INTO statement SELECT 'seen-' || min(s.id), s.video_id, s.page_url, 'PAGE', 0, '', '', '', NULL, NULL, '', "
        "min(s.first_seen_at), max(s.last_seen_at) FROM sighting s JOIN video v ON v.id = s.video_id "
        "WHERE s.page_url <> '' AND s.page_url <> coalesce(v.page_url, '') GROUP BY s.video_id, s.page_url"
    )


def _looks() -> None:
    op.create_table(
        "look",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("video_id", sa.String(), nullable=False),
        sa.Column("address", sa.Enum("MEDIA", "PAGE", name="address"), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("outcome", sa.Enum("SEEN", "GONE", "UNREACHABLE", name="lookoutcome"), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("media_sha256", sa.String(), nullable=True),
        sa.Column("first_at", sa.String(27), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("etag", sa.String(), nullable=False),
        sa.Column("last_modified", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["video_id"], ["video.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_look_at", "look", ["at"])
    op.create_index("ix_look_video_id", "look", ["video_id"])
    op.execute(
        "INSERT INTO look (video_id, address, url, outcome, why, media_sha256, first_at, at, looks, etag, last_modified) "
        "SELECT v.id, 'MEDIA', v.media_url, 'SEEN', '', c.media_sha256, c.captured_at, c.captured_at, 1, '', '' "
        "FROM capture c JOIN video v ON v.id = c.video_id WHERE v.via <> 'FILE' AND c.captured_at = "
        "(SELECT max(l.captured_at) FROM capture l WHERE l.video_id = c.video_id) GROUP BY v.id"
    )
