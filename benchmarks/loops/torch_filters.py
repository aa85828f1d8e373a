"""Resampling with a fixed filter, as PyTorch's grouped convolutions."""

import torch
import torch.nn.functional as F
from torch import nn


class Filter(nn.Module):
    """Filters each channel by itself, to twice, the same or half the size.

    Args:
        taps: along one axis.
        channels: of the maps.
        up, down: 2 for that one of them.
        padding: zeros around a map that keeps its size.
        gain: of both axes together; undoes `up`'s zeros by itself.
    """

    def __init__(self, taps, channels, *, up=1, down=1, padding=None, gain=1.0):
        super().__init__()
        taps = torch.tensor(taps, dtype=torch.float32)
        kernel = torch.outer(taps, taps) * (gain * up**2) / taps.sum() ** 2
        kernel = kernel.expand(channels, 1, -1, -1).clone()
        self.register_buffer("kernel", kernel, persistent=False)
        self.up, self.down, self.groups = up, down, channels
        self.padding = (len(taps) - 2) // 2 if padding is None else padding

    def forward(self, x):
        if self.up == 2:
            height, width = x.shape[2:]
            x = F.conv_transpose2d(
                x, self.kernel, stride=2, padding=self.padding, groups=self.groups
            )
            return x[:, :, : 2 * height, : 2 * width]
        padding = 1 if self.down == 2 else self.padding
        return F.conv2d(
            x, self.kernel, stride=self.down, padding=padding, groups=self.groups
        )
