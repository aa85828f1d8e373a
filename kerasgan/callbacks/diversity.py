"""How unlike each other images are."""

import numpy as np


def mean_pairwise_distance(images: np.ndarray) -> float:
    """The mean root-mean-square difference of two images, over all pairs.

    Args:
        images: uint8 in [0, 255] or float in [-1, 1], (n, height, width, channels), at
            least 2.

    Returns:
        From 0 (all the same) to 2, in the scale of [-1, 1].
    """
    images = np.asarray(images)
    pixels = images.reshape(len(images), -1).astype("float64")
    if images.dtype == np.uint8:
        pixels = pixels / 127.5
    pixels = pixels - pixels.mean(axis=0)
    squares = (pixels**2).sum(axis=1)
    distances = squares[:, None] + squares[None] - 2 * pixels @ pixels.T
    upper = distances[np.triu_indices(len(pixels), 1)]
    return float(np.sqrt(np.maximum(upper, 0) / pixels.shape[1]).mean())
