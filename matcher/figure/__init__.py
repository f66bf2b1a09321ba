"""Drawn characters by an image encoder: parts of pictures, a head fitted on the references' parts, and the recogniser."""
