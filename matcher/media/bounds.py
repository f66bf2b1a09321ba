"""How large a picture or a frame may be. Memory is what bounds them: each limit keeps decoding well below a gibibyte."""

WHOLE_PIXELS = 7680 * 4320
"""Pictures up to here are read pixel for pixel; larger ones are looked at smaller."""

SCALED_PIXELS = 16_000_000
"""Pixels that are left of those at most."""

MAX_FRAME_PIXELS = 8192 * 8192
"""Of a video's frame: all of 8K, and 360-degree videos of 8192 pixels a side."""

MAX_PICTURE_PIXELS = 150_000_000
"""Of a still picture that has to be decoded whole before it can be scaled down."""

MAX_SCALED_PIXELS = 1 << 28
"""Of a picture that comes out of its decoder scaled down: JPEG that is not progressive."""

LARGE_FRAME = 4096 * 2304
"""Pixels from which frames are decoded by one thread: every further one holds frames of its own."""

MAX_TRACKS = 16
"""Picture sequences of one file that are looked at."""

FARTHEST = 0.3
"""Seconds between frames from which on something was not looked at, if there is something in between."""

TAKE_ANOTHER = "Check that the file is complete and plays; if it came from the web, capture it again."
