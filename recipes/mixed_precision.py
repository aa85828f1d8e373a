"""Mixed precision: bfloat16 for the sums, float32 for what must be exact.

Under `mixed_bfloat16` layers compute in half the bits, while weights, optimizers,
losses and penalties stay float32. On GPUs, and on CPUs that have bfloat16 instructions,
that is faster; elsewhere it is slower, so measure, as this does.

    python mixed_precision.py

How long: a few minutes on two cores: `--steps` of each, the first ones not counted.

What to expect: on two cores with AVX-512 bfloat16, 1.35 times the speed on TensorFlow,
1.40 on PyTorch, and 0.78, a loss, on JAX (docs/performance.md, `mnist-28`, AMD EPYC,
2026-11-22). What it costs in quality: docs/bfloat16.md. `mixed_float16` is for older
GPUs: each network's loss is then scaled by itself; PyTorch on a CPU has no gradients of
float16 convolutions, which is an error before the first step.
"""

import argparse
import time

import keras

import kerasgan

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--preset", default="mnist-28")
parser.add_argument("--steps", type=int, default=60)
parser.add_argument("--smoke", action="store_true", help="seconds, with tiny networks")
options = parser.parse_args()
steps, batch_size, small = options.steps, 64, {}
if options.smoke:
    steps, batch_size = 2, 8
    small = {"generator_filters": (8, 8, 4), "discriminator_filters": (4, 8, 8, 8)}

# %% The same training in each
for dtype in ("float32", "mixed_bfloat16"):
    keras.utils.set_random_seed(0)
    # For your own networks: keras.config.set_dtype_policy(dtype) before you build them,
    # and dtype="float32" for the last layer of each.
    gan = kerasgan.from_preset(
        options.preset, load_weights=False, seed=0, dtype=dtype, **small
    )
    gan.compile_from_preset()
    if gan.image_shape[-1] == 1:
        images, _ = kerasgan.datasets.glyphs(batch_size * steps)
    else:
        images, _ = kerasgan.datasets.shapes(batch_size * steps)
    # Compiling, and finding memory, belongs to the first steps alone.
    gan.fit(images, batch_size=batch_size, steps_per_epoch=2, epochs=1, verbose=0)
    began = time.perf_counter()
    history = gan.fit(images, batch_size=batch_size, epochs=1, verbose=0).history
    rate = batch_size * steps / (time.perf_counter() - began)
    losses = ", ".join(f"{k} {history[k][-1]:.3f}" for k in ("d_loss", "g_loss"))
    kept = {str(weight.dtype) for weight in gan.generator.weights}
    print(f"{dtype:15} {rate:7.0f} images/s, {losses}, weights in {', '.join(kept)}")
