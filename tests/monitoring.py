"""A monitor to which given values were logged."""

import warnings

from small import small_gan

from kerasgan.callbacks import TrainingMonitor


def monitored(directory, rows, **arguments):
    """A monitor to which these values were logged, as epochs of one step."""
    gan = small_gan(plain=True)
    monitor = TrainingMonitor(directory, figure=False, **arguments)
    monitor.set_model(gan)
    gan.steps_per_execution = 1
    monitor.on_train_begin()
    for epoch, row in enumerate(rows):
        monitor.on_epoch_begin(epoch)
        monitor._start = epoch
        monitor.on_train_batch_end(0, row)
    monitor.on_train_end()
    return monitor


def judged(directory, rows):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return monitored(directory, rows, window=3).assess()


GOOD = {"g_loss": 1.0, "d_loss": 1.2, "d_real_accuracy": 0.75, "d_fake_accuracy": 0.7}
