"""From images, or a GAN that makes them, to scores."""

from collections.abc import Callable, Sequence

import keras
import numpy as np
from keras import ops
from numpy.typing import ArrayLike, NDArray

from kerasgan.checks import check_positive_int
from kerasgan.gan import GAN
from kerasgan.metrics.cache import cached_features, images_sha256
from kerasgan.metrics.extractors import Extractor, Features
from kerasgan.metrics.figures import get_metrics
from kerasgan.metrics.naming import get_extractor
from kerasgan.metrics.scores import Score
from kerasgan.presets.listing import built_in_preset
from kerasgan.training.labels import labels_to_generate
from kerasgan.version import __version__

Progress = Callable[[str, int, int], None]
DEFAULT_METRICS = ("fd", "kd", "prdc")


class Evaluator:
    """Scores generators against one set of real images.

    The real images' features are extracted once, and kept on disk by their content.

    Args:
        real_images: (n, height, width, channels), uint8 or float in [-1, 1]; `None`
            for metrics that look at none. Those that count are spread evenly.
        metrics: names, from `list_metrics()`. Defaults to `("fd", "kd", "prdc")`.
        extractor: as for `get_extractor`, such as `"mnist-classifier"`.
        num_images: how many real and fake images count at most, at least 2. Defaults
            to 10,000.
        data: what scores call the real set. Defaults to `None`.
        split: of the real set, such as `"test"`. Defaults to `None`.
        batch_size: images at a time. Defaults to 100.
        cache: whether real features are kept, in `KERASGAN_CACHE_DIR` or the
            platform's cache folder. Defaults to `True`.

    Raises:
        TypeError: if `metrics` is one string.
        ValueError: if a name is unknown, a metric needs real images or classes that
            there are not, or an argument is out of range.

    Example:

    >>> evaluator = kerasgan.metrics.Evaluator(
    ...     test_images, extractor="mnist-classifier", data="mnist", split="test"
    ... )
    >>> print(evaluator.score(gan)["fd"])
    """

    def __init__(
        self,
        real_images: ArrayLike | None,
        *,
        metrics: Sequence[str] = DEFAULT_METRICS,
        extractor: str | keras.Model | Extractor,
        num_images: int = 10_000,
        data: str | None = None,
        split: str | None = None,
        batch_size: int = 100,
        cache: bool = True,
    ):
        self.num_images = check_positive_int("num_images", num_images, minimum=2)
        self.batch_size = check_positive_int("batch_size", batch_size)
        self._metrics = get_metrics(metrics)
        self.extractor = get_extractor(extractor)
        self.data, self.split = data, split
        self._cache = cache
        self._real_features: Features | None = None
        self._real_sha256: str | None = None
        self._real_images = self._check(real_images)

    def _check(self, real_images):
        for metric in self._metrics:
            if metric.needs_classes and not self.extractor.has_classes:
                raise ValueError(
                    f"The metric {metric.name!r} needs an extractor with classes. "
                    f"Received: {self.extractor.name!r}, which gives features alone. "
                    "Make it with `feature_layer=`."
                )
            if metric.needs_real and real_images is None:
                raise ValueError(
                    f"The metric {metric.name!r} needs real images. Received: "
                    "real_images=None."
                )
        if not any(metric.needs_real for metric in self._metrics):
            return None
        return take_evenly(np.asarray(real_images), self.num_images)

    def score(
        self,
        fake: GAN | ArrayLike,
        *,
        labels: ArrayLike | None = None,
        seed: int = 0,
        preset: str | None = None,
        step: int | None = None,
        on_progress: Progress | None = None,
    ) -> dict[str, Score]:
        """Scores images, or those that a GAN generates.

        Args:
            fake: a GAN, or images as `real_images`.
            labels: for a GAN with classes: as for its `generate`. With images: what
                class each should be, for metrics that compare. Defaults to `None`.
            seed: of the GAN's images, of kernel subsets and of splits. Defaults to 0.
            preset: what scores call the generator. Defaults to the built-in preset
                that the GAN came from.
            step: steps it was trained. Defaults to the GAN's own count, `None` where
                that is 0: a preset's weights come without one.
            on_progress: function of a stage (`"real"`, `"generate"`, `"fake"` or
                `"metrics"`), how much of it is done, and all of it.

        Returns:
            A dict of figure to `Score`: `"fd"`, `"kd"`, `"precision"` and so on.

        Raises:
            ValueError: if images are not as the extractor takes them, features are
                not finite, or a metric needs labels and there are none.
        """
        on_progress = on_progress or _silent
        if isinstance(fake, GAN):
            labels = labels_to_generate(labels, fake.num_classes, self.num_images)
        self._check_labels(labels)
        real = self._extract_real(on_progress)
        if isinstance(fake, GAN):
            preset = built_in_preset(fake.preset)[0] if preset is None else preset
            if step is None:
                step = int(ops.convert_to_numpy(fake.step_counter)) or None
            fake = self._generate(fake, labels, seed, on_progress)
        fake = take_evenly(np.asarray(fake), self.num_images)
        features = self._extract(fake, "fake", on_progress)
        if labels is not None:
            labels = take_evenly(np.asarray(labels), self.num_images)
        features = features._replace(labels=labels)
        found = self._figures(real, features, seed, on_progress)
        origin = {"seed": seed, "preset": preset, "step": step, "versions": versions()}
        return {
            figure.name: self._score(figure, fake, needs_real, origin)
            for figure, needs_real in found
        }

    def _check_labels(self, labels):
        for metric in self._metrics:
            if metric.needs_labels and labels is None:
                raise ValueError(
                    f"The metric {metric.name!r} compares with the classes that were "
                    "asked for. Received: no labels. Score a GAN that has classes, or "
                    "pass labels= with the images."
                )

    def _generate(self, gan, labels, seed, on_progress):
        on_progress("generate", 0, self.num_images)
        images = gan.generate(
            self.num_images, labels, seed=seed, batch_size=self.batch_size
        )
        on_progress("generate", self.num_images, self.num_images)
        return images

    def _figures(self, real, fake, seed, on_progress):
        found = []
        for i, metric in enumerate(self._metrics):
            on_progress("metrics", i, len(self._metrics))
            for figure in metric.figures(real, fake, seed):
                found.append((figure, metric.needs_real))
        on_progress("metrics", len(self._metrics), len(self._metrics))
        return found

    def _score(self, figure, fake, needs_real, origin):
        real = self._real_facts() if needs_real else {}
        return Score(
            metric=figure.name,
            value=float(figure.value),
            spread=figure.spread,
            higher_is_better=figure.higher_is_better,
            settings=figure.settings,
            num_fake=len(fake),
            extractor=self.extractor.name,
            extractor_sha256=self.extractor.sha256,
            resize=self.extractor.resize(fake),
            **real,
            **origin,
        )

    def _real_facts(self):
        return {
            "num_real": len(self._real_images),
            "data": self.data,
            "split": self.split,
            "real_sha256": self._real_sha256,
        }

    def _extract_real(self, on_progress: Progress) -> Features | None:
        images = self._real_images
        if images is None or self._real_features is not None:
            return self._real_features
        sha256 = self._real_sha256 = images_sha256(images)

        def make():
            return self._extract(images, "real", on_progress)

        self._real_features = (
            cached_features(self.extractor, images, make, sha256=sha256)
            if self._cache
            else make()
        )
        return self._real_features

    def _extract(self, images: NDArray, stage: str, on_progress: Progress) -> Features:
        return self.extractor(
            images,
            batch_size=self.batch_size,
            on_progress=lambda done, total: on_progress(stage, done, total),
        )


def evaluate(
    fake: GAN | ArrayLike,
    real_images: ArrayLike | None,
    *,
    metrics: Sequence[str] = DEFAULT_METRICS,
    extractor: str | keras.Model | Extractor,
    num_images: int = 10_000,
    labels: ArrayLike | None = None,
    seed: int = 0,
    data: str | None = None,
    split: str | None = None,
    on_progress: Progress | None = None,
    **arguments,
) -> dict[str, Score]:
    """Scores a GAN's images, or any images, against real ones.

    Args:
        fake: a GAN, or images (n, height, width, channels), uint8 or float in [-1, 1].
        real_images, metrics, extractor, num_images, data, split: as in `Evaluator`.
        labels, seed, on_progress: as in `Evaluator.score`.
        **arguments: `batch_size` and `cache`, as in `Evaluator`.

    Returns:
        A dict of figure to `Score`.

    Raises:
        TypeError, ValueError: as `Evaluator` and its `score`.

    Example:

    >>> images, _ = kerasgan.datasets.load("mnist", split="test")
    >>> gan = kerasgan.from_preset("mnist-28")
    >>> scores = kerasgan.metrics.evaluate(gan, images, extractor="mnist-classifier")
    >>> print(scores["fd"])
    """
    evaluator = Evaluator(
        real_images,
        metrics=metrics,
        extractor=extractor,
        num_images=num_images,
        data=data,
        split=split,
        **arguments,
    )
    return evaluator.score(fake, labels=labels, seed=seed, on_progress=on_progress)


def _silent(stage: str, done: int, total: int) -> None:
    pass


def take_evenly(images: NDArray, n: int) -> NDArray:
    """At most `n` images, spread evenly: folders and some sets are sorted by class."""
    if len(images) <= n:
        return images
    return images[np.linspace(0, len(images) - 1, n).round().astype(int)]


def versions() -> dict[str, str]:
    """What could make the same call give another figure."""
    return {
        "kerasgan": __version__,
        "keras": keras.__version__,
        "backend": keras.backend.backend(),
        "numpy": np.__version__,
    }
