"""DCGAN's networks as PyTorch modules."""

import math
from itertools import pairwise

from torch import nn


def activation(slope):
    return nn.LeakyReLU(slope, inplace=True) if slope else nn.ReLU(inplace=True)


def batch_norm(channels, arguments):
    return nn.BatchNorm2d(
        channels,
        eps=arguments["batch_norm_epsilon"],
        momentum=1 - arguments["batch_norm_momentum"],
    )


def conv(inputs, outputs, size):
    return nn.Conv2d(inputs, outputs, size, padding=size // 2)


def transposed(inputs, outputs, size, stride):
    # The output is `stride` times the input.
    padding = (size - 1) // 2
    return nn.ConvTranspose2d(
        inputs,
        outputs,
        size,
        stride,
        padding=padding,
        output_padding=stride - size + 2 * padding,
    )


class Generator(nn.Module):
    """A linear layer to a small map, and a body that makes an image of it."""

    def __init__(self, latent_dim, first_map, body):
        super().__init__()
        self.first_map = first_map
        self.project = nn.Linear(latent_dim, math.prod(first_map))
        self.body = nn.Sequential(*body)

    def forward(self, latents):
        return self.body(self.project(latents).view(-1, *self.first_map))


def upsampling_generator(a):
    height, width, channels = a["image_shape"]
    filters = a["filters"]
    factor = 2 ** (len(filters) - 1)
    body = [batch_norm(filters[0], a)]
    for inputs, outputs in pairwise(filters):
        body += [
            nn.Upsample(scale_factor=2),
            conv(inputs, outputs, 3),
            batch_norm(outputs, a),
            activation(a["leaky_slope"]),
        ]
    body += [conv(filters[-1], channels, 3), nn.Tanh()]
    return Generator(
        a["latent_dim"], (filters[0], height // factor, width // factor), body
    )


def transposed_generator(a):
    height, width, channels = a["image_shape"]
    filters, slope = a["filters"], a["leaky_slope"]
    factor = math.prod(a["strides"]) * a["last_stride"]
    body = [batch_norm(filters[0], a), activation(slope)] if a["project_norm"] else []
    for (inputs, outputs), stride in zip(pairwise(filters), a["strides"]):
        body += [
            transposed(inputs, outputs, a["kernel_size"], stride),
            batch_norm(outputs, a),
            activation(slope),
        ]
    if a["last_stride"] == 1:
        body += [conv(filters[-1], channels, 3)]
    else:
        body += [transposed(filters[-1], channels, 3, a["last_stride"])]
    body += [nn.Tanh()]
    return Generator(
        a["latent_dim"], (filters[0], height // factor, width // factor), body
    )


def convolutional_generator(a):
    height, width, channels = a["image_shape"]
    base, filters, slope = a["base_filters"], a["filters"], a["leaky_slope"]
    body = [
        activation(slope),
        conv(base, filters, 5),
        activation(slope),
        transposed(filters, filters, 4, 2),
        activation(slope),
        conv(filters, filters, 5),
        activation(slope),
        conv(filters, filters, 5),
        activation(slope),
        conv(filters, channels, 7),
        nn.Tanh(),
    ]
    return Generator(a["latent_dim"], (base, height // 2, width // 2), body)


GENERATORS = {
    "upsampling-generator": upsampling_generator,
    "transposed-generator": transposed_generator,
    "convolutional-generator": convolutional_generator,
}


def discriminator(a):
    height, width, channels = a["image_shape"]
    layers = []
    for i, (filters, size, stride) in enumerate(
        zip(a["filters"], a["kernel_sizes"], a["strides"])
    ):
        padding = {"valid": 0, "one": 1, "same": (size - 1) // 2}[a["padding"]]
        layers += [nn.Conv2d(channels, filters, size, stride, padding)]
        if i and a["normalization"] == "batch":
            layers += [batch_norm(filters, a)]
        layers += [activation(a["leaky_slope"])]
        if a["spatial_dropout_rate"]:
            layers += [nn.Dropout2d(a["spatial_dropout_rate"])]
        height, width = (
            (n + 2 * padding - size) // stride + 1 for n in (height, width)
        )
        channels = filters
    layers += [nn.Flatten()]
    if a["dropout_rate"]:
        layers += [nn.Dropout(a["dropout_rate"])]
    return nn.Sequential(*layers, nn.Linear(channels * height * width, 1))
