"""Finds and captures public videos and reads their provenance labels."""
