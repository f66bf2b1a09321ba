"""Which column is which: by the header's words, in any order, in several languages."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from registry.errors import SemblanceError

SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "number": (
        *(
            "member number",
            "member no",
            "member id",
            "membership number",
            "membership id",
            "member",
            "number",
            "no",
            "id",
            "card number",
        ),
        *("mitgliedsnummer", "mitglieds nr", "numéro", "numéro de membre", "número", "número de socio", "номер"),
        *("会员号", "会员编号", "編號", "编号", "會員編號", "会員番号", "회원번호"),
    ),
    "name": (
        *("name", "full name", "member name", "display name", "stage name", "performer", "vollständiger name", "nom complet"),
        *("nombre completo", "nome", "имя", "фио", "姓名", "名字", "名称", "氏名", "名前", "이름"),
    ),
    "given": ("first name", "given name", "given names", "forename", "vorname", "prénom", "nombre", "имя собственное", "名"),
    "family": (
        "last name",
        "family name",
        "surname",
        "nachname",
        "nom",
        "nom de famille",
        "apellido",
        "apellidos",
        "фамилия",
        "姓",
    ),
    "photos": (
        *(
            "photo",
            "photos",
            "photo file",
            "photo files",
            "file",
            "files",
            "file name",
            "filename",
            "image",
            "images",
            "picture",
            "pictures",
        ),
        *(
            "headshot",
            "headshots",
            "bild",
            "bilder",
            "foto",
            "fotos",
            "imagen",
            "фото",
            "照片",
            "相片",
            "圖片",
            "图片",
            "写真",
            "사진",
        ),
    ),
    "era": ("era", "year", "years", "photo year", "taken", "jahr", "année", "año", "год", "年代", "年份", "年"),
}
"""Header words for each column, in lower case with single spaces; a digit at the end (photo 2) is left out first."""

_FIELDS = {spelling: field for field, spellings in SPELLINGS.items() for spelling in spellings}


class RosterUnreadable(SemblanceError):
    """A roster file that cannot be understood as a table of members."""


@dataclass(frozen=True)
class Columns:
    """Positions by field; several for photos. ignored: headers that say nothing to us."""

    positions: Mapping[str, tuple[int, ...]]
    ignored: tuple[str, ...]

    def one(self, cells: Sequence[str], field: str) -> str:
        """The first filled cell of a field, without spaces around it; "" where there is none."""
        return next((text for text in self.all(cells, field)), "")

    def all(self, cells: Sequence[str], field: str) -> list[str]:
        found = (cells[place].strip() for place in self.positions.get(field, ()) if place < len(cells))
        return [text for text in found if text]


def find_columns(header: Sequence[str]) -> Columns:
    """Raises RosterUnreadable when no column holds names."""
    positions: dict[str, list[int]] = {}
    ignored = []
    for place, title in enumerate(header):
        field = _field(title)
        if field is not None:
            positions.setdefault(field, []).append(place)
        elif title.strip():
            ignored.append(title.strip())
    if not positions.keys() & {"name", "given", "family"}:
        raise RosterUnreadable(
            "The roster has no column of names: its first row must hold the columns' titles.",
            "Title the columns, for example: member number, name, photo 1, photo 2, photo 3, year.",
        )
    return Columns({field: tuple(places) for field, places in positions.items()}, tuple(ignored))


def _field(title: str) -> str | None:
    words = re.sub(r"[\W_]+", " ", unicodedata.normalize("NFKC", title)).casefold()
    words = " ".join(words.split())
    return _FIELDS.get(words) or _FIELDS.get(re.sub(r" ?\d+$", "", words))
