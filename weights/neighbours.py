"""The check of memorisation: generated images beside the nearest training images."""

from kerasgan import metrics
from kerasgan.cli.images import load_images
from kerasgan.metrics.cache import cached_features, images_sha256

PICTURE = "neighbours.png"
# Generated images, and training images beside each.
SHOWN, NEAREST = 8, 7


def save(gan, data, path, *, extractor):
    """A row for each of eight images from seed 0, that nobody chose.

    Args:
        gan: what generates; with classes, the first ones in turn.
        data: name of the set, or folder, that it was trained on.
        path: of the picture.
        extractor: as `kerasgan.metrics.get_extractor` takes it.
    """
    extractor = metrics.get_extractor(extractor)
    images = load_images(data, gan.image_shape)
    fakes = gan.generate(SHOWN, seed=0)
    real = cached_features(
        extractor, images, lambda: extractor(images), sha256=images_sha256(images)
    )
    found = metrics.nearest_neighbours(
        extractor(fakes).features, real.features, k=NEAREST
    )
    metrics.save_nearest_neighbours(fakes, images, found.indices, path, zoom=2)
