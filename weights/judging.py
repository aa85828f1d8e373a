"""Scores of generators against a half of the test images."""

from choosing import FIRST_HALF, SECOND_HALF

import kerasgan
from kerasgan import metrics
from kerasgan.metrics.naming import OWN_EXTRACTORS


class Judge:
    """Scores generators against one half of a set's test images.

    Args:
        data: name of the set.
        report: whether for the page (second half) or to choose (first half).
        num_images: how many real and generated images at most. Defaults to the half.
        extractor: as `kerasgan.metrics.get_extractor` takes it. Defaults to that of
            the set.

    Raises:
        ValueError: if the set has no extractor of its own and none is given.
    """

    def __init__(self, data, *, report=False, num_images=None, extractor=None):
        extractor = extractor or own_extractor(data)
        half = SECOND_HALF if report else FIRST_HALF
        images = kerasgan.datasets.load(data, split="test")[0][half]
        self.seed = 2 if report else 1
        self.evaluator = metrics.Evaluator(
            images,
            extractor=extractor,
            num_images=num_images or len(images),
            data=data,
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
    """The name of a set's own extractor."""
    if data not in OWN_EXTRACTORS:
        raise ValueError(
            "Scores need an extractor for the images. Received: "
            f"data={data!r}, for which there is none; there is one for "
            f"{', '.join(OWN_EXTRACTORS)}. Pass one with --extractor."
        )
    return OWN_EXTRACTORS[data]
