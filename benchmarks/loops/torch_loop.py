"""DCGAN as one writes it in PyTorch: modules, `torch.optim`, a loop."""

import copy

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from loops import torch_weights
from loops.hand_written import HandWrittenLoop
from loops.inputs import Batches, draw_latents
from loops.settings import average_rate, latent_dim
from loops.torch_networks import GENERATORS, discriminator

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


def optimizer(parameters, block):
    if block["name"] == "adam":
        return torch.optim.Adam(
            parameters,
            lr=block["learning_rate"],
            betas=(block["beta_1"], block["beta_2"]),
            eps=block["epsilon"],
        )
    return torch.optim.RMSprop(
        parameters, lr=block["learning_rate"], alpha=block["rho"], eps=block["epsilon"]
    )


def floating(network):
    """Parameters and batch-norm statistics, without counts."""
    state = network.state_dict().values()
    return [tensor for tensor in state if tensor.is_floating_point()]


class Loop(HandWrittenLoop):
    """The two networks, their optimizers and the loop over batches."""

    def __init__(self, settings):
        self.settings, self.options = settings, settings["compile"]
        self.calls, self.steps = 0, 0
        builder = GENERATORS[settings["generator"]["builder"]]
        self.generator = builder(settings["generator"]["arguments"]).to(DEVICE)
        self.discriminator = discriminator(settings["discriminator"]["arguments"])
        self.discriminator.to(DEVICE)
        self.average = None
        if settings["ema_decay"] is not None:
            self.average = copy.deepcopy(self.generator).requires_grad_(False)
        self.g_optimizer = optimizer(
            self.generator.parameters(), self.options["generator_optimizer"]
        )
        self.d_optimizer = optimizer(
            self.discriminator.parameters(), self.options["discriminator_optimizer"]
        )

    def prepare(self, images):
        return torch.from_numpy(images).permute(0, 3, 1, 2).contiguous()

    def train(self, images, batch_size, steps, *, shuffle=True, latents=None):
        """Means of both losses and both accuracies; one row a step if `latents`."""
        # Another order at each call, as `fit` has.
        seed, self.calls = self.calls, self.calls + 1
        batches = Batches(len(images), batch_size, shuffle=shuffle, seed=seed)
        self.generator.train(), self.discriminator.train()
        logs = []
        for i in range(steps):
            batch = images[torch.from_numpy(next(batches))].to(DEVICE)
            draws = iter(()) if latents is None else iter(latents[i])
            logs.append(self.step(batch, draws))
        logs = torch.stack(logs).cpu().numpy()
        return logs.mean(axis=0) if latents is None else logs

    def step(self, batch, draws):
        n = len(batch)
        real = batch.float() / 127.5 - 1
        if self.settings["mirror"]:
            real = torch.where(
                torch.rand(n, 1, 1, 1, device=DEVICE) < 0.5, real.flip(3), real
            )
        # The discriminator.
        with self.autocast():
            with torch.set_grad_enabled(self.settings["one_pass"]):
                fake = self.generator(self.latents(n, draws))
            real_scores = self.discriminator(real)
            fake_scores = self.discriminator(fake.detach())
        real_loss = self.loss(real_scores, self.options["real_label"])
        fake_loss = self.loss(fake_scores, self.options["fake_label"])
        d_loss = self.options["discriminator_loss_weight"] * (real_loss + fake_loss)
        self.update(self.d_optimizer, d_loss, "discriminator_optimizer")
        # The generator; the discriminator's own gradients are not wanted here.
        self.discriminator.requires_grad_(False)
        with self.autocast():
            if not self.settings["one_pass"]:
                fake = self.generator(self.latents(n, draws))
            scores = self.discriminator(fake)
        g_loss = self.loss(scores, self.options["generator_label"], noisy=False)
        self.update(self.g_optimizer, g_loss, "generator_optimizer")
        self.discriminator.requires_grad_(True)
        if self.average is not None:
            self.update_average()
        self.steps += 1
        real_accuracy = (real_scores > 0).float().mean()
        fake_accuracy = (fake_scores < 0).float().mean()
        return torch.stack(
            [d_loss.detach(), g_loss.detach(), real_accuracy, fake_accuracy]
        )

    def latents(self, n, draws):
        given = next(draws, None)
        if given is None:
            return torch.randn(n, latent_dim(self.settings), device=DEVICE)
        return torch.from_numpy(given).to(DEVICE)

    def loss(self, scores, label, noisy=True):
        scores = scores.float()
        targets = torch.full_like(scores, label)
        if noisy and self.options["label_noise"]:
            targets += self.options["label_noise"] * torch.rand_like(targets)
        return F.binary_cross_entropy_with_logits(scores, targets)

    def update(self, optimizer, loss, name):
        optimizer.zero_grad()
        loss.backward()
        clip = self.options[name].get("clipvalue")
        if clip:
            for group in optimizer.param_groups:
                nn.utils.clip_grad_value_(group["params"], clip)
        optimizer.step()

    @torch.no_grad()
    def update_average(self):
        mine, theirs = floating(self.average), floating(self.generator)
        rate = average_rate(self.settings, self.steps)
        torch._foreach_lerp_(mine, theirs, 1 - rate)

    def autocast(self):
        mixed = self.settings["dtype"] == "mixed_bfloat16"
        return torch.autocast(DEVICE, dtype=torch.bfloat16, enabled=mixed)

    # Pictures ---------------------------------------------------------------------

    @torch.inference_mode()
    def generate(self, n, batch_size, seed=None):
        latents = draw_latents(self.settings, n, seed)
        generator = self.average or self.generator
        generator.eval()
        parts = []
        for start in range(0, len(latents), batch_size):
            batch = torch.from_numpy(latents[start : start + batch_size]).to(DEVICE)
            with self.autocast():
                images = generator(batch).float()
            images = ((images + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
            parts.append(images.permute(0, 2, 3, 1).cpu().numpy())
        return np.concatenate(parts)

    def load(self, weights):
        """Copies our weights, see `torch_weights.load`; the average begins there."""
        torch_weights.load(self, weights)
        if self.average is not None:
            self.average.load_state_dict(self.generator.state_dict())

    orient = torch_weights.orient
