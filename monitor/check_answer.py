"""What is asked of "may I?", and what is answered."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from registry.kinds import Modality
from registry.views import as_fields


class Outcome(StrEnum):
    """unknown: nobody who takes part was found, or somebody besides who is not known. allowed_with_terms: of whom was named also
    where not every way is licensed; the findings say which."""

    ALLOWED = "allowed"
    WITH_TERMS = "allowed_with_terms"
    PROHIBITED = "prohibited"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Intended:
    """The use that is asked about. platform: its host name. territory: one code of ISO 3166. until: the first moment after it.

    What is not said is unknown, and fulfils no condition of a licence.
    """

    starts_at: datetime
    until: datetime
    platform: str = ""
    channel: str = ""
    generator: str = ""
    territory: str = ""
    project: str = ""


@dataclass(frozen=True)
class Sent:
    """What is asked about: the bytes of a picture, a clip or a sound, or a name."""

    picture: bytes | None = None
    clip: bytes | None = None
    sound: bytes | None = None
    name: str = ""


@dataclass(frozen=True)
class Terms:
    """What a licence that covers the use asks, and until when it runs."""

    platform: str | None
    channel: str | None
    generator: str | None
    territory: list[str]
    project: str | None
    modality: Modality | None
    ends_at: datetime | None

    @property
    def bind(self) -> bool:
        """Whether it asks anything beside its dates."""
        return any((self.platform, self.channel, self.generator, self.territory, self.project, self.modality))


@dataclass(frozen=True)
class CheckFinding:
    """One subject in one way. subject: known to this account alone by it. modality: how it was found; of whom was named there is
    one for every way they can be present, unknown where their party does not speak for it.

    false_matches_per_1000: how many of a thousand pictures of nobody enrolled would be found so; None for a name.
    """

    subject: str
    outcome: Outcome
    modality: Modality
    false_matches_per_1000: str | None
    licence: Terms | None
    party: str
    contact: str


@dataclass(frozen=True)
class CheckAnswer:
    """What is answered. looked_at, not_looked_at: modalities and kinds of media."""

    id: str
    outcome: Outcome
    findings: list[CheckFinding]
    looked_at: list[str]
    not_looked_at: list[str]
    use: Intended
    asked_at: datetime
    valid_until: datetime
    statement: str


@dataclass(frozen=True)
class SignedAnswer:
    """signature: Ed25519, in base64, over the canonical JSON of the answer (what `jq -cjS .answer` prints). key: the public one's
    SHA-256, its first 32 digits."""

    answer: CheckAnswer
    signature: str
    key: str


def plain(value: Any) -> Any:
    """An answer as JSON has it, without any number but whole ones: what is signed is spelt in one way."""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, list):
        return [plain(each) for each in value]
    if hasattr(value, "__dataclass_fields__"):
        return {name: plain(each) for name, each in as_fields(value).items()}
    return value
