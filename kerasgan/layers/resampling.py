"""Maps of another size, filtered so that what changes too fast does not alias."""

from collections.abc import Sequence

import keras
import numpy as np
from keras import ops

from kerasgan.checks import Argument, check_positive_int, integer


@keras.saving.register_keras_serializable("kerasgan")
class FilteredResampling2D(keras.layers.Layer):
    """Spreads, filters and thins out maps, each axis by one matrix product.

    Along each axis `up - 1` zeros follow each value, zeros are put before and after,
    the filter is run over the sequence, and every `down`-th value is kept. What it
    keeps of a constant map is that map, but for its border.

    Args:
        taps: the filter along one axis, symmetrical; its sum is taken out. [1, 2, 1]
            interpolates linearly, [1, 3, 3, 1] is StyleGAN2's. Defaults to (1, 2, 1).
        up: how many values come of one, at least 1. Defaults to 1.
        down: of how many values one is kept, at least 1. Defaults to 1.
        padding: zeros before and after. Defaults to as many as make n * up / down
            of n values.
        gain: factor of each axis. Defaults to `up`, which undoes the zeros.
        **kwargs: as in `keras.layers.Layer`. Maps are (batch, height, width,
            channels) of fixed height and width.

    Raises:
        TypeError: if a number is not a whole one.
        ValueError: if there is no tap, their sum is 0, or the maps have no fixed size.

    Source: Karras et al. 2020 (arXiv:1912.04958), appendix B; Zhang 2019
    (arXiv:1904.11486) for [1, 2, 1].
    """

    def __init__(
        self,
        taps: Sequence[float] = (1, 2, 1),
        *,
        up: int = 1,
        down: int = 1,
        padding: Sequence[int] | None = None,
        gain: float | None = None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if not len(taps) or not sum(taps):
            raise ValueError(
                "`taps` must be numbers with a sum other than 0. "
                f"Received: taps={taps!r}."
            )
        self.taps = tuple(taps)
        self.up = check_positive_int("up", up)
        self.down = check_positive_int("down", down)
        if padding is None:
            rest = len(taps) - (self.up if up > 1 else self.down)
            before = len(taps) + up - 1 if up > 1 else rest + 1
            padding = before // 2, rest // 2
        at_least = integer(0)
        self.padding = tuple(at_least(size, Argument("padding")) for size in padding)
        self.gain = float(up if gain is None else gain)

    def build(self, input_shape):
        if len(input_shape) != 4 or None in input_shape[1:]:
            raise ValueError(
                "Inputs must be maps (batch, height, width, channels) of a fixed size. "
                f"Received: inputs of shape {tuple(input_shape)}."
            )
        self.matrices = [self._matrix(size) for size in input_shape[1:3]]
        self.channels = input_shape[3]

    def call(self, inputs):
        rows, columns = (
            ops.convert_to_tensor(matrix, self.compute_dtype)
            for matrix in self.matrices
        )
        _, height, width, channels = inputs.shape
        x = ops.reshape(inputs, (-1, height, width * channels))
        x = ops.matmul(rows, x)
        x = ops.reshape(x, (-1, rows.shape[0], width, channels))
        return ops.matmul(columns, x)

    def compute_output_shape(self, input_shape):
        sizes = (len(self._matrix(size)) for size in input_shape[1:3])
        return (input_shape[0], *sizes, input_shape[3])

    def get_config(self):
        return {
            **super().get_config(),
            "taps": list(self.taps),
            "up": self.up,
            "down": self.down,
            "padding": list(self.padding),
            "gain": self.gain,
        }

    def stock_layer(self):
        """The Keras layers that do the same with `stock_weights`."""
        (height, _), (width, columns) = (matrix.shape for matrix in self.matrices)
        shape = (height, columns, self.channels)
        rows = keras.layers.EinsumDense("bhwc,oh->bowc", shape)
        shape = (height, width, self.channels)
        return keras.Sequential(
            [rows, keras.layers.EinsumDense("bhwc,ow->bhoc", shape)], name=self.name
        )

    def stock_weights(self):
        """What `stock_layer` computes with, as a list of NumPy arrays."""
        return list(self.matrices)

    def _matrix(self, size):
        """What each of an axis's values becomes: (values afterwards, values)."""
        taps = np.array(self.taps, "float64") * self.gain / sum(self.taps)
        before, after = self.padding
        length = before + size * self.up + after
        count = (length - len(taps)) // self.down + 1
        matrix = np.zeros((count, size), "float32")
        for row in range(count):
            for tap, value in enumerate(taps):
                place = row * self.down + tap - before
                if place % self.up == 0 and 0 <= place < size * self.up:
                    matrix[row, place // self.up] = value
        return matrix
