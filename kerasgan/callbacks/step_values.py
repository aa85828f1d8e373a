"""The values of steps, from the running means that Keras logs."""

import heapq
import math
import threading

import keras

from kerasgan.callbacks.timing import check_is_gan, steps_taken
from kerasgan.checks import check_positive_int


class StepValues(keras.callbacks.Callback):
    """Calls `record(step, values)` for every n-th step of a training.

    Keras hands callbacks means over the epoch so far: after n batches of one size,
    m(n). The mean over the batches k + 1 to n is (n m(n) - k m(k)) / (n - k), which
    for k = n - 1 is the value of one step. It is exact up to the rounding of float32 in
    the means. A smaller last batch of an epoch counts by its share of a whole one.

    Nothing waits for a step: where Keras can, it fetches the logs in threads of its
    own, in which this may be called, for several steps at once and in any order.

    Args:
        every: values are means over so many steps. Defaults to 1.
    """

    # What Keras looks for before it calls from its threads.
    async_safe = True

    def __init__(self, every: int = 1) -> None:
        super().__init__()
        self.every = check_positive_int("every", every)
        self._lock = threading.Lock()

    def record(self, step: int, values: dict[str, float]) -> None:
        """Takes the means over the steps since the last call, by name."""
        raise NotImplementedError

    def on_train_begin(self, logs=None):
        check_is_gan(self, self.model)
        self._sums, self._count = {}, 0

    def on_epoch_begin(self, epoch, logs=None):
        gan = self.model
        self._start, self._batches_a_call = steps_taken(gan), gan.steps_per_execution
        self._images_before = None
        self._epoch_batches = (self.params or {}).get("steps") or math.inf
        self._waiting, self._call = [], 0
        self._batches, self._means, self._earlier = 0, {}, 0

    def on_train_batch_begin(self, batch, logs=None):
        # Of an epoch that an earlier process began, the means go on where they were.
        if self._images_before is None:
            gan = self.model
            self._images_before = _images(gan)
            if self._images_before:
                self._means = {n: _number(t.result()) for n, t in gan.trackers.items()}
                self._batches = math.nan
        elif math.isnan(self._batches):
            self._count_earlier(batch)

    def on_epoch_end(self, epoch, logs=None):
        if math.isnan(self._batches):
            self._count_earlier(steps_taken(self.model) - self._start)

    def _count_earlier(self, batches):
        """Learns of how many batches the means were before this process's."""
        a_batch = (_images(self.model) - self._images_before) / batches
        with self._lock:
            self._earlier = self._batches = self._images_before / a_batch
            self._take_waiting()

    def on_train_batch_end(self, batch, logs=None):
        with self._lock:
            heapq.heappush(self._waiting, (batch, id(logs), dict(logs or {})))
            self._take_waiting()

    def _take_waiting(self):
        if math.isnan(self._batches):
            return
        while self._waiting and self._is_next(self._waiting[0][0]):
            batch, _, means = heapq.heappop(self._waiting)
            self._call += 1
            # Of several steps a call, Keras counts the last one's as if whole.
            self._add(min(batch + 1, self._epoch_batches), means)

    def _is_next(self, batch):
        return batch // self._batches_a_call == self._call

    def _add(self, batches, means):
        step = self._start + batches
        batches += self._earlier
        for name, mean in means.items():
            before = self._batches * self._means.get(name, 0.0)
            difference = batches * mean - before
            self._sums[name] = self._sums.get(name, 0.0) + difference
        self._count += batches - self._batches
        self._batches, self._means = batches, means
        if self._count >= self.every:
            values = {name: total / self._count for name, total in self._sums.items()}
            self._sums, self._count = {}, 0
            self.record(step, values)


def _images(gan):
    """How many images the running means are of."""
    return _number(next(iter(gan.trackers.values())).count)


def _number(tensor):
    return float(keras.ops.convert_to_numpy(tensor))
