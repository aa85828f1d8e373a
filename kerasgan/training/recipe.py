"""A method's arguments of `compile`, each declared once.

`compile`, saved models, the schema of presets, the documentation and the errors all
read the one declaration.
"""

import dataclasses
import inspect
from collections.abc import Callable
from typing import Any, dataclass_transform

from kerasgan.checks import Argument, boolean, integer
from kerasgan.training.optimizers import check_optimizer, check_optimizer_block


def argument(
    default: Any,
    check: Callable,
    about: str,
    *,
    in_preset: Callable | None = None,
    since: int = 0,
) -> Any:
    """Declares an argument of `compile`.

    Args:
        default: a value that `check` allows. A dict is copied for each use.
        check: a function of (value, place) that gives the value as it is kept, or
            raises `place.error(...)`; see `kerasgan.checks`.
        about: what it means and what it may be, for the documentation.
        in_preset: what a preset may hold, where that is less than `check` allows.
        since: 1 for an argument that presets of the first release do not have.
    """
    metadata = {
        "check": check,
        "in_preset": in_preset or check,
        "about": about,
        "since": since,
    }
    if isinstance(default, dict):
        return dataclasses.field(
            default_factory=lambda: dict(default), metadata=metadata
        )
    return dataclasses.field(default=default, metadata=metadata)


def optimizer(name: str, **arguments: Any) -> Any:
    """Declares an optimizer: its name in the table of presets and its arguments."""
    return argument(
        {"name": name, **arguments},
        check_optimizer,
        "a Keras optimizer, the name of one, or a block of a preset",
        in_preset=check_optimizer_block,
    )


@dataclass_transform(
    kw_only_default=True, frozen_default=True, field_specifiers=(argument, optimizer)
)
class Declared:
    """A base whose subclasses are frozen dataclasses that check themselves."""

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        # The base's own text says nothing of what a method adds.
        own = inspect.cleandoc(cls.__dict__.get("__doc__") or "")
        dataclasses.dataclass(frozen=True, kw_only=True)(cls)
        head = own or f"What `compile` takes: {cls.__qualname__}."
        cls.__doc__ = f"{head}\n\nArgs:\n{cls.described()}"

    def __post_init__(self):
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            kept = field.metadata["check"](value, Argument(field.name))
            object.__setattr__(self, field.name, kept)

    @classmethod
    def described(cls):
        """A line for each argument: its name, what it is, its default."""
        lines = []
        for field in dataclasses.fields(cls):
            default = default_of(field)
            lines.append(
                f"    {field.name}: {field.metadata['about']}. "
                f"Defaults to `{default!r}`."
            )
        return "\n".join(lines)

    @classmethod
    def defaults(cls):
        """What no argument at all means, as a preset's block."""
        return {field.name: default_of(field) for field in dataclasses.fields(cls)}

    @classmethod
    def schema(cls):
        """Checks of a preset's block: (required, optional), each by name."""
        checks = {0: {}, 1: {}}
        for field in dataclasses.fields(cls):
            checks[field.metadata["since"]][field.name] = field.metadata["in_preset"]
        return checks[0], checks[1]


def default_of(field):
    """A field's default."""
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default


class Recipe(Declared):
    """What every method's `compile` takes.

    A method adds its own in a subclass:

    ```python
    class Recipe(GAN.Recipe):
        penalty_weight: float = argument(10.0, number(0, 1e6), "factor of the penalty")
    ```
    """

    generator_optimizer: Any = optimizer("adam", learning_rate=0.001)
    discriminator_optimizer: Any = optimizer("adam", learning_rate=0.001)
    discriminator_steps: int = argument(
        1,
        integer(1, 65536),
        "discriminator updates a generator update, each with new latents",
    )
    fresh_real_images: bool = argument(
        False,
        boolean,
        "whether each discriminator update of a step has real images of its own, so "
        "that `fit` draws `discriminator_steps` batches a step, or all have the same",
        since=1,
    )
    reuse_fake_images: bool = argument(
        False,
        boolean,
        "whether the generator is updated on the fake images of the last discriminator "
        "update rather than on new ones: a pass of the generator is saved, each "
        "gradient stays an unbiased estimate, but the two of a step are no longer "
        "independent",
    )
    ema_warmup: bool = argument(
        True,
        boolean,
        "whether `ema_decay` is at most (1 + step) / (10 + step), so that the moving "
        "average is not grey for the first steps",
        since=1,
    )
