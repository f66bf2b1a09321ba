"""Decoding what strangers made, in confined processes: what comes back is pixels and a few numbers."""

from matcher.decoding.bounds import Bounds
from matcher.decoding.decoder import Decoder, DecoderFailed, bytes_of
from matcher.decoding.in_force import decoder, decoding

__all__ = ["Bounds", "Decoder", "DecoderFailed", "bytes_of", "decoder", "decoding"]
