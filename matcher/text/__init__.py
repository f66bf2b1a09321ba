"""Words that are seen in pictures: found, read, and those among them that name a generator or say that AI made it."""
