"""Decoding what strangers made, in confined processes: what comes back is pixels and a few numbers."""

from matcher.decoding.bounds import Bounds
from matcher.decoding.decoder import Decoder, DecoderFailed
from matcher.decoding.in_force import decoder, decoding

__all__ = ["Bounds", "Decoder", "DecoderFailed", "decoder", "decoding"]
