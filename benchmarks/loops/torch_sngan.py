"""SNGAN as one writes it in PyTorch."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils import spectral_norm

from loops.torch_methods import MethodLoop
from loops.torch_networks import batch_norm


class EnlargingBlock(nn.Module):
    """Batch norm, ReLU, nearest upsampling and 3x3 convolutions, beside a shortcut."""

    def __init__(self, inputs, outputs, a):
        super().__init__()
        self.norm_1, self.norm_2 = batch_norm(inputs, a), batch_norm(outputs, a)
        self.conv_1 = nn.Conv2d(inputs, outputs, 3, padding=1)
        self.conv_2 = nn.Conv2d(outputs, outputs, 3, padding=1)
        self.shortcut = nn.Conv2d(inputs, outputs, 1)

    def forward(self, x):
        y = F.interpolate(F.relu_(self.norm_1(x)), scale_factor=2)
        y = self.conv_2(F.relu_(self.norm_2(self.conv_1(y))))
        # A 1x1 convolution and upsampling commute: the first is cheaper before.
        return y + F.interpolate(self.shortcut(x), scale_factor=2)


class Generator(nn.Module):
    """A linear layer to a map, and blocks that double it."""

    def __init__(self, a):
        super().__init__()
        height, width, channels = a["image_shape"]
        filters = a["filters"]
        factor = 2 ** (len(filters) - 1)
        self.map = (height // factor, width // factor, filters[0])
        pixels = height * width // factor**2
        self.project = nn.Linear(a["latent_dim"], pixels * filters[0])
        self.count = len(filters) - 1
        for i in range(1, len(filters)):
            block = EnlargingBlock(filters[i - 1], filters[i], a)
            self.add_module(f"block_{i}", block)
        self.norm = batch_norm(filters[-1], a)
        self.to_image = nn.Conv2d(filters[-1], channels, 3, padding=1)

    def forward(self, latents):
        x = self.project(latents).view(-1, *self.map).permute(0, 3, 1, 2)
        for i in range(1, self.count + 1):
            x = getattr(self, f"block_{i}")(x)
        return torch.tanh(self.to_image(F.relu_(self.norm(x))))


class ShrinkingBlock(nn.Module):
    """ReLU and 3x3 convolutions, then mean pooling, beside a shortcut."""

    def __init__(self, inputs, outputs, *, halve, first):
        super().__init__()
        self.halve, self.first = halve, first
        inner = outputs if first else inputs
        self.conv_1 = spectral_norm(nn.Conv2d(inputs, inner, 3, padding=1))
        self.conv_2 = spectral_norm(nn.Conv2d(inner, outputs, 3, padding=1))
        if first or halve or inputs != outputs:
            self.shortcut = spectral_norm(nn.Conv2d(inputs, outputs, 1))
        else:
            self.shortcut = nn.Identity()

    def forward(self, x):
        y = self.conv_1(x if self.first else F.relu(x))
        y = self.conv_2(F.relu_(y))
        if self.halve:
            x, y = F.avg_pool2d(x, 2), F.avg_pool2d(y, 2)
        return y + self.shortcut(x)


class Discriminator(nn.Module):
    """Blocks with spectral norm, summed over pixels, down to one score."""

    def __init__(self, a):
        super().__init__()
        inputs = [a["image_shape"][2], *a["filters"]]
        self.count = len(a["filters"])
        for i, outputs in enumerate(a["filters"], start=1):
            block = ShrinkingBlock(
                inputs[i - 1], outputs, halve=i <= a["downsamplings"], first=i == 1
            )
            self.add_module(f"block_{i}", block)
        self.score = spectral_norm(nn.Linear(inputs[-1], 1, bias=a["score_bias"]))

    def forward(self, x):
        for i in range(1, self.count + 1):
            x = getattr(self, f"block_{i}")(x)
        return self.score(F.relu(x).sum(dim=(2, 3)))


class Loop(MethodLoop):
    """Miyato et al. 2018 (arXiv:1802.05957) with the hinge loss."""

    networks = (Generator, Discriminator)

    def step(self, batches):
        for real in batches:
            with torch.no_grad():
                fake = self.generator(self.latents(len(real)))
            d_loss = F.relu(1 - self.discriminator(real)).mean()
            d_loss = d_loss + F.relu(1 + self.discriminator(fake)).mean()
            self.update_discriminator(d_loss)
        self.discriminator.requires_grad_(False)
        fake = self.generator(self.latents(len(real)))
        g_loss = -self.discriminator(fake).mean()
        self.update_generator(g_loss)
        self.discriminator.requires_grad_(True)
        return [d_loss, g_loss]
