"""Families: videos that are copies of one another, by the footage that they share."""
