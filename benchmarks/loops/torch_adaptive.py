"""Adaptive augmentation as one writes it in PyTorch: one map of places, one of colours.

Where ours moves whole pixels first and interpolates afterwards, all of it is one matrix
and one `grid_sample` here, as in the paper.
"""

import math

import torch
import torch.nn.functional as F


class Augmentation:
    """Augments images with a probability that the scores of real ones steer.

    Args:
        policy: of "blit", "geometry" and "color".
        target: the mean sign of real scores that is aimed at.
        adjustment_images: images in which the strength can go from 0 to 1.
    """

    def __init__(self, *, policy, target, adjustment_images):
        self.policy, self.target = policy, target
        self.adjustment_images, self.strength = adjustment_images, torch.zeros(())

    def update(self, real_scores):
        direction = torch.sign(torch.sign(real_scores).mean() - self.target)
        step = direction * len(real_scores) / self.adjustment_images
        self.strength = (self.strength.to(step) + step).clamp(0.0, 1.0)

    def __call__(self, images):
        self.strength = self.strength.to(images.device)
        if "blit" in self.policy or "geometry" in self.policy:
            images = self.moved(images)
        if "color" in self.policy:
            images = self.coloured(images)
        return images

    def chosen(self, drawn, neutral):
        """For each image `drawn` with a probability of the strength."""
        coin = torch.rand(len(drawn), device=drawn.device) < self.strength
        return torch.where(coin, drawn, neutral)

    def moved(self, images):
        n, _, height, width = images.shape
        one = torch.ones(n, device=images.device)
        # From the result's places to the source's, in [-1, 1], the last change first.
        matrix = torch.eye(2, 3, device=images.device).expand(n, 2, 3)
        if "geometry" in self.policy:
            matrix = _then(matrix, *self.geometry(one))
        if "blit" in self.policy:
            matrix = _then(matrix, *self.blit(one, height, width))
        grid = F.affine_grid(matrix, list(images.shape), align_corners=True)
        return _Sampled.apply(images, grid)

    def geometry(self, one):
        n, normal = len(one), torch.randn_like
        scale = self.chosen(2 ** (0.2 * normal(one)), one)
        stretch = self.chosen(2 ** (0.2 * normal(one)), one)
        angle = self.chosen((2 * torch.rand_like(one) - 1) * math.pi, 0 * one)
        cos, sin = angle.cos(), angle.sin()
        across, along = 1 / (scale * stretch), stretch / scale
        turn = torch.stack([cos * across, sin * across, -sin * along, cos * along], 1)
        shift = torch.stack(
            [self.chosen(0.25 * normal(one), 0 * one) for _ in range(2)], 1
        )
        turn = turn.view(n, 2, 2)
        return turn, -(turn @ shift[:, :, None])[:, :, 0]

    def blit(self, one, height, width):
        n, zero = len(one), 0 * one
        turns = self.chosen(torch.randint_like(one, 0, 4), zero) * (math.pi / 2)
        mirrored = self.chosen(1.0 - 2 * torch.randint_like(one, 0, 2), one)
        cos, sin = turns.cos().round(), turns.sin().round()
        matrix = torch.stack([cos * mirrored, sin, -sin * mirrored, cos], 1)
        shift = [
            self.chosen(torch.randint_like(one, -(m // 8), m // 8 + 1), zero)
            * (2 / (m - 1))
            for m in (width, height)
        ]
        return matrix.view(n, 2, 2), torch.stack(shift, 1)

    def coloured(self, images):
        n, channels = images.shape[:2]
        one = torch.ones(n, device=images.device)
        brightness = self.chosen(0.2 * torch.randn_like(one), 0 * one)
        contrast = self.chosen(2 ** (0.5 * torch.randn_like(one)), one)
        flip = self.chosen(1.0 - 2 * torch.randint_like(one, 0, 2), one)
        grey = torch.full((channels, channels), 1 / channels, device=images.device)
        rest = torch.eye(channels, device=images.device) - grey
        matrix = _each(contrast) * (grey * _each(flip) + rest)
        if channels == 3:
            angle = self.chosen((2 * torch.rand_like(one) - 1) * math.pi, 0 * one)
            saturation = self.chosen(2 ** torch.randn_like(one), one)
            across = torch.tensor([[0, -1, 1], [1, 0, -1], [-1, 1, 0]]).to(grey)
            # Rodrigues' formula for turns about grey.
            turn = _each(angle.cos()) * rest + _each(angle.sin()) * across / 3**0.5
            matrix = (grey + _each(saturation) * turn) @ matrix
        pixels = images.permute(0, 2, 3, 1).reshape(n, -1, channels)
        offset = contrast * brightness * flip
        pixels = torch.baddbmm(_each(offset), pixels, matrix.transpose(1, 2))
        return pixels.view(n, *images.shape[2:], channels).permute(0, 3, 1, 2)


_BILINEAR, _REFLECTION = 0, 1


class _Sampled(torch.autograd.Function):
    """`grid_sample` that can be differentiated twice, which PyTorch's cannot."""

    @staticmethod
    def forward(context, images, grid):
        context.save_for_backward(grid)
        context.shape = images.shape
        return F.grid_sample(
            images, grid, padding_mode="reflection", align_corners=True
        )

    @staticmethod
    def backward(context, gradient):
        (grid,) = context.saved_tensors
        return _SampledGradient.apply(gradient, grid, context.shape), None


class _SampledGradient(torch.autograd.Function):
    """Linear in the gradient, whose own gradient is the sampling."""

    @staticmethod
    def forward(context, gradient, grid, shape):
        context.save_for_backward(grid)
        # Read for its shape alone.
        images = gradient.new_empty(1).expand(shape)
        return torch.ops.aten.grid_sampler_2d_backward(
            gradient, images, grid, _BILINEAR, _REFLECTION, True, (True, False)
        )[0]

    @staticmethod
    def backward(context, gradient):
        (grid,) = context.saved_tensors
        return _Sampled.apply(gradient, grid), None, None


def _then(matrix, turn, shift):
    """(n, 2, 3) maps of places, followed by a turn and a shift."""
    turned = turn @ matrix
    return torch.cat([turned[:, :, :2], turned[:, :, 2:] + shift[:, :, None]], 2)


def _each(values):
    return values[:, None, None]
