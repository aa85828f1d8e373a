"""The first parameters of DCGAN's networks in plain JAX."""

import math

import jax
import jax.numpy as jnp


def generator_shapes(spec):
    """Layer -> shape, and the names of the transposed convolutions."""
    a, builder = spec["arguments"], spec["builder"]
    height, width, channels = a["image_shape"]
    if builder == "convolutional-generator":
        base, filters = a["base_filters"], a["filters"]
        shapes = {
            "project": (a["latent_dim"], height // 2 * (width // 2) * base),
            "conv_1": (5, 5, base, filters),
            "conv_2": (4, 4, filters, filters),
            "conv_3": (5, 5, filters, filters),
            "conv_4": (5, 5, filters, filters),
            "to_image": (7, 7, filters, channels),
        }
        return shapes, {"conv_2"}
    filters, count = a["filters"], len(a["filters"]) - 1
    size = a.get("kernel_size", 3)
    strides = a.get("strides", [2] * count)
    factor = math.prod(strides) * a.get("last_stride", 1)
    units = (height // factor) * (width // factor) * filters[0]
    shapes = {"project": (a["latent_dim"], units)}
    if a.get("project_norm", True):
        shapes["project_norm"] = (filters[0],)
    for i in range(1, count + 1):
        shapes[f"conv_{i}"] = (size, size, filters[i - 1], filters[i])
        shapes[f"norm_{i}"] = (filters[i],)
    shapes["to_image"] = (3, 3, filters[-1], channels)
    if builder == "upsampling-generator":
        return shapes, set()
    transposed = {f"conv_{i}" for i in range(1, count + 1)}
    return shapes, transposed | ({"to_image"} if a["last_stride"] > 1 else set())


def discriminator_shapes(spec):
    """Layer -> shape."""
    a, shapes = spec["arguments"], {}
    height, width, channels = a["image_shape"]
    sizes = zip(a["filters"], a["kernel_sizes"], a["strides"])
    for i, (filters, size, stride) in enumerate(sizes, start=1):
        shapes[f"conv_{i}"] = (size, size, channels, filters)
        if i > 1 and a["normalization"] == "batch":
            shapes[f"norm_{i}"] = (filters,)
        pads = {"valid": 0, "one": 2, "same": size - stride + (stride - 1)}
        height, width = (
            (n + pads[a["padding"]] - size) // stride + 1 for n in (height, width)
        )
        channels = filters
    return {**shapes, "score": (height * width * channels, 1)}


def initial(key, shapes):
    """Normal kernels, as DCGAN has them; parameters and running statistics."""
    parameters, statistics = {}, {}
    for name, shape in shapes.items():
        key, own = jax.random.split(key)
        if len(shape) == 1:
            parameters[name] = {"gamma": jnp.ones(shape), "beta": jnp.zeros(shape)}
            statistics[name] = {"mean": jnp.zeros(shape), "variance": jnp.ones(shape)}
        else:
            kernel = 0.02 * jax.random.normal(own, shape)
            parameters[name] = {"kernel": kernel, "bias": jnp.zeros(shape[-1:])}
    return parameters, statistics
