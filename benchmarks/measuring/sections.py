"""What is measured: each section is a list of tasks for `worker.py`."""

from loops.settings import NARROW, read_settings

BACKENDS = ("tensorflow", "torch", "jax")
PRESETS = ("mnist-28", "mnist-28-book", "cifar10-32", "cifar10-32-rmsprop")
# Of each method whose step is more than DCGAN's, with the steps of a round: a multiple
# of what comes every few steps, and few where one takes seconds.
METHODS = {
    "wgangp/mnist-28": None,
    "sngan/cifar10-32": 2,
    "r3gan/mnist-28-small": None,
    "stylegan2/flowers-64-small": 16,
}
BATCH_SIZES = (16, 64, 128, 256, 512)
GENERATE_BATCH_SIZE = 256


def task(options, backend, preset, kinds, **values):
    """A task: `kinds` are the sides, as of `worker.loop_class`.

    `options` are those of the command line: `dtype`, `rounds`, `seconds`, `steps`,
    `limit`, `narrow`.
    """
    dtypes = values.pop("dtypes", [options.dtype] * len(kinds))
    overrides = dict(values.pop("overrides", {}))
    if options.narrow:
        overrides.update(NARROW[preset])
    return {
        "backend": backend,
        "preset": preset,
        "overrides": overrides,
        "batch_size": read_settings(preset)["batch_size"],
        "sides": [{"kind": k, "dtype": d} for k, d in zip(kinds, dtypes)],
        "work": "train",
        "check": None,
        "hidden": (),
        "rounds": options.rounds,
        "seconds": options.seconds,
        "steps": options.steps,
        "limit": options.limit,
        **values,
    }


def identity(task):
    """A task's name in the results: what a later run of the same task replaces."""
    sides = "+".join(f"{s['kind']}:{s['dtype']}" for s in task["sides"])
    shape = "x".join(map(str, task["overrides"].get("image_shape", [])))
    parts = [task["backend"], task["preset"], f"batch {task['batch_size']}"]
    return " ".join([*parts, *([shape] if shape else []), sides])


def presets(options):
    """`fit` against the hand-written loop, at each preset's own batch size."""
    return [
        task(options, backend, preset, ("fit", "native"), check="check_same_work")
        for preset in options.presets
        for backend in options.backends
    ]


def methods(options):
    """`fit` of other methods against loops of them in PyTorch."""
    return [
        task(
            options,
            "torch",
            preset,
            ("fit", "native"),
            dtypes=("float32", "float32"),
            check="check_same_step",
            rounds=min(3, options.rounds),
            steps=options.steps or steps,
        )
        for preset, steps in METHODS.items()
        if preset in options.methods and "torch" in options.backends
    ]


def alone(options):
    """Each side in a process of its own: memory, and time to the first step.

    What Keras would import for being installed is hidden: the other frameworks, and
    matplotlib.
    """
    return [
        task(
            options,
            backend,
            preset,
            (kind,),
            rounds=1,
            hidden=[*(b for b in BACKENDS if b != backend), "matplotlib"],
        )
        for preset in options.presets
        for backend in options.backends
        for kind in ("fit", "native")
    ]


def batch(options):
    """The cost of an image at each batch size."""
    return [
        task(
            options,
            backend,
            "mnist-28",
            ("fit", "native"),
            batch_size=size,
            rounds=min(3, options.rounds),
        )
        for backend in options.backends
        for size in options.batch_sizes
    ]


def size(options):
    """The cost of an image by its size: 64 pixels, beside `presets`' 28 and 32."""
    return [
        task(
            options,
            backend,
            "cifar10-32",
            ("fit", "native"),
            overrides={"image_shape": [64, 64, 3]},
            check="check_same_work",
            rounds=min(3, options.rounds),
        )
        for backend in options.backends
    ]


def dtype(options):
    """Our own `mixed_bfloat16` against our own float32."""
    return [
        task(
            options,
            backend,
            preset,
            ("fit", "fit"),
            dtypes=("mixed_bfloat16", "float32"),
        )
        for preset in ("mnist-28", "cifar10-32")
        if preset in options.presets
        for backend in options.backends
    ]


def stock(options):
    """On JAX: our layers against Keras's own in the same networks."""
    return [
        task(options, "jax", preset, ("fit", "stock"), rounds=min(3, options.rounds))
        for preset in options.presets
        if "jax" in options.backends
    ]


# What a preset's speed owes to, beyond what Keras has.
LEVERS = {
    "mnist-28": (
        "UpsampleConv2D",
        "Conv2D",
        "BatchNormalization",
        "reuse_fake_images",
        "freed_memory_kept",
        "fused Adam",
    ),
    "cifar10-32": (
        "Conv2DTranspose",
        "BatchNormalization",
        "freed_memory_kept",
        "fused Adam",
    ),
}
# Those that not every backend has.
ONLY = {"fused Adam": ("torch",), "freed_memory_kept": ("torch", "jax")}


def levers(options):
    """`fit` with and without each lever."""
    return [
        task(
            options,
            backend,
            preset,
            ("fit", f"without {lever}"),
            rounds=min(3, options.rounds),
        )
        for preset, names in LEVERS.items()
        if preset in options.presets
        for lever in names
        if options.levers is None or lever in options.levers
        for backend in options.backends
        if backend in ONLY.get(lever, options.backends)
    ]


def generate(options):
    """`generate` against the bare compiled generator."""
    return [
        task(
            options,
            backend,
            preset,
            ("fit", "native"),
            work="generate",
            batch_size=options.generate_batch_size,
            check="check_same_pictures",
        )
        for preset in ("mnist-28", "cifar10-32")
        if preset in options.presets
        for backend in options.backends
    ]


SECTIONS = {
    section.__name__: section
    for section in (
        presets,
        methods,
        alone,
        batch,
        size,
        dtype,
        stock,
        levers,
        generate,
    )
}
