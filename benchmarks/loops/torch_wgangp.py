"""WGAN-GP as one writes it in PyTorch."""

import torch
import torch.nn.functional as F
from torch import nn

from loops.torch_methods import DEVICE, MethodLoop, slopes, squared_norms
from loops.torch_networks import batch_norm


class Generator(nn.Module):
    """A linear layer to a map, then nearest upsampling and 3x3 convolutions."""

    def __init__(self, a):
        super().__init__()
        height, width, channels = a["image_shape"]
        first, *rest = a["filters"]
        factor = 2 ** len(rest)
        self.map = (height // factor, width // factor, first)
        self.project = nn.Linear(a["latent_dim"], height * width * first // factor**2)
        self.project_norm = batch_norm(first, a)
        self.count = len(rest)
        for i, outputs in enumerate(rest, start=1):
            conv = nn.Conv2d(a["filters"][i - 1], outputs, 3, padding=1)
            self.add_module(f"conv_{i}", conv)
            self.add_module(f"norm_{i}", batch_norm(outputs, a))
        self.to_image = nn.Conv2d(rest[-1], channels, 3, padding=1)

    def forward(self, latents):
        x = self.project(latents).view(-1, *self.map).permute(0, 3, 1, 2)
        x = self.project_norm(x)
        for i in range(1, self.count + 1):
            x = getattr(self, f"conv_{i}")(F.interpolate(x, scale_factor=2))
            x = F.relu_(getattr(self, f"norm_{i}")(x))
        return torch.tanh(self.to_image(x))


class Critic(nn.Module):
    """4x4 convolutions of stride 2 and LeakyReLU down to one score."""

    def __init__(self, a):
        super().__init__()
        height, width, channels = a["image_shape"]
        self.slope, self.count = a["leaky_slope"], len(a["filters"])
        for i, outputs in enumerate(a["filters"], start=1):
            conv = nn.Conv2d(channels, outputs, 4, stride=2, padding=1)
            self.add_module(f"conv_{i}", conv)
            height, width, channels = -(-height // 2), -(-width // 2), outputs
        self.score = nn.Linear(height * width * channels, 1)

    def forward(self, x):
        for i in range(1, self.count + 1):
            if x.shape[2] % 2:
                # Half of an odd map, rounded up: 7 to 4.
                x = F.pad(x, (0, 1, 0, 1))
            x = F.leaky_relu(getattr(self, f"conv_{i}")(x), self.slope)
        return self.score(x.permute(0, 2, 3, 1).flatten(1))


class Loop(MethodLoop):
    """Gulrajani et al. 2017 (arXiv:1704.00028), algorithm 1."""

    networks = (Generator, Critic)

    def step(self, batches):
        for real in batches:
            with torch.no_grad():
                fake = self.generator(self.latents(len(real)))
            d_loss = self.critic_loss(real, fake)
            self.update_discriminator(d_loss)
        # The critic's own gradients are not wanted here.
        self.discriminator.requires_grad_(False)
        fake = self.generator(self.latents(len(real)))
        g_loss = -self.discriminator(fake).mean()
        self.update_generator(g_loss)
        self.discriminator.requires_grad_(True)
        return [d_loss, g_loss]

    def critic_loss(self, real, fake):
        distance = self.discriminator(real).mean() - self.discriminator(fake).mean()
        shape = (len(real), 1, 1, 1)
        mixing = self.drawn(lambda: torch.rand(shape, device=DEVICE))
        mixed = torch.lerp(real, fake, mixing).requires_grad_()
        steepness = slopes(self.discriminator(mixed), mixed)
        norms = (squared_norms(steepness) + 1e-12).sqrt()
        penalty = (norms - 1).square().mean()
        return self.options["gradient_penalty_weight"] * penalty - distance
