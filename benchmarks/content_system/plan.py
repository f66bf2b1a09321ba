"""What is published in the first week: entries in words that no content system knows, each with what it shows and how."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle

AUTHORS = {
    "anna": "Anna Weiß",
    "hanako": "山田 花子",
    "oleg": "Олег Петров",
    "fatima": "فاطمة الزهراء",
    "desk": "The Night Desk",
}
"""Log-in name: the name that pages show."""

PUBLIC, PRIVATE, DRAFT, PROTECTED, FUTURE = "publish", "private", "draft", "protected", "future"


@dataclass(frozen=True)
class Part:
    """A piece of an entry. how: the way clips are shown, such as block, shortcode, playlist, link; text: what it says."""

    how: str
    clips: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True)
class Entry:
    """A post, or a page. days: how long ago it was published, with a fraction; negative: that is still to come."""

    slug: str
    title: str
    author: str
    days: float
    parts: tuple[Part, ...]
    kind: str = "post"
    status: str = PUBLIC
    category: str = "Clips"
    tags: tuple[str, ...] = ()
    comments: int = 0

    @property
    def clips(self) -> list[str]:
        """Each clip that it shows, once."""
        return list(dict.fromkeys(clip for part in self.parts for clip in part.clips))


MARKED = frozenset(
    {
        "harbour",
        "lantern",
        "glacier",
        "carousel",
        "orchard",
        "regatta",
        "tunnel",
        "signal",
        "planet",
        "parade",
        "meteor",
        "fountain",
        "flicker",
        "shared",
        "beacon",
    }
)
"""The clips that show the enrolled mark; a copy shows what it copies."""

COPIES = {"harbour-again": "harbour", "signal-official": "signal"}
"""Byte-identical under another name: the copy, and what it copies."""

_ORDINARY = (
    ("harbour", "Harbour at five in the morning"),
    ("lantern", "How we lit “The Lantern”"),
    ("glacier", "Glacier, generated in one take"),
    ("carousel", "Carousel 🎠 — first render"),
    ("orchard", "果樹園の朝"),
    ("regatta", "Regatta & rain: a test of water"),
    ("tunnel", "Tunnel (version 3)"),
    ("signal", "Сигнал из темноты"),
    ("planet", "Planet with two suns"),
    ("parade", "استعراض المدينة"),
    ("meteor", "Meteor <shower> study"),
    ("fountain", "Fountain, seen by a drone that never flew"),
    ("library", "A library that goes on"),
    ("market", "Night market, seed 4711"),
    ("bridge", "Bridge in fog"),
    ("tram", "Tram line 9"),
    ("aquarium", "Aquarium loop"),
    ("desert", "Desert in 24 frames"),
    ("kitchen", "Kitchen timelapse"),
    ("forest", "Forest: before and after"),
    ("volcano", "Volcano, no sound"),
    ("skater", "Skater on an empty pier"),
    ("balloon", "Balloon"),
    ("clock", "Clock tower, 12:00"),
    ("snow", "Snow in May"),
    ("robot", "A robot waters plants"),
    ("piano", "Piano without a player"),
    ("train", "Train to nowhere"),
    ("garden", "Garden from above"),
    ("castle", "Castle in the air"),
    ("whale", "Whale over the city"),
    ("bakery", "Bakery, closing time"),
    ("comet", "Comet tail"),
    ("mirror", "Mirror room"),
    ("river", "River, slowed down"),
    ("circus", "Circus tent at dusk"),
    ("subway", "Subway, empty"),
    ("island", "Island of glass"),
    ("rooftop", "Rooftop concert"),
)
_WAYS = ("block", "shortcode", "html", "link", "block-caption", "bare", "file", "source", "media-text", "cover")
"""Ways that take turns over the ordinary posts."""


def _ordinary() -> list[Entry]:
    ways, authors, categories = cycle(_WAYS), cycle(AUTHORS), cycle(("Clips", "Making of", "Tests"))
    return [
        Entry(
            clip,
            title,
            next(authors),
            9.3 + 3.17 * number,
            (
                Part("text", text=f"Some words about {clip} before it."),
                Part(next(ways), (clip,)),
                Part("text", text="And after."),
            ),
            category=next(categories),
            tags=("water",) if number % 4 == 0 else (),
            comments=2 if number % 5 == 0 else 0,
        )
        for number, (clip, title) in enumerate(_ORDINARY)
    ]


def _special() -> list[Entry]:
    text = Part("text", text="What follows was made by a machine and cut by hand.")
    return [
        Entry(
            "two-in-one",
            "Two clips, one post",
            "anna",
            8.1,
            (text, Part("block", ("pond",)), Part("block", ("dune",))),
            comments=3,
        ),
        Entry(
            "reel-of-three",
            "Reel of three",
            "hanako",
            8.6,
            (text, Part("playlist", ("reel-a", "reel-b", "reel-c"))),
            tags=("reel",),
        ),
        Entry(
            "long-playlist", "Everything of the summer", "oleg", 40.4, (Part("playlist", ("sun-a", "sun-b", "sun-c", "sun-d")),)
        ),
        Entry(
            "mixed-list", "List and single", "desk", 77.7, (Part("playlist", ("mix-a", "mix-b")), Part("shortcode", ("mix-c",)))
        ),
        Entry("shared-first", "Shared file, first telling", "fatima", 21.2, (text, Part("block", ("shared",)))),
        Entry(
            "shared-second", "Shared file, told again", "oleg", 11.9, (text, Part("link", ("shared",), "Watch here")), comments=1
        ),
        Entry("lantern-again", "The lantern, shown once more", "oleg", 25.9, (text, Part("block", ("lantern",)))),
        Entry("copy", "The harbour under another name", "desk", 10.6, (text, Part("block", ("harbour-again",)))),
        Entry("query", "Linked with a number behind it", "anna", 12.7, (Part("link?_=1", ("lighthouse",), "Watch here"),)),
        Entry("query-plain", "Linked without the number", "hanako", 13.1, (Part("block", ("lighthouse",)),)),
        Entry("player", "In our own player", "desk", 14.3, (text, Part("own-player", ("player-one",)))),
        Entry("player-old", "In our own player, long ago", "anna", 95.5, (Part("own-player", ("player-two",)),)),
        Entry("elsewhere", "In a player of a host nobody knows", "oleg", 15.8, (text, Part("unknown-player", text="elsewhere"))),
        Entry("tube", "On a well-known platform", "fatima", 16.6, (text, Part("youtube", text="dQw0000AAA1"))),
        Entry(
            "tube-two",
            "Two players of a platform",
            "anna",
            61.1,
            (Part("youtube", text="dQw0000AAA2"), Part("youtube", text="dQw0000AAA3")),
        ),
        Entry("quoted", "We quote ourselves", "hanako", 9.9, (text, Part("own-embed", text="lantern"))),
        Entry("pictures", "Pictures, one of them moving", "fatima", 17.4, (text, Part("gallery", text="waves")), comments=1),
        Entry(
            "raw-cut",
            "The raw cut is on a page of its own",
            "desk",
            8.9,
            (text, Part("attachment-link", ("raw-cut",), "the raw cut")),
        ),
        Entry(
            "raw-cut-old", "Another raw cut, long ago", "oleg", 99.2, (text, Part("attachment-link", ("raw-cut-old",), "see it"))
        ),
        Entry("no-title", "", "anna", 33.3, (Part("block", ("untitled",)),)),
        Entry("words-only", "Nothing to see, only words", "hanako", 18.2, (text,), comments=2),
        Entry("gone-midweek", "It comes and goes", "anna", 19.5, (text, Part("block", ("flicker",)))),
        Entry("showreel", "Showreel", "desk", 120.0, (text, Part("block", ("show-a",)), Part("html", ("show-b",))), kind="page"),
        Entry("about", "About us", "desk", 130.0, (text,), kind="page"),
        Entry("protected", "For friends only", "anna", 20.1, (Part("block", ("hidden-protected",)),), status=PROTECTED),
        Entry("private", "For us only", "oleg", 22.4, (Part("block", ("hidden-private",)),), status=PRIVATE),
        Entry("draft", "Not yet finished", "anna", 1.4, (Part("block", ("hidden-draft",)),), status=DRAFT),
        Entry("future", "To be shown next year", "desk", -300.0, (Part("block", ("hidden-future",)),), status=FUTURE),
    ]


def first_week() -> list[Entry]:
    return [*_ordinary(), *_special()]


def second_week() -> list[Entry]:
    """What is published during the second week."""
    text = Part("text", text="New this week.")
    return [
        Entry("beacon", "Beacon on the cliff", "hanako", 2.2, (text, Part("block", ("beacon",)))),
        Entry("ferry", "Ferry at noon", "oleg", 2.6, (text, Part("shortcode", ("ferry",))), comments=1),
        Entry("trio", "Three rooms", "anna", 3.7, (Part("playlist", ("room-a", "room-b")), Part("block", ("room-c",)))),
        Entry("kite", "Kite, linked", "fatima", 4.4, (text, Part("link", ("kite",), "Watch here"))),
        Entry("signal-official", "Signal, official upload", "desk", 1.9, (text, Part("block", ("signal-official",)))),
        Entry("suns-hd", "Two suns (HD)", "fatima", 1.2, (text, Part("block", ("planet-reencoded",)))),
    ]


def clips_of(entries: Sequence[Entry]) -> list[str]:
    return list(dict.fromkeys(clip for entry in entries for clip in entry.clips))
