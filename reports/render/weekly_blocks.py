"""The videos and matches of a weekly report in words, for both of its forms."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile
from typing import Any

from registry.presence import present
from reports.blocks import ORDER, PageLine, VideoBlock
from reports.matches import MatchStatus
from reports.pictures import Shown
from reports.render.addresses import Address, address
from reports.render.plain import chance, day, moment, weight
from reports.reported_matches import ReportedMatch

HEADINGS = {
    MatchStatus.PENDING: ("Needs a decision", "Nobody has judged these matches yet. Nothing here accuses anybody."),
    MatchStatus.CONFIRMED: ("Confirmed", "A named person confirmed each of these. Evidence and notices can be made of them."),
    MatchStatus.LICENSED: ("Licensed", "A licence in force covers each of these. They reopen when it ends."),
    MatchStatus.PERMITTED: ("Permitted", "A named person, or the allow-list, lets each of these uses be without a licence."),
    MatchStatus.REJECTED: ("Rejected", "A named person decided that these are no uses of the subject."),
}
MIXED = " A video stands once, under the first of its matches; the tag of each match says how it stands."
MOST_ADDRESSES = 12
"""Of more pages or copies of a video than these, the others stand in the appendix."""
LONG = 700
"""Letters beside the pictures from which a match may be divided between two pages."""


def sections(
    blocks: Sequence[VideoBlock], untold: Mapping[MatchStatus, int], campaigns: Mapping[str, str], *, show_party: bool
) -> list[dict[str, Any]]:
    """The blocks under the status of the foremost of their matches. untold: how many of each status are in no block. campaigns:
    the name of the campaign of one uploader that a match is in, by the match's id."""
    return [
        _section(status, [block for block in blocks if block.status is status], untold[status], campaigns, show_party)
        for status in ORDER
        if any(block.status is status for block in blocks)
    ]


def _section(
    status: MatchStatus, blocks: Sequence[VideoBlock], untold: int, campaigns: Mapping[str, str], show_party: bool
) -> dict[str, Any]:
    heading, note = HEADINGS[status]
    if untold:
        note += f" {untold} more, of lower score, stand in the workbook beside this report, and in the console's list of matches."
    mixed = any(found.status is not status for block in blocks for found in block.findings)
    names = [campaigns.get(block.findings[0].id, "") for block in blocks]
    made = [{**_block(block, show_party), "campaign": _begins(names, place)} for place, block in enumerate(blocks)]
    return {"status": status.value, "heading": heading, "note": note + (MIXED if mixed else ""), "blocks": made}


def _begins(names: Sequence[str], place: int) -> str:
    """What stands above the first of several videos of one campaign; names: of the campaign of each video, in order."""
    name = names[place]
    follow = sum(1 for _ in takewhile(lambda other: other == name, names[place:]))
    return f"{follow} videos by {name}" if name and follow > 1 and names[:place][-1:] != [name] else ""


def _block(block: VideoBlock, show_party: bool) -> dict[str, Any]:
    more = sum(max(0, len(urls) - MOST_ADDRESSES) for urls in (block.pages, block.media_urls))
    by = f"By {block.uploader}" if block.uploader else "Author not stated"
    published = f"published {day(block.published)}" if block.published else "date of publication not known"
    return {
        "number": block.number,
        "title": block.title,
        "about": f"{by}, {published}. {block.availability.rstrip('.')}.",
        "pages": [_page(page, block) for page in block.pages[:MOST_ADDRESSES]],
        "media": [_shown(address(url)) for url in block.media_urls[:MOST_ADDRESSES]],
        "more": f"And {more} more, in the appendix." if more else "",
        "in_part": block.in_part,
        "provenance": block.provenance,
        "in_full": bool(block.details),
        "cards": [_card(alike, show_party) for alike in cards(block)],
    }


def _page(page: PageLine, block: VideoBlock) -> dict[str, Any]:
    """What the page says where it is not what stands above, and when it was seen."""
    said = [
        f"“{page.title}”" if page.title and page.title != block.title else "",
        f"by {page.author}" if page.author and page.author != block.uploader else "",
        f"published {day(page.published)}" if page.published and page.published != block.published else "",
        f"seen {_days(page)}" if page.first_seen else "",
        page.gone,
    ]
    return {**_shown(address(page.url)), "said": ", ".join(filter(None, said))}


def _days(page: PageLine) -> str:
    first, last = (day(at) if at else "" for at in (page.first_seen, page.last_seen))
    return f"{first} to {last}" if last and last != first else first


def _shown(made: Address) -> dict[str, Any]:
    return {"exact": made.exact, "pieces": made.pieces, "note": made.note}


def cards(block: VideoBlock) -> list[tuple[ReportedMatch, ...]]:
    """The block's matches; those that copies gave alike, and that stand alike, are told together."""
    alike: dict[tuple[object, ...], list[ReportedMatch]] = {}
    for found in block.findings:
        same = (found.subject, found.party, found.span, found.best, found.encoder, found.status, found.decisions, found.changed)
        alike.setdefault(same, []).append(found)
    return [tuple(group) for group in alike.values()]


def _card(alike: Sequence[ReportedMatch], show_party: bool) -> dict[str, Any]:
    found = alike[0]
    in_words = [*found.decisions, *found.changed]
    words = present(found.modality)
    return {
        "status": found.status.value,
        "subject": found.subject,
        "kind": f"{found.kind} of {found.party}" if show_party else found.kind,
        "resembles": words.nature,
        "score": found.score,
        "threshold": found.threshold,
        "span": found.span,
        "at": words.at,
        "pictured": f", pictured at {found.best}" if words.has_place else "",
        "frame": words.frame(found.best, found.subject),
        "enrolled": f"{words.reference} of {found.subject}",
        "best": found.best,
        "chance": chance(found.expected_false_matches),
        "weight": weight(found.likelihood_ratio, found.ratio_most, found.reasons),
        "decisions": found.decisions,
        "changed": found.changed,
        "carried": f"Carried over from {day(found.found_at)}" if found.carried_over else "",
        "ids": _ids(alike),
        "long": sum(map(len, in_words)) > LONG,
        "still": found.still.picture,
        "still_gone": _gone(found.still),
        "others": found.still.others,
        "reference": found.reference.picture,
        "reference_gone": _gone(found.reference),
    }


def _gone(shown: Shown) -> str:
    return "" if shown.picture else shown.gone or "not available"


def _ids(alike: Iterable[ReportedMatch]) -> str:
    return ", ".join(found.id[:12] for found in alike)


def how_found(blocks: Iterable[VideoBlock]) -> list[dict[str, str]]:
    """For the appendix: what each match was found with, and why it is one."""
    return [
        {
            "number": str(block.number),
            "subject": alike[0].subject,
            "ids": _ids(alike),
            "found": f"{moment(alike[0].found_at)}, {alike[0].encoder} of pack {alike[0].pack}",
            "why": " ".join(alike[0].reasons) or "No further reasons.",
        }
        for block in blocks
        for alike in cards(block)
    ]


def provenance_in_full(blocks: Iterable[VideoBlock]) -> list[dict[str, Any]]:
    """For the appendix: the places where labels are, in full, once for all videos of which the same is known."""
    alike: dict[tuple[str, ...], list[int]] = {}
    for block in blocks:
        if block.details:
            alike.setdefault(block.details, []).append(block.number)
    return [{"numbers": ", ".join(map(str, numbers)), "lines": lines} for lines, numbers in alike.items()]


def exact_addresses(blocks: Iterable[VideoBlock]) -> list[dict[str, Any]]:
    """For the appendix: the addresses that are shown in another form than the recorded one, or not at all."""
    made = [(block.number, _not_shown(block)) for block in blocks]
    return [{"number": str(number), "exact": urls} for number, urls in made if urls]


def _not_shown(block: VideoBlock) -> list[str]:
    shown = {*(page.url for page in block.pages[:MOST_ADDRESSES]), *block.media_urls[:MOST_ADDRESSES]}
    every = dict.fromkeys((*(page.url for page in block.pages), *block.media_urls))
    return [url for url in every if url not in shown or address(url).differs]
