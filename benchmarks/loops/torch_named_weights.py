"""Our weights in PyTorch modules whose names are those of our layers."""

import torch

# A variable of ours and the places it may have in a module.
_PLACES = {
    "kernel": ("weight_orig", "weight"),
    "bias": ("bias",),
    "gamma": ("weight",),
    "beta": ("bias",),
    "moving_mean": ("running_mean",),
    "moving_variance": ("running_var",),
    "u": ("weight_u",),
    "strength": ("strength",),
    "map": ("map",),
}
# From channels last to channels first, by the number of axes.
_ORDERS = {0: (), 1: (0,), 2: (1, 0), 3: (2, 0, 1), 4: (3, 2, 0, 1)}


def load(network, modules, weights):
    """Copies our weights.

    Args:
        network: the PyTorch network.
        modules: its modules by the names of our layers.
        weights: `{layer: {name: array}}`.

    Raises:
        ValueError: if a parameter is left as it was.
    """
    given = set()
    for layer, values in weights.items():
        for name, array in values.items():
            place = next(p for p in _PLACES[name] if hasattr(modules[layer], p))
            target = getattr(modules[layer], place)
            _copy(target, array[:, 0] if name == "u" else array)
            given.add(id(target))
    left = [name for name, p in network.named_parameters() if id(p) not in given]
    if left:
        raise ValueError(f"Not given: {', '.join(left)}.")


def _copy(target, array):
    array = array.transpose(_ORDERS[array.ndim]).copy()
    if tuple(target.shape) != array.shape:
        raise ValueError(f"A weight is {array.shape}, not {tuple(target.shape)}.")
    with torch.no_grad():
        target.copy_(torch.from_numpy(array))
