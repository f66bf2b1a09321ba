"""Protected footage, found again in copies that were cut, framed and re-encoded."""
