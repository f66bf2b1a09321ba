"""A real content system on loopback, with a truth of its own, and what Semblance found of it."""
