"""Faces: detection, alignment, encoding, tracks, and the recogniser made of them."""
