"""What a comparison asks of a hand-written loop beyond `train` and `generate`."""


class HandWrittenLoop:
    """Images as they come: what a framework sees otherwise, its own loop overrides."""

    def prepare(self, images):
        """uint8 images (n, height, width, channels) as `train` takes them."""
        return images

    def orient(self, images):
        """Images as networks that hold our weights, by `load`, see them."""
        return images
