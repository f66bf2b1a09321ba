"""Packs pulled from where their makers publish them: what is known of each, how it is taken and how it becomes a pack."""
