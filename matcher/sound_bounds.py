"""How much sound is read of a file, and how it is brought to one form."""

SOUND_RATE = 16_000
"""Samples a second that all sound is brought to."""

MIN_SOUND_RATE, MAX_SOUND_RATE = 4_000, 768_000
"""Samples a second of sound that is read; telephones have 8,000."""

MAX_CHANNELS = 32
MAX_SOUND_TRACKS = 16
MAX_SOUND_SECONDS = 12 * 3600.0
"""Of all sound tracks of one file together."""

LATEST_SOUND = 366 * 24 * 3600.0
"""Seconds from the beginning of a file after which none of its sound is heard: what says it is later has a time stamp that is
wrong. Recognisers count times in 32 bits."""

BLOCK_SECONDS = 60.0
"""Of sound that is held at a time."""

TOO_LITTLE_SPEECH = "too little speech"
"""What the words about a file's sound say where nobody speaks for long enough to be compared: files are counted by it."""
