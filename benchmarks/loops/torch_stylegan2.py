"""StyleGAN2 with adaptive augmentation as one writes it in PyTorch."""

import math

import torch
import torch.nn.functional as F
from torch import nn

from loops.torch_adaptive import Augmentation
from loops.torch_filters import Filter
from loops.torch_methods import MethodLoop, half_life_decay, slopes, squared_norms

_TAPS = (1, 3, 3, 1)
_GAIN = math.sqrt(2.0)
_EPSILON = 1e-8


class Linear(nn.Module):
    """Equalised: weights from N(0, 1), scaled when they are used."""

    def __init__(self, inputs, outputs, *, gain=1.0, rate=1.0, bias=0.0):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs) / rate)
        self.bias = nn.Parameter(torch.full((outputs,), bias))
        self.scale, self.rate = gain * rate / math.sqrt(inputs), rate

    def forward(self, x):
        return F.linear(x, self.weight * self.scale, self.bias * self.rate)


class Conv(nn.Module):
    """An equalised convolution with LeakyReLU, whose gain is the weights'."""

    def __init__(self, inputs, outputs, size, *, stride=1):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs, size, size))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.scale = _GAIN / math.sqrt(inputs * size**2)
        self.stride, self.padding = stride, size // 2 if stride == 1 else 0

    def forward(self, x):
        weight = self.weight * self.scale
        x = F.conv2d(x, weight, self.bias, self.stride, self.padding)
        return F.leaky_relu_(x, 0.2)


class ModulatedConv(nn.Module):
    """A convolution of maps that styles scale, and demodulated results."""

    def __init__(self, inputs, outputs, size, *, up=False, demodulate=True):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs, size, size))
        self.bias = nn.Parameter(torch.zeros(outputs))
        self.scale = 1 / math.sqrt(inputs * size**2)
        self.up, self.demodulate, self.padding = up, demodulate, size // 2

    def forward(self, x, style):
        weight = self.weight * self.scale
        x = x * style[:, :, None, None]
        if self.up:
            x = F.conv_transpose2d(x, weight.transpose(0, 1), stride=2)
        else:
            x = F.conv2d(x, weight, padding=self.padding)
        if self.demodulate:
            squares = style.square() @ weight.square().sum(dim=(2, 3)).T
            x = x * (_GAIN * (squares + _EPSILON).rsqrt())[:, :, None, None]
        return x + self.bias[:, None, None]


class Noise(nn.Module):
    """One learned strength for new noise a pixel."""

    def __init__(self):
        super().__init__()
        self.strength = nn.Parameter(torch.zeros(()))

    def forward(self, x):
        shape = (len(x), 1, *x.shape[2:])
        return x + self.strength * torch.randn(shape, device=x.device)


class LearnedMap(nn.Module):
    def __init__(self, *shape):
        super().__init__()
        self.map = nn.Parameter(torch.randn(*shape))


class Generator(nn.ModuleDict):
    """A mapping to one style, and convolutions that it modulates."""

    def __init__(self, a):
        super().__init__()
        filters, styles = a["filters"], a["style_dim"]
        channels = a["image_shape"][2]
        self.mappings, self.sizes = a["mapping_layers"], len(filters)
        for i in range(1, self.mappings + 1):
            inputs = a["latent_dim"] if i == 1 else styles
            rate = a["mapping_rate"]
            self[f"mapping_{i}"] = Linear(inputs, styles, gain=_GAIN, rate=rate)
        self["map"] = LearnedMap(filters[0], 4, 4)
        before = filters[0]
        for i in range(2 * self.sizes - 1):
            outputs, up = filters[(i + 1) // 2], i % 2 == 1
            self[f"style_{i}"] = Linear(styles, before, bias=1.0)
            self[f"conv_{i}"] = ModulatedConv(before, outputs, 3, up=up)
            if up:
                blur = Filter(_TAPS, outputs, padding=1, gain=4.0)
                self[f"filter_{i}"] = blur
            if a["noise"]:
                self[f"noise_{i}"] = Noise()
            before = outputs
        for i, inputs in enumerate(filters):
            size = 4 * 2**i
            self[f"image_style_{size}"] = Linear(styles, inputs, bias=1.0)
            self[f"to_image_{size}"] = ModulatedConv(
                inputs, channels, 1, demodulate=False
            )
            if i:
                self[f"upsampled_{size}"] = Filter(_TAPS, channels, up=2)

    def forward(self, latents):
        style = latents * (latents.square().mean(1, keepdim=True) + _EPSILON).rsqrt()
        for i in range(1, self.mappings + 1):
            style = F.leaky_relu_(self[f"mapping_{i}"](style), 0.2)
        x = self["map"].map.expand(len(latents), -1, -1, -1)
        x = self.styled(x.contiguous(memory_format=torch.channels_last), style, 0)
        images = self.to_image(x, style, 4)
        for i in range(1, self.sizes):
            x = self.styled(x, style, 2 * i - 1)
            x = self.styled(x, style, 2 * i)
            size = 4 * 2**i
            images = self[f"upsampled_{size}"](images) + self.to_image(x, style, size)
        return images

    def styled(self, x, style, i):
        x = self[f"conv_{i}"](x, self[f"style_{i}"](style))
        for name in (f"filter_{i}", f"noise_{i}"):
            x = self[name](x) if name in self else x
        return F.leaky_relu_(x, 0.2)

    def to_image(self, x, style, size):
        return self[f"to_image_{size}"](x, self[f"image_style_{size}"](style))


class Discriminator(nn.ModuleDict):
    """Convolutions that halve the map, told how the batch varies."""

    def __init__(self, a):
        super().__init__()
        filters = a["filters"]
        self.halvings, self.group_size = len(filters) - 1, a["group_size"]
        self["from_image"] = Conv(a["image_shape"][2], filters[0], 1)
        for i in range(1, len(filters)):
            before = filters[i - 1]
            self[f"conv_{i}_1"] = Conv(before, before, 3)
            self[f"filter_{i}"] = Filter(_TAPS, before, padding=2)
            self[f"conv_{i}_2"] = Conv(before, filters[i], 3, stride=2)
        last = filters[-1]
        self["conv_last"] = Conv(last + 1, last, 3)
        self["features"] = Linear(16 * last, last, gain=_GAIN)
        self["score"] = Linear(last, 1)

    def forward(self, x):
        x = self["from_image"](x)
        for i in range(1, self.halvings + 1):
            x = self[f"filter_{i}"](self[f"conv_{i}_1"](x))
            x = self[f"conv_{i}_2"](x)
        x = self["conv_last"](self.with_deviation(x))
        # Features in our layers' order, which is that of the memory.
        x = self["features"](x.permute(0, 2, 3, 1).flatten(1))
        return self["score"](F.leaky_relu_(x, 0.2))

    def with_deviation(self, x):
        groups = x.reshape(self.group_size, -1, *x.shape[1:])
        deviation = (groups.var(0, unbiased=False) + _EPSILON).sqrt()
        deviation = deviation.mean(dim=(1, 2, 3)).repeat(self.group_size)
        new = deviation[:, None, None, None].expand(-1, 1, *x.shape[2:])
        return torch.cat([x, new], dim=1)


class Loop(MethodLoop):
    """Karras et al. 2020 (arXiv:1912.04958 and 2006.06676)."""

    networks = (Generator, Discriminator)

    def __init__(self, settings):
        super().__init__(settings)
        self.augment = Augmentation(**settings["augment"])

    def step(self, batches):
        (real,) = batches
        with torch.no_grad():
            fake = self.generator(self.latents(len(real)))
        d_loss = self.discriminator_loss(real, fake)
        self.update_discriminator(d_loss)
        self.discriminator.requires_grad_(False)
        g_loss = F.softplus(-self.scores(self.generator(self.latents(len(real)))))
        self.update_generator(g_loss.mean())
        self.discriminator.requires_grad_(True)
        seen = self.options["ema_ramp"] * self.steps * len(real)
        half_life = min(self.options["ema_half_life"], seen)
        self.update_average(half_life_decay(len(real), half_life))
        return [d_loss, g_loss.mean()]

    def scores(self, images):
        return self.discriminator(self.augment(images))

    def discriminator_loss(self, real, fake):
        real_scores, fake_scores = self.scores(real), self.scores(fake)
        loss = F.softplus(-real_scores).mean() + F.softplus(fake_scores).mean()
        every = self.options["gradient_penalty_every"]
        if self.steps % every == 0:
            real = real.requires_grad_()
            r1 = squared_norms(slopes(self.scores(real), real)).mean() / 2
            loss = loss + every * self.options["gradient_penalty_weight"] * r1
        self.augment.update(real_scores.detach())
        return loss
