"""What the pack text-open is called and on which terms it may be used, for whoever lists packs before it is here."""

from matcher.packs.spec import Licence

TITLE = "PP-OCRv6 small for words on screen, Chinese and Latin"
LICENCE = Licence(
    names=("Apache-2.0",),
    commercial=True,
    text="PP-OCRv6 small, detector and recogniser: Apache-2.0 (PaddleOCR; as ONNX in the package rapidocr, unchanged).",
)
