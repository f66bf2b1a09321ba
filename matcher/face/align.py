"""Bringing a face's five points onto the places where its encoder expects them."""

import cv2
import numpy as np
from numpy.typing import NDArray

from registry.types import Image


def similarity(source: NDArray[np.floating], target: NDArray[np.floating]) -> NDArray[np.float64]:
    """The rotation, scale and shift (2, 3) that brings source (n, 2) closest to target (n, 2) in least squares.

    Umeyama, "Least-squares estimation of transformation parameters between two point patterns", 1991, in the closed form
    for the plane, without reflection. Points that all coincide give a pure shift.
    """
    a, b = np.asarray(source, np.float64), np.asarray(target, np.float64)
    centre_a, centre_b = a.mean(axis=0), b.mean(axis=0)
    a, b = a - centre_a, b - centre_b
    spread = (a**2).sum()
    if spread < 1e-12:
        turn = np.eye(2)
    else:
        along = (a * b).sum() / spread
        across = (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum() / spread
        turn = np.array([[along, -across], [across, along]])
    return np.hstack([turn, (centre_b - turn @ centre_a)[:, None]])


def chip(image: Image, landmarks: NDArray[np.floating], places: NDArray[np.floating], size: int) -> Image:
    """The face cut out upright as (size, size, 3), its landmarks (5, 2) on places (5, 2), both in pixels."""
    matrix = similarity(landmarks, places)
    return np.asarray(cv2.warpAffine(image, matrix, (size, size), flags=cv2.INTER_LINEAR), np.uint8)


CONTEXT, ENOUGH = 2.2, 256
"""A crop's side in sides of the face's box, and the pixels that it needs: encoders look at 112 to 150 for half of it."""


def cut_out(image: Image, box: NDArray[np.floating], landmarks: NDArray[np.floating]) -> tuple[Image, NDArray[np.float64]]:
    """The face of box (4,) with what is about it, square, and its landmarks (5, 2) in the crop; black outside the image."""
    side = max(8, round(CONTEXT * float((box[2:] - box[:2]).max())))
    left, top = (round(float(c) - side / 2) for c in (box[:2] + box[2:]) / 2)
    height, width = image.shape[:2]
    inside = image[max(0, top) : max(0, top + side), max(0, left) : max(0, left + side)]
    margins = (max(0, -top), max(0, top + side - height), max(0, -left), max(0, left + side - width))
    crop = cv2.copyMakeBorder(inside, *margins, cv2.BORDER_CONSTANT) if any(margins) and inside.size else inside
    if not inside.size:
        crop = np.zeros((side, side, 3), np.uint8)
    times = side // ENOUGH  # a whole number: averaging by any other takes ten times as long
    if times > 1:
        small = side // times
        crop = cv2.resize(crop[: small * times, : small * times], (small, small), interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(crop, np.uint8), (np.asarray(landmarks, np.float64) - (left, top)) / max(1, times)
