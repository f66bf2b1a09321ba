"""Copies of clips, and how they are found."""
