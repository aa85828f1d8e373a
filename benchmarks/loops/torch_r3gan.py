"""R3GAN as one writes it in PyTorch."""

import torch
import torch.nn.functional as F
from torch import nn

from loops.torch_filters import Filter
from loops.torch_methods import MethodLoop, half_life_decay, slopes, squared_norms

_TAPS = (1, 2, 1)


class Block(nn.Module):
    """1x1 to more channels, 3x3, 1x1 back, beside the map itself."""

    def __init__(self, channels, a):
        super().__init__()
        inner = channels * a["expansion"]
        groups = inner // a["group_size"] if a["group_size"] else 1
        self.slope = a["leaky_slope"]
        self.expand = nn.Conv2d(channels, inner, 1)
        self.conv = nn.Conv2d(inner, inner, 3, padding=1, groups=groups)
        self.reduce = nn.Conv2d(inner, channels, 1, bias=False)

    def forward(self, x):
        y = F.leaky_relu_(self.expand(x), self.slope)
        return x + self.reduce(F.leaky_relu_(self.conv(y), self.slope))


class Basis(nn.Module):
    """A map of weights between a vector and a map."""

    def __init__(self, *shape):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(*shape))

    def forward(self, x):
        return x[:, :, None, None] * self.weight


class PooledBasis(Basis):
    def forward(self, x):
        return (x * self.weight).sum(dim=(2, 3))


class _Stages(nn.Module):
    """Stages of blocks, named as ours are, with a resampling between them."""

    def _add_stages(self, channels, a, resampled):
        for i, (filters, count) in enumerate(zip(a["filters"], a["blocks"]), start=1):
            if i > 1:
                self.add_module(f"{resampled}_{i}", self._resampling(filters, channels))
            if filters != channels:
                widen = nn.Conv2d(channels, filters, 1, bias=False)
                self.add_module(f"widen_{i}", widen)
            for j in range(1, count + 1):
                self.add_module(f"block_{i}_{j}", Block(filters, a))
            channels = filters


class Generator(_Stages):
    """A learned map that latents weight, and stages that double it."""

    def __init__(self, a):
        super().__init__()
        height, width, channels = a["image_shape"]
        self.stages = len(a["filters"])
        self.blocks = a["blocks"]
        factor = 2 ** (self.stages - 1)
        first = a["filters"][0]
        self.project = nn.Linear(a["latent_dim"], first, bias=False)
        self.basis = Basis(first, height // factor, width // factor)
        self._add_stages(first, a, "upsample")
        self.to_image = nn.Conv2d(a["filters"][-1], channels, 1, bias=False)

    def _resampling(self, filters, channels):
        return Filter(_TAPS, filters, up=2)

    def forward(self, latents):
        x = self.basis(self.project(latents))
        x = x.contiguous(memory_format=torch.channels_last)
        for i in range(1, self.stages + 1):
            if hasattr(self, f"widen_{i}"):
                x = getattr(self, f"widen_{i}")(x)
            if i > 1:
                x = getattr(self, f"upsample_{i}")(x)
            for j in range(1, self.blocks[i - 1] + 1):
                x = getattr(self, f"block_{i}_{j}")(x)
        return self.to_image(x)


class Discriminator(_Stages):
    """Stages that halve the map, and a learned pooling to one score."""

    def __init__(self, a):
        super().__init__()
        height, width, channels = a["image_shape"]
        self.stages = len(a["filters"])
        self.blocks = a["blocks"]
        factor = 2 ** (self.stages - 1)
        self.from_image = nn.Conv2d(channels, a["filters"][0], 1, bias=False)
        self._add_stages(a["filters"][0], a, "downsample")
        last = a["filters"][-1]
        self.basis = PooledBasis(last, height // factor, width // factor)
        self.score = nn.Linear(last, 1, bias=False)

    def _resampling(self, filters, channels):
        return Filter(_TAPS, channels, down=2)

    def forward(self, x):
        x = self.from_image(x)
        for i in range(1, self.stages + 1):
            if i > 1:
                x = getattr(self, f"downsample_{i}")(x)
            if hasattr(self, f"widen_{i}"):
                x = getattr(self, f"widen_{i}")(x)
            for j in range(1, self.blocks[i - 1] + 1):
                x = getattr(self, f"block_{i}_{j}")(x)
        return self.score(self.basis(x))


class Loop(MethodLoop):
    """Huang et al. 2024 (arXiv:2501.05441), both updates on the same fake images."""

    networks = (Generator, Discriminator)

    def layer_name(self, name):
        # Ours say the layer first: block_1_2.conv is conv_1_2.
        block, _, layer = name.partition(".")
        return f"{layer}_{block.removeprefix('block_')}" if layer else name

    def step(self, batches):
        (real,) = batches
        fake = self.generator(self.latents(len(real)))
        d_loss = self.discriminator_loss(real, fake.detach())
        self.update_discriminator(d_loss)
        self.discriminator.requires_grad_(False)
        with torch.no_grad():
            real_scores = self.discriminator(real)
        g_loss = F.softplus(real_scores - self.discriminator(fake)).mean()
        self.update_generator(g_loss)
        self.discriminator.requires_grad_(True)
        half_life = self.options["ema_half_life"]
        self.update_average(half_life_decay(len(real), half_life))
        return [d_loss, g_loss]

    def discriminator_loss(self, real, fake):
        scores, penalties = [], 0.0
        for images in (real.requires_grad_(), fake.requires_grad_()):
            scores.append(self.discriminator(images))
            steepness = slopes(scores[-1], images)
            penalties = penalties + squared_norms(steepness).mean() / 2
        loss = F.softplus(scores[1] - scores[0]).mean()
        return loss + self.options["gradient_penalty_weight"] * penalties
