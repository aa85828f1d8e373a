"""The end of a generator whose last convolution is its answer."""

import keras


@keras.saving.register_keras_serializable("kerasgan")
class ClippedImages(keras.layers.Layer):
    """Images as they are in training, and within [-1, 1] outside it.

    Generators without a tanh at their end learn to stay in the range of the images;
    what is shown or exported of them must. In training a clip would have no gradient
    where it is needed.

    Args:
        **kwargs: as in `keras.layers.Layer`.
    """

    def call(self, inputs, training=False):
        return inputs if training else keras.activations.hard_tanh(inputs)

    def compute_output_shape(self, input_shape):
        return input_shape

    def stock_layer(self):
        """The Keras layer that does the same outside training."""
        return keras.layers.Activation("hard_tanh", dtype="float32", name=self.name)
