"""Dropout whose config keeps what it was made with."""

import keras


@keras.saving.register_keras_serializable("kerasgan")
class SpatialDropout2D(keras.layers.SpatialDropout2D):
    """Keras's, but one that is loaded again computes in the dtype it computed in.

    Keras's own writes a dtype into its config in place of the dtype policy: under
    `mixed_bfloat16`, what is loaded computes in float32, and a training that goes on
    is another one.

    Args:
        rate: share of the maps that are dropped, in [0, 1].
        **kwargs: as in `keras.layers.SpatialDropout2D`.
    """

    def get_config(self):
        return {**super().get_config(), "dtype": self.dtype_policy.name}
