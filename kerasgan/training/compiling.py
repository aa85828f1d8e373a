"""`compile`: from its arguments to a recipe and the pair of optimizers that trains."""

import difflib
from typing import Any

import keras

from kerasgan import _backends, _kernels
from kerasgan.checks import check_positive_int
from kerasgan.layers.convolution import convolved_kernels
from kerasgan.networks.checks import all_layers
from kerasgan.training.optimizer_pair import PairedOptimizer, with_loss_scaling
from kerasgan.training.optimizers import innermost_optimizer, make_optimizer

_CONVOLUTIONS = (
    keras.layers.Conv1D,
    keras.layers.Conv2D,
    keras.layers.Conv3D,
    keras.layers.Conv1DTranspose,
    keras.layers.Conv2DTranspose,
    keras.layers.Conv3DTranspose,
    keras.layers.DepthwiseConv2D,
    keras.layers.SeparableConv2D,
)
# As the DCGAN example of Keras and others call them.
_OTHER_NAMES = {
    "d_optimizer": "discriminator_optimizer",
    "g_optimizer": "generator_optimizer",
    "disc_optimizer": "discriminator_optimizer",
    "gen_optimizer": "generator_optimizer",
    "loss_fn": "loss",
    "discriminator_extra_steps": "discriminator_steps",
    "d_steps": "discriminator_steps",
    "gp_weight": "gradient_penalty_weight",
}


def compile(
    gan,
    generator_optimizer: Any = None,
    discriminator_optimizer: Any = None,
    *,
    run_eagerly: bool = False,
    steps_per_execution: int = 1,
    jit_compile: bool | str = "auto",
    **arguments: Any,
):
    """Sets how to train. `fit` calls it with the preset's arguments if you do not.

    Args:
        generator_optimizer: a Keras optimizer, its name, or a preset's block.
            Defaults to the method's.
        discriminator_optimizer: as `generator_optimizer`; not the same object.
        run_eagerly: as in `keras.Model.compile`.
        steps_per_execution: as in `keras.Model.compile`; 1 on torch.
        jit_compile: as in `keras.Model.compile`. `"auto"` compiles on JAX alone;
            on TensorFlow, XLA draws other random numbers, and on torch the first
            steps take minutes.
        **arguments: what else the method's `Recipe` declares: `help(cls.Recipe)`.

    Raises:
        TypeError: for an argument that the method does not have.
        ValueError: for a value out of its range, an optimizer given twice or
            already used by another model, or what this backend cannot do.
    """
    optimizers = {
        "generator_optimizer": generator_optimizer,
        "discriminator_optimizer": discriminator_optimizer,
    }
    arguments |= {k: v for k, v in optimizers.items() if v is not None}
    check_execution(steps_per_execution, jit_compile)
    recipe = make_recipe(gan, arguments)
    pair = pair_optimizers(gan, recipe)
    keras.Model.compile(
        gan,
        optimizer=pair,
        run_eagerly=run_eagerly,
        steps_per_execution=steps_per_execution,
        jit_compile=_backends.resolve_jit(jit_compile),
        auto_scale_loss=False,
    )
    gan.recipe = recipe
    gan.execution = {
        "run_eagerly": run_eagerly,
        "steps_per_execution": steps_per_execution,
        "jit_compile": jit_compile,
    }


def make_recipe(gan, arguments):
    """The method's recipe from the arguments of `compile`.

    Raises:
        TypeError: for an argument that the method does not have.
    """
    allowed = gan.Recipe.defaults()
    unknown = sorted(set(arguments) - set(allowed))
    if unknown:
        allowed = [*allowed, "run_eagerly", "steps_per_execution", "jit_compile"]
        mends = " ".join(_mend(name, arguments[name], allowed) for name in unknown)
        raise TypeError(
            f"`compile` of {type(gan).__name__} takes {', '.join(allowed)}. Received: "
            f"{', '.join(unknown)}. {mends}"
        )
    return gan.Recipe(**arguments)


def _mend(name, value, allowed):
    """What to do about an argument that is not allowed, in a sentence."""
    shown_value = repr(value) if isinstance(value, str) else "..."
    if name in ("optimizer", "optimizers"):
        return (
            f"Instead of {name}={shown_value}, give each network its own: "
            "generator_optimizer=... and discriminator_optimizer=...."
        )
    if name == "label_smoothing" and "real_label" in allowed:
        return "Instead of label_smoothing=0.1 give real_label=0.9."
    if name in _OTHER_NAMES and (ours := _OTHER_NAMES[name]) in allowed:
        return f"Rename {name} to {ours}."
    if name in ("loss", "loss_fn", "g_loss_fn", "d_loss_fn"):
        return f"Remove {name}: the loss is the method's own."
    if name in ("metrics", "weighted_metrics"):
        return (
            f"Remove {name}: losses and accuracies are there by themselves, scores by "
            "kerasgan.callbacks.QualityMetrics."
        )
    near = difflib.get_close_matches(name, allowed, n=1)
    return f"Did you mean {near[0]}?" if near else f"Remove {name}."


def check_trainable(gan):
    """Raises if a network would stay as it is, and nothing say so.

    Code for Keras 2 froze the discriminator with `trainable = False`, compiled, and
    trained both by turns; here each half of a step updates its own network alone.
    """
    for role, variables in gan.optimizer.groups.items():
        network, known = getattr(gan, role), {id(v) for v in variables}
        if not network.trainable_variables:
            raise ValueError(
                f"`{role}` has nothing to train. Received: {role}.trainable="
                f"{network.trainable}. Nothing needs to be frozen here: each half of a "
                f"step updates its own network alone. Set gan.{role}.trainable = True "
                "and compile again."
            )
        if any(id(v) not in known for v in network.trainable_variables):
            raise ValueError(
                f"`{role}` has layers that were frozen when `compile` was called, and "
                "now are not. Received: trainable variables without an optimizer's "
                "state. Call `compile` again."
            )


def pair_optimizers(gan, recipe):
    """A recipe's optimizers, built, in the pair that Keras's trainer holds."""
    optimizers = {
        "generator": make_optimizer(recipe.generator_optimizer),
        "discriminator": make_optimizer(recipe.discriminator_optimizer),
    }
    if len({id(innermost_optimizer(o)) for o in optimizers.values()}) == 1:
        raise ValueError(
            "The generator and the discriminator need an optimizer each: one object "
            "would mix their slots. Received: the same object twice. Make two."
        )
    for role, optimizer in optimizers.items():
        _check_unused(gan, role, optimizer)
    pair = list(optimizers.values())
    if uses_float16(gan.generator, gan.discriminator):
        check_float16(gan.generator, gan.discriminator)
        pair = [with_loss_scaling(o) for o in pair]
    pair = PairedOptimizer(*pair)
    pair.build(gan.generator.trainable_variables, gan.discriminator.trainable_variables)
    kernels = convolved_kernels(all_layers(gan.generator, gan.discriminator))
    _kernels.lay_out(kernels, pair.variables)
    return pair


def _check_unused(gan, role, optimizer):
    """An optimizer keeps slots for the variables it was built with, for good."""
    optimizer = innermost_optimizer(optimizer)
    if not optimizer.built:
        return
    mine = getattr(gan.optimizer, f"{role}_optimizer") if gan.compiled else None
    if innermost_optimizer(mine) is not optimizer:
        raise ValueError(
            f"`{role}_optimizer` must be new, or the one this network was compiled "
            f"with before. Received: {optimizer!r}, which already holds the state of "
            "another network. Make a new one, for example with "
            "type(optimizer).from_config(optimizer.get_config())."
        )


def check_execution(steps_per_execution, jit_compile):
    """Raises for a way to run that this backend has not."""
    check_positive_int("steps_per_execution", steps_per_execution)
    if steps_per_execution > _backends.LARGEST_EXECUTION:
        raise ValueError(
            "`steps_per_execution` must be 1 on the torch backend, which runs each "
            f"step by itself. Received: steps_per_execution={steps_per_execution}."
        )
    if jit_compile not in (True, False, "auto"):
        raise ValueError(
            "`jit_compile` must be True, False or 'auto'. "
            f"Received: jit_compile={jit_compile!r}."
        )


def uses_float16(*networks):
    """Whether any layer computes in float16, whose gradients need loss scaling."""
    return any(layer.compute_dtype == "float16" for layer in all_layers(*networks))


def check_float16(*networks):
    """Raises where PyTorch would, but inside the first step."""
    if _backends.float16_convolves():
        return
    for layer in all_layers(*networks):
        if layer.compute_dtype == "float16" and isinstance(layer, _CONVOLUTIONS):
            raise ValueError(
                "PyTorch on a CPU has no gradients of float16 convolutions. Received: "
                f"layer {layer.name!r} with dtype policy {layer.dtype_policy.name!r}. "
                "Use 'mixed_bfloat16', or a GPU."
            )
