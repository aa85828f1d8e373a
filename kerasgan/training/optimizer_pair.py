"""One Keras optimizer that holds two, so that Keras's trainer, callbacks and
checkpoints carry both."""

import keras

from kerasgan.training.optimizer_config import deserialize, serialize
from kerasgan.training.optimizers import innermost_optimizer


@keras.saving.register_keras_serializable("kerasgan")
class PairedOptimizer(keras.optimizers.Optimizer):
    """A generator's and a discriminator's optimizer behind one name.

    Keras knows one `model.optimizer`: its JAX trainer carries that one's
    variables, its checkpoints store that one's slots and its callbacks change
    that one's learning rate. The pair's `variables` are both optimizers'
    variables and `optimizers` lists both, which is what Keras's
    `LearningRateScheduler` and `ReduceLROnPlateau` look for. The two are renamed
    `generator` and `discriminator`, so that their logs can be told apart.

    Args:
        generator_optimizer: a `keras.optimizers.Optimizer`.
        discriminator_optimizer: another one, not the same object.
        name: string.
    """

    def __init__(self, generator_optimizer, discriminator_optimizer, name="paired"):
        super().__init__(learning_rate=0.0, name=name)
        generator_optimizer.name = "generator"
        discriminator_optimizer.name = "discriminator"
        self.generator_optimizer = generator_optimizer
        self.discriminator_optimizer = discriminator_optimizer

    @property
    def optimizers(self):
        return [self.generator_optimizer, self.discriminator_optimizer]

    def build(self, generator_variables, discriminator_variables):
        """Creates the slots of both."""
        self._groups = (list(generator_variables), list(discriminator_variables))
        for optimizer, variables in zip(self.optimizers, self._groups):
            if not optimizer.built:
                optimizer.build(variables)
        self.built = True

    @property
    def groups(self):
        """The variables that each was built for, by the network's name."""
        return dict(zip(("generator", "discriminator"), self._groups))

    @property
    def variables(self):
        return [v for optimizer in self.optimizers for v in optimizer.variables]

    @property
    def iterations(self):
        return self.generator_optimizer.iterations

    @property
    def learning_rate(self):
        """The generator's; setting it sets both."""
        return self.generator_optimizer.learning_rate

    @learning_rate.setter
    def learning_rate(self, learning_rate):
        for optimizer in self.optimizers:
            optimizer.learning_rate = learning_rate

    def finalize_variable_values(self, var_list):
        for optimizer, variables in zip(self.optimizers, self._groups):
            optimizer.finalize_variable_values(variables)
            if innermost_optimizer(optimizer).use_ema:
                # The weights and their average share a buffer now, which JAX would
                # donate twice in the next `fit`.
                for variable in variables:
                    variable.assign(keras.ops.copy(variable.value))

    # Keras's saving visits the two optimizers by themselves.
    def save_own_variables(self, store):
        pass

    def load_own_variables(self, store):
        pass

    def get_config(self):
        return {
            "name": self.name,
            "generator_optimizer": serialize(self.generator_optimizer),
            "discriminator_optimizer": serialize(self.discriminator_optimizer),
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        config = dict(config)
        for key in ("generator_optimizer", "discriminator_optimizer"):
            config[key] = deserialize(config[key], custom_objects)
        return cls(**config)


def with_loss_scaling(optimizer):
    """Wraps `optimizer` for float16 training unless it is wrapped already.

    Keras would wrap the pair as a whole; each network's loss needs a scale of
    its own.
    """
    if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        return optimizer
    return keras.optimizers.LossScaleOptimizer(optimizer)
