"""The vault: bytes by their SHA-256."""
