"""Random augmentation of images, in `keras.ops`: differentiable and compiled.

`augmentation` is for real images alone. `DiffAugment` and `AdaptiveAugmentation` are
for real and fake images alike, inside the losses, where gradients pass through them.
"""

from kerasgan.augment.adaptive import AdaptiveAugmentation
from kerasgan.augment.basic import augmentation
from kerasgan.augment.differentiable import DiffAugment

__all__ = ["AdaptiveAugmentation", "DiffAugment", "augmentation"]
