"""Voices: speech found in sound, told apart by speaker, as vectors. Arrays in, arrays out."""
