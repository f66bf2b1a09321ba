"""May I? For whoever asks before they publish."""
