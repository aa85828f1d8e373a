"""A learning rate for one of the two networks."""

from collections.abc import Callable

import keras

from kerasgan.callbacks.timing import check_is_gan

NETWORKS = ("generator", "discriminator")


class NetworkLearningRate(keras.callbacks.Callback):
    """Sets the learning rate of one network's optimizer before each epoch.

    Keras's own `LearningRateScheduler` and `ReduceLROnPlateau` act on both: each gets
    the schedule's answer to its own rate. All of them put both rates into the logs, as
    `learning_rate_generator` and `learning_rate_discriminator`.

    Args:
        network: `"generator"` or `"discriminator"`.
        schedule: function of the epoch, from 0, and the rate to the new rate, a number
            of at least 0.

    Raises:
        ValueError: for another network, or a rate that is no such number.

    Example:

    ```python
    halve = kerasgan.callbacks.NetworkLearningRate(
        "discriminator", lambda epoch, rate: rate / 2 if epoch == 10 else rate
    )
    gan.fit(images, epochs=20, callbacks=[halve])
    ```
    """

    def __init__(self, network: str, schedule: Callable[[int, float], float]) -> None:
        super().__init__()
        if network not in NETWORKS:
            raise ValueError(
                f"`network` must be one of {', '.join(NETWORKS)}. "
                f"Received: {network!r}."
            )
        self.network, self.schedule = network, schedule

    def on_train_begin(self, logs=None):
        check_is_gan(self, self.model)

    def on_epoch_begin(self, epoch, logs=None):
        optimizer = self.model.optimizer.optimizers[NETWORKS.index(self.network)]
        rate = self.schedule(epoch, _rate(optimizer))
        if isinstance(rate, bool) or not 0 <= float(rate) < float("inf"):
            raise ValueError(
                "`schedule` must give a learning rate of at least 0. "
                f"Received: {rate!r} for epoch {epoch}."
            )
        optimizer.learning_rate = float(rate)

    def on_epoch_end(self, epoch, logs=None):
        for name, optimizer in zip(NETWORKS, self.model.optimizer.optimizers):
            logs[f"learning_rate_{name}"] = _rate(optimizer)


def _rate(optimizer):
    return float(keras.ops.convert_to_numpy(optimizer.learning_rate))
