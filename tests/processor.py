"""What the processor that the tests run on can do."""

import keras
import pytest

from kerasgan.training.machine import describe_machine

_MACHINE = describe_machine()
_HAS_BFLOAT16 = "avx512_bf16" in _MACHINE or "amx_bf16" in _MACHINE

# Where a processor has no instructions for bfloat16, TensorFlow computes in it by
# kernels that sum in bfloat16, too, and cannot dilate a transposed convolution.
needs_bfloat16 = pytest.mark.skipif(
    keras.backend.backend() == "tensorflow" and not _HAS_BFLOAT16,
    reason="TensorFlow in bfloat16 on a processor without it",
)
