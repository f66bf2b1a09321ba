"""What a captured file and its page say about how the video was made."""
