"""Pictures and videos as upright frames. The only importer of av and of Pillow's decoders."""

import cv2

from matcher.media.frames import DecodedFrame
from matcher.media.pictures import read_picture
from matcher.media.reader import MediaReader, frame_at
from matcher.media.track import MediaInfo
from matcher.media.writing import write_clip

__all__ = ["DecodedFrame", "MediaInfo", "MediaReader", "frame_at", "read_picture", "write_clip"]

# Several processes scan side by side; threads of each would only wait for one another.
cv2.setNumThreads(1)
