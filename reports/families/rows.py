"""What is on record of copies: how a matched video is known again, with whom it was compared, and which matches are the same."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from registry.db import SAID_ONLY, UtcDateTime


class FootageDescriptor(SQLModel, table=True):
    """How the video with these bytes is known again: maps and local features of whole frames (matcher.footage.clip), of no face.

    It is there only while something is matched in the video, and goes with the video's bytes. width, height: of its frames, in
    pixels. seconds: of it that are remembered. arrays: as an npz document; empty of a video that cannot be known again,
    because it is too short or does not move.
    """

    __tablename__ = "footage_descriptor"

    media_sha256: str = Field(primary_key=True, sa_column_kwargs={"info": {SAID_ONLY: True}})
    encoder: str
    width: float
    height: float
    seconds: float
    arrays: bytes
    made_at: datetime = Field(sa_type=UtcDateTime)


class ComparedFootage(SQLModel, table=True):
    """That the video with these bytes was compared with the earlier ones in which the subject was matched."""

    __tablename__ = "compared_footage"

    media_sha256: str = Field(primary_key=True, sa_column_kwargs={"info": {SAID_ONLY: True}})
    subject_id: str = Field(primary_key=True, index=True)
    at: datetime = Field(sa_type=UtcDateTime)


class FootageCopy(SQLModel, table=True):
    """That a match shows what an earlier captured one shows: the same subject in the same footage, at the same place of it.

    match_id: in the copy; of_id: in the earlier video. t_start to of_end: the seconds of both that are the same. score: 0 to
    1, of the footage. whole: whether the copy shows nothing else. parted_*: that a person says that they are none.
    """

    __tablename__ = "footage_copy"

    id: str = Field(primary_key=True)
    match_id: str = Field(foreign_key="match.id", index=True)
    of_id: str = Field(foreign_key="match.id", index=True)
    t_start: float
    t_end: float
    of_start: float
    of_end: float
    speed: float
    mirrored: bool
    score: float
    whole: bool
    found_at: datetime = Field(sa_type=UtcDateTime)
    parted_by: str | None = None
    parted_reason: str | None = None
    parted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
