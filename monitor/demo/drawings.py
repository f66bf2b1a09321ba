"""The demonstration's own artwork, drawn here: a fox with a lantern, its studio's seal, and the scenes they appear in."""

from collections.abc import Sequence

import cv2
import numpy as np

from registry.types import Image

Colour = tuple[int, int, int]
Point = tuple[float, float]

INK: Colour = (38, 28, 46)
FUR: Colour = (60, 126, 238)
SHADE: Colour = (36, 88, 196)
CREAM: Colour = (224, 240, 252)
SCARF: Colour = (142, 70, 48)
STRIPE: Colour = (196, 214, 96)
GLOW: Colour = (120, 220, 255)
NIGHT: Colour = (84, 46, 32)
PAPER: Colour = (226, 238, 246)

_FINER = 3


class Sheet:
    """A square sheet whose corners are (0, 0) and (100, 100), drawn three times finer than it is wanted."""

    def __init__(self, side: int, ground: Colour) -> None:
        self._side, self._unit = side, side * _FINER / 100
        self.image: Image = np.full((side * _FINER, side * _FINER, 3), ground, np.uint8)

    def _at(self, point: Point) -> tuple[int, int]:
        return round(point[0] * self._unit), round(point[1] * self._unit)

    def _wide(self, width: float) -> int:
        return max(1, round(width * self._unit))

    def shape(self, points: Sequence[Point], fill: Colour, outline: float = 0.9) -> None:
        corners = np.array([self._at(point) for point in points], np.int32)
        cv2.fillPoly(self.image, [corners], fill, cv2.LINE_AA)
        if outline:
            cv2.polylines(self.image, [corners], True, INK, self._wide(outline), cv2.LINE_AA)

    def oval(self, centre: Point, size: Point, fill: Colour, *, turn: float = 0.0, outline: float = 0.9) -> None:
        axes = (self._wide(size[0]), self._wide(size[1]))
        cv2.ellipse(self.image, self._at(centre), axes, turn, 0, 360, fill, -1, cv2.LINE_AA)
        if outline:
            cv2.ellipse(self.image, self._at(centre), axes, turn, 0, 360, INK, self._wide(outline), cv2.LINE_AA)

    def line(self, points: Sequence[Point], colour: Colour, width: float) -> None:
        corners = np.array([self._at(point) for point in points], np.int32)
        cv2.polylines(self.image, [corners], False, colour, self._wide(width), cv2.LINE_AA)

    def word(self, text: str, centre: Point, height: float, colour: Colour, weight: float) -> None:
        scale = height * self._unit / 22
        (width, tall), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_DUPLEX, scale, self._wide(weight))
        x, y = self._at(centre)
        start = (x - width // 2, y + tall // 2)
        cv2.putText(self.image, text, start, cv2.FONT_HERSHEY_DUPLEX, scale, colour, self._wide(weight), cv2.LINE_AA)

    def done(self) -> Image:
        return np.asarray(cv2.resize(self.image, (self._side, self._side), interpolation=cv2.INTER_AREA), np.uint8)


def ring(centre: Point, radius: float, count: int, turn: float = 0.0) -> list[Point]:
    """Points evenly spread on a circle, the first at the right unless turned (degrees)."""
    angles = np.deg2rad(turn) + np.arange(count) * 2 * np.pi / count
    return [(centre[0] + radius * float(np.cos(a)), centre[1] + radius * float(np.sin(a))) for a in angles]


def star(centre: Point, radius: float, turn: float = -90.0) -> list[Point]:
    tips, dents = ring(centre, radius, 5, turn), ring(centre, radius * 0.42, 5, turn + 36)
    return [point for pair in zip(tips, dents, strict=True) for point in pair]


def fox(side: int, ground: Colour = PAPER) -> Image:
    """Ember, the fox with the lantern, on a sheet of side x side pixels."""
    sheet = Sheet(side, ground)
    _tail(sheet)
    _body(sheet)
    _head(sheet)
    _lantern(sheet)
    return sheet.done()


def _tail(sheet: Sheet) -> None:
    sheet.shape([(58, 88), (74, 90), (88, 80), (94, 64), (90, 48), (82, 58), (76, 68), (66, 74)], FUR)
    sheet.shape([(94, 64), (90, 48), (82, 58), (86, 60), (85, 66), (90, 65)], CREAM)
    for k in range(6):
        sheet.line([(64 + 3.4 * k, 84 - 1.2 * k), (69 + 3.2 * k, 79 - 2.6 * k)], SHADE, 0.8)


def _body(sheet: Sheet) -> None:
    sheet.shape([(36, 60), (64, 60), (71, 94), (29, 94)], FUR)
    sheet.shape([(43, 62), (57, 62), (60, 92), (40, 92)], CREAM, outline=0)
    for k in range(7):
        sheet.line([(44 + 2 * k, 72 + 3 * (k % 3)), (45.5 + 2 * k, 76 + 3 * (k % 3))], SHADE, 0.6)
    for x in (36, 64):
        sheet.oval((x, 93), (7, 4), FUR)
        for toe in (-3, 0, 3):
            sheet.line([(x + toe, 93), (x + toe, 96)], INK, 0.7)
    sheet.shape([(32, 57), (68, 57), (70, 66), (30, 66)], SCARF)
    for k in range(6):
        sheet.shape([(33 + 6 * k, 57), (36 + 6 * k, 57), (35 + 6 * k, 66), (32 + 6 * k, 66)], STRIPE, outline=0.4)
    sheet.shape([(60, 64), (70, 64), (74, 84), (64, 86)], SCARF)
    for k in range(3):
        sheet.shape(
            [(61 + 1.4 * k, 68 + 6 * k), (71 + k, 67 + 6 * k), (71.6 + k, 70 + 6 * k), (61.8 + 1.4 * k, 71 + 6 * k)], STRIPE
        )


def _head(sheet: Sheet) -> None:
    for side in (-1, 1):
        sheet.shape([(50 + side * 14, 22), (50 + side * 31, 3), (50 + side * 30, 34)], FUR)
        sheet.shape([(50 + side * 19, 21), (50 + side * 28, 9), (50 + side * 27, 29)], INK)
        sheet.line([(50 + side * 22, 20), (50 + side * 26, 14)], CREAM, 0.8)
    sheet.shape([(18, 40), (26, 24), (40, 16), (60, 16), (74, 24), (82, 40), (66, 54), (50, 61), (34, 54)], FUR)
    for side in (-1, 1):
        sheet.shape([(50, 60), (50 + side * 16, 53), (50 + side * 32, 40), (50 + side * 18, 39), (50, 46)], CREAM, outline=0.5)
        sheet.oval((50 + side * 14, 34), (5.6, 7.2), CREAM)
        sheet.oval((50 + side * 13, 35), (3.7, 5.2), (70, 130, 60))
        sheet.oval((50 + side * 13, 35.5), (2.1, 3.6), INK, outline=0)
        sheet.oval((50 + side * 13 - 1.3, 32.6), (1.3, 1.5), (255, 255, 255), outline=0)
        sheet.line([(50 + side * 8, 25), (50 + side * 14, 22.5), (50 + side * 19, 25)], INK, 1.0)
        for k in range(3):
            sheet.oval((50 + side * (11 + 4 * k), 46 + 1.6 * (k % 2)), (0.7, 0.7), SHADE, outline=0)
        for k in range(2):
            sheet.line([(50 + side * 20, 47 + 3 * k), (50 + side * 36, 46 + 6 * k)], INK, 0.4)
    for k in range(5):
        sheet.line([(42 + 4 * k, 18), (43 + 3.6 * k, 23 + (k % 2) * 2)], SHADE, 0.8)
    sheet.oval((50, 50), (4.2, 3.0), INK)
    sheet.oval((48.8, 49), (1.2, 0.8), CREAM, outline=0)
    sheet.line([(50, 53), (50, 56), (46, 58)], INK, 0.8)
    sheet.line([(50, 56), (54, 58)], INK, 0.8)


def _lantern(sheet: Sheet) -> None:
    sheet.shape([(32, 62), (39, 66), (24, 74), (20, 70)], FUR)
    sheet.line([(21, 70), (16, 64), (11, 70)], INK, 1.1)
    sheet.shape([(8, 70), (24, 70), (22, 74), (10, 74)], (60, 60, 72))
    sheet.shape([(10, 74), (22, 74), (24, 90), (8, 90)], GLOW)
    sheet.shape([(7, 90), (25, 90), (23, 95), (9, 95)], (60, 60, 72))
    sheet.shape([(16, 76), (19.5, 83), (16, 88), (12.5, 83)], (40, 120, 250), outline=0.5)
    sheet.shape([(16, 80), (17.6, 84), (16, 87), (14.4, 84)], (200, 250, 255), outline=0)
    for x in (12.4, 19.6):
        sheet.line([(x, 74), (x, 90)], INK, 0.7)
    for tip in ring((16, 82), 14, 8, 22.5):
        sheet.line([(16 + (tip[0] - 16) * 0.84, 82 + (tip[1] - 82) * 0.84), tip], (60, 190, 250), 0.8)


def seal(side: int, ground: Colour = NIGHT) -> Image:
    """The mark of Emberfox Pictures: a seal with the fox's mask, stars and the studio's name."""
    sheet = Sheet(side, ground)
    for number, tip in enumerate(ring((50, 50), 48, 48)):
        inner = ring((50, 50), 44, 48)[number]
        sheet.line([inner, tip], GLOW if number % 2 else CREAM, 1.2)
    sheet.oval((50, 50), (44, 44), CREAM)
    sheet.oval((50, 50), (41, 41), NIGHT)
    for number, place in enumerate(ring((50, 50), 35.5, 12, 15)):
        if place[1] < 60:
            sheet.shape(star(place, 2.9 if number % 2 else 2.0), GLOW, outline=0.3)
    _mask(sheet)
    sheet.shape([(2, 64), (98, 64), (92, 71), (98, 78), (2, 78), (8, 71)], SCARF)
    sheet.word("EMBERFOX", (50, 71), 9.0, CREAM, 1.5)
    sheet.word("PICTURES", (50, 84), 4.4, GLOW, 0.8)
    return sheet.done()


def _mask(sheet: Sheet) -> None:
    for side in (-1, 1):
        sheet.shape([(50 + side * 8, 30), (50 + side * 20, 14), (50 + side * 21, 38)], FUR)
        sheet.shape([(50 + side * 12, 29), (50 + side * 18, 20), (50 + side * 18, 33)], INK, outline=0)
    sheet.shape([(28, 40), (38, 27), (62, 27), (72, 40), (50, 60)], FUR)
    for side in (-1, 1):
        sheet.shape([(50, 60), (50 + side * 20, 41), (50 + side * 8, 44)], CREAM, outline=0.4)
        sheet.shape([(50 + side * 5, 39), (50 + side * 13, 34), (50 + side * 12, 40)], INK, outline=0)
        sheet.oval((50 + side * 9.6, 37), (0.9, 0.9), GLOW, outline=0)
    sheet.oval((50, 56), (2.4, 1.9), INK, outline=0)
    for k in range(3):
        sheet.line([(46 + 4 * k, 29), (47 + 3 * k, 33)], SHADE, 0.7)


def night_town(width: int, height: int, seed: int) -> Image:
    """A row of houses under stars, with lit windows."""
    rng = np.random.default_rng(seed)
    fade = np.linspace(0, 1, height)[:, None, None]
    picture = (np.array([92, 40, 34]) * (1 - fade) + np.array([150, 110, 170]) * fade).repeat(width, axis=1).astype(np.uint8)
    for _ in range(width // 8):
        at = (int(rng.integers(width)), int(rng.integers(height // 2)))
        cv2.circle(picture, at, int(rng.integers(1, 3)), (220, 230, 240), -1, cv2.LINE_AA)
    x = 0
    while x < width:
        wide, tall = int(rng.integers(width // 14, width // 7)), int(rng.integers(height // 4, height * 3 // 5))
        wall = tuple(int(c) for c in rng.integers(30, 90, 3))
        cv2.rectangle(picture, (x, height - tall), (x + wide, height), wall, -1)
        for wy in range(height - tall + 10, height - 12, 26):
            for wx in range(x + 8, x + wide - 12, 22):
                lit = rng.random() < 0.55
                cv2.rectangle(picture, (wx, wy), (wx + 9, wy + 13), (120, 210, 250) if lit else (60, 50, 50), -1)
        x += wide + int(rng.integers(0, 10))
    return picture


def meadow(width: int, height: int, seed: int) -> Image:
    """Hills, clouds and grass by day."""
    rng = np.random.default_rng(seed)
    fade = np.linspace(0, 1, height)[:, None, None]
    picture = (np.array([238, 190, 130]) * (1 - fade) + np.array([250, 240, 220]) * fade).repeat(width, axis=1).astype(np.uint8)
    for _ in range(7):
        x, y = int(rng.integers(width)), int(rng.integers(height // 3))
        for _ in range(5):
            puff = (x + int(rng.integers(-50, 50)), y + int(rng.integers(-12, 12)))
            cv2.circle(picture, puff, int(rng.integers(12, 28)), (252, 250, 248), -1, cv2.LINE_AA)
    for k, green in enumerate(((120, 170, 90), (90, 150, 70), (70, 130, 60))):
        centre = (int(rng.integers(width)), height + height // 2 - k * 20)
        cv2.ellipse(picture, centre, (width, height - k * 34), 0, 0, 360, green, -1, cv2.LINE_AA)
    for _ in range(width // 2):
        x, y = int(rng.integers(width)), int(rng.integers(height * 3 // 4, height))
        cv2.line(picture, (x, y), (x + int(rng.integers(-4, 5)), y - int(rng.integers(4, 12))), (60, 110, 50), 1, cv2.LINE_AA)
    return picture
