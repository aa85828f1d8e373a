"""Arrays as batches whose order depends on a seed and a position alone."""

import keras
import numpy as np
from keras import tree


class ArrayBatches(keras.utils.PyDataset):
    """Shuffled batches of an array, the same after a resume.

    The stream of batches is endless: pass p visits every image once, in the
    permutation drawn from (seed, p). An epoch reads `batches_per_epoch` batches of
    the stream, beginning at the number of steps the model has taken (Keras's own
    shuffling depends on state that no checkpoint holds).

    Args:
        images: array (n, height, width, channels), or a tree of arrays (n, ...).
        labels: array (n, ...) or `None`.
        batch_size: int; the last batch of a pass may be smaller.
        seed: int, names the permutations.
        shuffle: bool; `False` keeps file order.
        batches_per_epoch: int or `None` for one pass.
        position: function giving the stream position an epoch begins at.
        skip_single: leave out a last batch that would be one image, of which
            batch norm cannot take statistics.
        skip_rest: leave out a last batch that would be smaller than the others, for
            steps that divide theirs.
    """

    def __init__(
        self,
        images,
        labels=None,
        *,
        batch_size,
        seed,
        shuffle=True,
        batches_per_epoch=None,
        position=int,
        skip_single=False,
        skip_rest=False,
    ):
        super().__init__()
        self.images, self.labels = images, labels
        self.batch_size, self.seed, self.shuffle = batch_size, seed, shuffle
        self.length = len(tree.flatten(images)[0])
        whole, rest = divmod(self.length, batch_size)
        skipped = skip_rest or (skip_single and rest == 1)
        self.batches_per_pass = max(1, whole + (rest > 0 and not skipped))
        self.batches_per_epoch = batches_per_epoch or self.batches_per_pass
        self.position = position
        self.start = 0
        self._order = (None, None)

    def __len__(self):
        return self.batches_per_epoch

    def on_epoch_begin(self):
        self.start = self.position()

    def __getitem__(self, index):
        number, batch = divmod(self.start + index, self.batches_per_pass)
        rows = self._permutation(number)[
            batch * self.batch_size : (batch + 1) * self.batch_size
        ]
        images = tree.map_structure(lambda array: array[rows], self.images)
        return images if self.labels is None else (images, self.labels[rows])

    def _permutation(self, number):
        cached, order = self._order
        if cached != number:
            order = np.arange(self.length)
            if self.shuffle:
                np.random.default_rng((self.seed, number)).shuffle(order)
            self._order = (number, order)
        return order
