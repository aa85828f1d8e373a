"""The GPU that a framework computes on, if it does."""


def gpu(backend):
    """Its name and the bytes allocated on it at most; both `None` on a CPU."""
    return _GPUS[backend]()


def _tensorflow():
    import tensorflow as tf

    devices = tf.config.list_physical_devices("GPU")
    if not devices:
        return None, None
    details = tf.config.experimental.get_device_details(devices[0])
    peak = tf.config.experimental.get_memory_info("GPU:0")["peak"]
    return details.get("device_name"), peak


def _torch():
    import torch

    if not torch.cuda.is_available():
        return None, None
    return torch.cuda.get_device_name(), torch.cuda.max_memory_allocated()


def _jax():
    import jax

    device = jax.local_devices()[0]
    if device.platform == "cpu":
        return None, None
    return device.device_kind, device.memory_stats()["peak_bytes_in_use"]


_GPUS = {"tensorflow": _tensorflow, "torch": _torch, "jax": _jax}
