"""Scores of generators against a half of the test images."""

import pathlib

from choosing import FIRST_HALF, SECOND_HALF

from kerasgan import metrics
from kerasgan.cli.images import is_folder, load_images
from kerasgan.metrics.naming import OWN_EXTRACTORS

# For pictures in a folder: it sees those of any size at 32x32. Generated ones are many,
# as the real ones are few.
FOLDER_EXTRACTOR, FOLDER_IMAGES = "cifar10-classifier", 2000


class Judge:
    """Scores generators against one half of a set's test images.

    Args:
        data: name of the set, or a folder of pictures that is called `train`: the
            test images are then those of the folder `test` beside it.
        image_shape: (height, width, channels) of the generators.
        report: whether for the page (second half) or to choose (first half).
        num_images: how many real and generated images at most. Defaults to the half,
            with a folder to at least 2,000 generated ones.
        extractor: as `kerasgan.metrics.get_extractor` takes it. Defaults to that of
            the set.

    Raises:
        ValueError: if the set has no extractor of its own and none is given, or the
            folder no test images beside it.
    """

    def __init__(
        self, data, image_shape, *, report=False, num_images=None, extractor=None
    ):
        extractor = extractor or own_extractor(data)
        half = SECOND_HALF if report else FIRST_HALF
        images = test_images(data, image_shape)[half]
        self.seed = 2 if report else 1
        name, least = data, 0
        if is_folder(data):
            name, least = pathlib.Path(data).parent.name, FOLDER_IMAGES
        self.evaluator = metrics.Evaluator(
            images,
            extractor=extractor,
            num_images=num_images or max(len(images), least),
            data=name,
            split=f"test, {'second' if report else 'first'} half",
        )

    def score(self, gan, **origin):
        """A `Score` for each figure; with classes, from images of all in turn.

        Args:
            gan: a GAN.
            **origin: `preset` and `step`, for the scores.
        """
        found = self.evaluator.score(gan, seed=self.seed, **origin)
        extractor = self.evaluator.extractor
        if gan.num_classes is not None and extractor.has_classes:
            classes = metrics.Evaluator(
                None,
                metrics=["labels"],
                extractor=extractor,
                num_images=self.evaluator.num_images,
            )
            found |= classes.score(gan, seed=self.seed, **origin)
        return list(found.values())


def own_extractor(data):
    """The name of a set's own extractor, or of the one for pictures in a folder."""
    if is_folder(data):
        return FOLDER_EXTRACTOR
    if data not in OWN_EXTRACTORS:
        raise ValueError(
            "Scores need an extractor for the images. Received: "
            f"data={data!r}, for which there is none; there is one for "
            f"{', '.join(OWN_EXTRACTORS)}. Pass one with --extractor."
        )
    return OWN_EXTRACTORS[data]


def test_images(data, image_shape):
    """All test images of a set, or of the folder `test` beside a folder `train`."""
    if not is_folder(data):
        return load_images(data, image_shape, split="test")
    folder = pathlib.Path(data)
    beside = folder.with_name("test")
    if folder.name != "train" or not beside.is_dir():
        raise ValueError(
            "Scores of a folder of pictures need a folder called train, and beside it "
            f"one called test; weights/split_folder.py makes them. Received: {data!r}."
        )
    return load_images(str(beside), image_shape)
