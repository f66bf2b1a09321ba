"""Where platforms take notices, and what they do with the sender's data: as data, each fact with its source and day.

What is not known is said to be unknown. No address is guessed: where none is given, the platform's own pages have it.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

UNKNOWN = "not known here"
_NOVEMBER_2026 = date(2026, 11, 1)
UNCHECKED_AFTER_DAYS = 90


@dataclass(frozen=True)
class Recipient:
    """A platform. names, hosts: by which a letter or an address tells it. way: how it takes notices. sender_data: what it does
    with who sends them. notes: what else is to be known. checked_on: when that was last looked up. source: where it stands."""

    id: str
    title: str
    names: tuple[str, ...]
    hosts: tuple[str, ...]
    way: str
    sender_data: str
    notes: tuple[str, ...]
    checked_on: date
    source: str


DMCA_AGENTS = (
    "The agent for copyright notices (DMCA) stands in the directory at copyright.gov, where it must be renewed every three years."
)

RECIPIENTS: Sequence[Recipient] = (
    Recipient(
        id="youtube",
        title="YouTube",
        names=("youtube",),
        hosts=("youtube.com", "youtu.be"),
        way="by its privacy complaint process, for likenesses made or altered by AI",
        sender_data=UNKNOWN,
        notes=(
            "A likeness is complained of by the person, with few exceptions, and the uploader first gets 48 hours.",
            "What Google takes out of its services goes to Lumen without the contact fields.",
        ),
        checked_on=_NOVEMBER_2026,
        source="the-decoder.com, 2 July 2024, on YouTube's privacy guidelines; looked up in November 2026",
    ),
    Recipient(
        id="x",
        title="X",
        names=("x corp", "twitter"),
        hosts=("x.com", "twitter.com"),
        way="by the form of its help center",
        sender_data="it sends the whole complaint, with the sender's name and contact data, to who posted the material",
        notes=(),
        checked_on=_NOVEMBER_2026,
        source="legalclarity.org, on X's copyright form; looked up in November 2026",
    ),
    Recipient(
        id="tiktok",
        title="TikTok",
        names=("tiktok",),
        hosts=("tiktok.com",),
        way="by its form",
        sender_data=UNKNOWN,
        notes=("Further copies of the same video can be blocked on request.",),
        checked_on=_NOVEMBER_2026,
        source="public pages, looked up in November 2026",
    ),
    Recipient(
        id="meta",
        title="Meta (Facebook, Instagram)",
        names=("meta platforms", "facebook", "instagram"),
        hosts=("facebook.com", "instagram.com"),
        way="by its form for intellectual property",
        sender_data=UNKNOWN,
        notes=(),
        checked_on=_NOVEMBER_2026,
        source="public pages, looked up in November 2026",
    ),
    Recipient(
        id="rednote",
        title="RedNote (Xiaohongshu)",
        names=("rednote", "xiaohongshu", "小红书"),
        hosts=("xiaohongshu.com",),
        way="by an account: companies from abroad need a registration that is authenticated",
        sender_data=UNKNOWN,
        notes=("The registration needs a Chinese translation and a power of attorney.",),
        checked_on=_NOVEMBER_2026,
        source="public pages, looked up in November 2026",
    ),
    Recipient(
        id="douyin",
        title="Douyin",
        names=("douyin", "抖音"),
        hosts=("douyin.com",),
        way="within its app",
        sender_data=UNKNOWN,
        notes=(),
        checked_on=_NOVEMBER_2026,
        source="public pages, looked up in November 2026",
    ),
)


def recipient_of(lines: Sequence[str], addresses: Sequence[str]) -> Recipient | None:
    """The platform that a letter's lines about its recipient, or the hosts of mail addresses, name; None for none of them."""
    said = " ".join(lines).casefold()
    hosts = [address.rpartition("@")[2] for address in addresses]
    for known in RECIPIENTS:
        if any(_is_named(name, said) for name in known.names):
            return known
        if any(host == own or host.endswith(f".{own}") for host in hosts for own in known.hosts):
            return known
    return None


def _is_named(name: str, said: str) -> bool:
    """As a whole word: "Box Corp" is not X."""
    return re.search(rf"(?<![a-z0-9]){re.escape(name)}(?![a-z0-9])", said) is not None


def before_sending(known: Recipient | None, law: str, on: date) -> list[str]:
    """What whoever sends a letter should know of its recipient, in words."""
    told = [DMCA_AGENTS] if law == "dmca" else []
    if known is None:
        data = f"What the recipient does with the sender's data is {UNKNOWN}: it may pass the whole letter to the uploader."
        return [*told, data]
    days = (on - known.checked_on).days
    told.append(f"{known.title} takes notices {known.way}.")
    told.append(f"What {known.title} does with the sender's data: {known.sender_data}.")
    told += known.notes
    late = "; that is long ago, look again" if days > UNCHECKED_AFTER_DAYS else ""
    told.append(f"Last checked on {known.checked_on} ({known.source}){late}.")
    return told
