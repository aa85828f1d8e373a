"""Two image sets that are drawn by this package, so they need no network."""

import functools

import numpy as np

from kerasgan.datasets.digit_strokes import DIGITS

GLYPH_CLASSES = tuple("0123456789")
SHAPE_CLASSES = (
    "circle",
    "square",
    "triangle",
    "ring",
    "cross",
    "star",
    "crescent",
    "heart",
)
# Images drawn at a time: the arrays of one round stay in the processor's cache.
_BATCH = 64


def glyphs(n=10_000, *, seed=0):
    """Draws digits that look like handwriting: white strokes on black.

    These are not photographs or scans of anybody's writing. Each digit is one of a
    few stroke models, whose points are jittered and then stretched, slanted,
    rotated, shifted and drawn with a random pen width. The set is laid out as MNIST
    is (28x28, ink about 20 pixels tall, centred) and meant for demonstrations and
    tests without a network; figures measured on it say nothing about MNIST.

    Args:
        n: Number of images, at least 1. Defaults to 10,000. The classes are as
            equally frequent as `n` allows, in random order.
        seed: Non-negative integer. The same `n` and `seed` give the same bytes.
            Defaults to 0.

    Returns:
        `(images, labels)`: uint8 of shape (n, 28, 28, 1) in [0, 255], and int64 of
        shape (n,) in [0, 9].

    Raises:
        ValueError: If `n` or `seed` is out of range.
    """
    rng = _generator("glyphs", n, seed)
    labels = _balanced_labels(rng, n, len(DIGITS))
    ways = (rng.random(n) * [len(DIGITS[label]) for label in labels]).astype(int)
    images = np.empty((n, 28, 28, 1), np.uint8)
    for digit, digit_ways in enumerate(DIGITS):
        for way, (points, strokes) in enumerate(digit_ways):
            chosen = np.flatnonzero((labels == digit) & (ways == way))
            for start in range(0, len(chosen), _BATCH):
                part = chosen[start : start + _BATCH]
                images[part, :, :, 0] = _draw_digit(rng, points, strokes, len(part))
    return images, labels


def shapes(n=10_000, *, seed=0):
    """Draws one coloured shape on a coloured background per image.

    A synthetic set for demonstrations and tests of colour and of classes: flat
    colours, no texture, no photograph. The classes, in label order, are circle,
    square, triangle, ring, cross, star, crescent and heart; size, place, rotation
    and both colours vary, and one of the two colours is always much brighter.

    Args:
        n: Number of images, at least 1. Defaults to 10,000. The classes are as
            equally frequent as `n` allows, in random order.
        seed: Non-negative integer. The same `n` and `seed` give the same bytes.
            Defaults to 0.

    Returns:
        `(images, labels)`: uint8 of shape (n, 32, 32, 3) in [0, 255], and int64 of
        shape (n,) in [0, 7].

    Raises:
        ValueError: If `n` or `seed` is out of range.
    """
    rng = _generator("shapes", n, seed)
    labels = _balanced_labels(rng, n, len(SHAPE_CLASSES))
    coverage = np.empty((n, 32, 32, 1), np.float32)
    for label, name in enumerate(SHAPE_CLASSES):
        chosen = np.flatnonzero(labels == label)
        for start in range(0, len(chosen), _BATCH):
            part = chosen[start : start + _BATCH]
            coverage[part, :, :, 0] = _draw_shape(rng, name, len(part))
    foreground, background = _colour_pairs(rng, n)
    images = np.empty((n, 32, 32, 3), np.uint8)
    for start in range(0, n, _BATCH):
        part = slice(start, start + _BATCH)
        mixed = background[part] + coverage[part] * (foreground - background)[part]
        images[part] = np.rint(mixed * 255)
    return images, labels


def _generator(function, n, seed):
    for name, value, low in (("n", n, 1), ("seed", seed, 0)):
        is_integer = isinstance(value, (int, np.integer))
        if isinstance(value, bool) or not is_integer or value < low:
            raise ValueError(
                f"`{name}` of datasets.{function} must be an integer of at least "
                f"{low}. Received: {name}={value!r}"
            )
    return np.random.default_rng(seed)


def _balanced_labels(rng, n, classes):
    return rng.permutation(np.arange(n, dtype=np.int64) % classes)


def _draw_digit(rng, points, strokes, n):
    points = np.asarray(points) + rng.normal(0.0, 0.055, (n, len(points), 2))
    curves = [_smooth(points[:, list(stroke)]) for stroke in strokes]
    sizes = [curve.shape[1] for curve in curves]
    placed = _place_like_handwriting(rng, np.concatenate(curves, axis=1))
    curves = np.split(placed.astype(np.float32), np.cumsum(sizes)[:-1], axis=1)
    starts = np.concatenate([curve[:, :-1] for curve in curves], axis=1)
    ends = np.concatenate([curve[:, 1:] for curve in curves], axis=1)
    pen = rng.uniform(0.85, 1.65, (n, 1)).astype(np.float32)
    distance = _distance_to_segments(starts, ends, 28)
    ink = np.clip((pen + np.float32(0.6) - distance) / np.float32(1.2), 0, 1)
    return np.rint(ink * 255).reshape(n, 28, 28)


def _smooth(points, steps=4):
    """Catmull-Rom curves (n, p, 2) through control points (n, k, 2)."""
    if points.shape[1] == 2:
        return points
    if np.array_equal(points[:, 0], points[:, -1]):
        before, after = points[:, -2:-1], points[:, 1:2]
    else:
        before, after = points[:, :1], points[:, -1:]
    padded = np.concatenate([before, points, after], axis=1)[:, :, None]
    a, b, c, d = padded[:, :-3], padded[:, 1:-2], padded[:, 2:-1], padded[:, 3:]
    t = (np.arange(steps) / steps)[:, None]
    curve = b + 0.5 * t * (
        c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a))
    )
    return np.concatenate([curve.reshape(len(points), -1, 2), points[:, -1:]], axis=1)


def _place_like_handwriting(rng, points):
    """Stretches, slants, rotates, centres and shifts (n, p, 2) points to pixels."""
    n = len(points)
    x, y = points[:, :, 0], points[:, :, 1]
    x = x * rng.uniform(0.85, 1.35, (n, 1)) - y * rng.normal(0.15, 0.2, (n, 1))
    angle = np.clip(rng.normal(0.0, 0.09, (n, 1)), -0.25, 0.25)
    cosine, sine = np.cos(angle), np.sin(angle)
    placed = np.stack([x * cosine - y * sine, x * sine + y * cosine], axis=2)
    low, high = placed.min(axis=1), placed.max(axis=1)
    # As in MNIST the longer side decides, so a slanted digit does not leave the image.
    longer = (high - low).max(axis=1)[:, None, None]
    scale = rng.uniform(16.0, 19.0, (n, 1, 1)) / longer
    shift = 13.5 + rng.uniform(-1.2, 1.2, (n, 1, 2))
    return (placed - ((low + high) / 2)[:, None]) * scale + shift


def _distance_to_segments(starts, ends, size):
    """Distances (n, size * size) of pixel centres to the nearest of (n, s) segments."""
    axis = np.arange(size, dtype=np.float32)
    pixel_y, pixel_x = (grid.ravel() for grid in np.meshgrid(axis, axis, indexing="ij"))
    along = ends - starts
    squared = np.maximum((along * along).sum(axis=2), np.float32(1e-6))
    nearest = None
    for index in range(starts.shape[1]):
        dx, dy = along[:, index, :1], along[:, index, 1:]
        px = pixel_x - starts[:, index, :1]
        py = pixel_y - starts[:, index, 1:]
        t = np.clip((px * dx + py * dy) / squared[:, index, None], 0, 1)
        px -= t * dx
        py -= t * dy
        distance = px * px + py * py
        nearest = distance if nearest is None else np.minimum(nearest, distance)
    return np.sqrt(nearest)


def _draw_shape(rng, name, n):
    """Coverage (n, 32, 32) in [0, 1] of one shape per image."""
    radius = rng.uniform(8.0, 12.0, (n, 1))
    centre = 15.5 + rng.uniform(-1.0, 1.0, (n, 2)) * (15.0 - radius)
    angle = rng.uniform(-0.3, 0.3, (n, 1))
    cosine, sine = np.cos(angle), np.sin(angle)
    axis = np.arange(32.0)
    pixel_y, pixel_x = (grid.ravel() for grid in np.meshgrid(axis, axis, indexing="ij"))
    dx, dy = pixel_x - centre[:, :1], pixel_y - centre[:, 1:]
    x = (dx * cosine + dy * sine) / radius
    y = (dy * cosine - dx * sine) / radius
    outside = _SIGNED_DISTANCES[name](x, y) * radius
    return np.clip(0.5 - outside, 0, 1).reshape(n, 32, 32)


def _circle(x, y, radius=0.9):
    return np.sqrt(x * x + y * y) - radius


def _ring(x, y):
    return np.abs(_circle(x, y, 0.75)) - 0.2


def _crescent(x, y):
    return np.maximum(_circle(x, y, 0.95), -_circle(x - 0.45, y, 0.8))


def _polygon(x, y, *, corners):
    """Signed distance to a polygon (negative inside) of points (n, p)."""
    corners = np.asarray(corners)
    nearest, inside = np.inf, np.zeros(x.shape, bool)
    for (ax, ay), (bx, by) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        ex, ey, px, py = bx - ax, by - ay, x - ax, y - ay
        t = np.clip((px * ex + py * ey) / (ex * ex + ey * ey), 0, 1)
        nearest = np.minimum(nearest, (px - t * ex) ** 2 + (py - t * ey) ** 2)
        if ay != by:
            inside ^= ((ay > y) != (by > y)) & (px < ex * py / ey)
    return np.where(inside, -1.0, 1.0) * np.sqrt(nearest)


def _star_corners():
    turn = np.pi * np.arange(10) / 5
    radius = np.where(np.arange(10) % 2, 0.45, 1.1)
    return np.stack([radius * np.sin(turn), -radius * np.cos(turn)], axis=1)


def _heart_corners():
    t = 2 * np.pi * np.arange(24) / 24
    x = 16 * np.sin(t) ** 3
    y = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
    return np.stack([x, -y - 2], axis=1) / 16


_SQUARE = ((-0.8, -0.8), (0.8, -0.8), (0.8, 0.8), (-0.8, 0.8))
_TRIANGLE = ((0.0, -1.0), (0.95, 0.75), (-0.95, 0.75))
_CROSS = (
    *((-0.3, -1.0), (0.3, -1.0), (0.3, -0.3), (1.0, -0.3), (1.0, 0.3), (0.3, 0.3)),
    *((0.3, 1.0), (-0.3, 1.0), (-0.3, 0.3), (-1.0, 0.3), (-1.0, -0.3), (-0.3, -0.3)),
)
_SIGNED_DISTANCES = {
    "circle": _circle,
    "square": functools.partial(_polygon, corners=_SQUARE),
    "triangle": functools.partial(_polygon, corners=_TRIANGLE),
    "ring": _ring,
    "cross": functools.partial(_polygon, corners=_CROSS),
    "star": functools.partial(_polygon, corners=_star_corners()),
    "crescent": _crescent,
    "heart": functools.partial(_polygon, corners=_heart_corners()),
}


def _colour_pairs(rng, n):
    """Foreground and background, each (n, 1, 1, 3) in [0, 1]."""
    hue = rng.random(n)
    other_hue = hue + rng.uniform(0.25, 0.75, n)
    bright = _hsv_to_rgb(hue, rng.uniform(0.35, 0.9, n), rng.uniform(0.85, 1.0, n))
    dark = _hsv_to_rgb(other_hue, rng.uniform(0.5, 1.0, n), rng.uniform(0.2, 0.5, n))
    swap = (rng.random(n) < 0.5)[:, None, None, None]
    return np.where(swap, dark, bright), np.where(swap, bright, dark)


def _hsv_to_rgb(hue, saturation, value):
    k = (np.array([5.0, 3.0, 1.0]) + 6 * hue[:, None]) % 6
    ramp = np.clip(np.minimum(k, 4 - k), 0, 1)
    rgb = value[:, None] * (1 - saturation[:, None] * ramp)
    return rgb[:, None, None, :]
