"""The reasons for a decision that are offered to choose from."""

from registry.kinds import Modality

REJECTIONS = (
    "It shows somebody or something else",
    "Only a look-alike",
    "Too little can be seen to tell",
    "Another maker's toy, costume or drawing",
    "It is shown in passing, and not used",
    "The reference itself is wrong",
)
"""By their digits, from 1 on."""

PERMISSIONS = (
    "Licensed; the licence is still to be recorded",
    "The party's own publication",
    "Press, review or comment",
    "Fan work that may stay",
)

CONFIRMED_AS = "Compared with the references: it is the same"

HEARD_REJECTIONS = (
    "It is another voice",
    "Only a similar voice",
    "Too little can be heard to tell",
    "It is heard in passing, and not used",
    "The recording itself is wrong",
)
HEARD_AS = "Heard beside the recordings: it resembles them"
"""Of a voice: that the person spoke is nothing that a reviewer could confirm."""

SOUND_REJECTIONS = (
    "It is another recording",
    "Music, or an intro, that many use",
    "The recording is not ours",
    "It is heard in passing, and not used",
    "The reference is wrong",
)
SOUND_AS = "Heard beside the clip: it is the same recording"

ANSWERS = {Modality.VOICE: (HEARD_REJECTIONS, HEARD_AS), Modality.SOUND: (SOUND_REJECTIONS, SOUND_AS)}
"""Why not, and why, of what is heard."""
