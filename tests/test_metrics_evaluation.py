import pathlib
import warnings

import keras
import numpy as np
import pytest
from keras import layers
from small import small_gan

import kerasgan
from kerasgan import metrics
from kerasgan.files import cache_folder
from kerasgan.metrics import Evaluator, Extractor, Figure, evaluate
from kerasgan.metrics.cache import images_sha256

FIGURES = ["fd", "kd", "precision", "recall", "density", "coverage"]


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("KERASGAN_CACHE_DIR", str(tmp_path / "cache"))


def images(n=60, *, seed=0, high=256):
    shape = (n, 8, 8, 1)
    return np.random.default_rng(seed).integers(0, high, shape).astype("uint8")


def extractor():
    """Features: means of the rows. Classes: by the first two of them."""
    inputs = keras.Input((8, 8, 1))
    rows = layers.Reshape((8,), name="rows")(layers.AveragePooling2D((1, 8))(inputs))
    logits = layers.Dense(2, kernel_initializer="identity")(rows)
    return Extractor(keras.Model(inputs, logits), name="rows", feature_layer="rows")


def row_means(pixels):
    return (pixels / 127.5 - 1.0).mean(axis=(2, 3))


def test_scores_are_the_functions_values_of_the_features():
    real, fake = images(), images(50, seed=1, high=200)
    found = evaluate(fake, real, extractor=extractor(), seed=3, num_images=60)
    assert list(found) == FIGURES
    worse = {name for name, score in found.items() if not score.higher_is_better}
    assert worse == {"fd", "kd"}
    pair = (row_means(real), row_means(fake))
    assert found["fd"].value == pytest.approx(metrics.frechet_distance(*pair), rel=1e-3)
    kernel = metrics.kernel_distance(*pair, subset_size=25, seed=3)
    assert found["kd"].value == pytest.approx(kernel.value, rel=1e-3)
    assert found["kd"].spread == pytest.approx(kernel.spread, rel=1e-3)
    assert found["kd"].settings == {"subsets": 100, "subset_size": 25}
    shares = [*metrics.precision_recall(*pair), *metrics.density_coverage(*pair)]
    assert [found[name].value for name in FIGURES[2:]] == pytest.approx(shares)
    assert found["recall"].settings == {"k": 3}
    assert found["coverage"].settings == {"k": 5}


def test_class_metrics_look_at_no_real_image():
    fake = np.zeros((4000, 8, 8, 1), "uint8")
    fake[::2, 0] = 255
    fake[1::2, 1] = 255
    found = evaluate(fake, None, metrics=["is", "classes"], extractor=extractor())
    worse = {name for name, score in found.items() if not score.higher_is_better}
    assert worse == {"class_kl"}
    assert found["classes"].value == 2
    assert found["class_kl"].value == 0.0
    # Logits 1 and -1: each image is of its class at sigmoid(2).
    p = 1 / (1 + np.exp(-2.0))
    entropy = -(p * np.log(p) + (1 - p) * np.log(1 - p))
    assert found["is"].value == pytest.approx(2 * np.exp(-entropy), abs=0.05)
    assert found["is"].num_real == 0
    assert found["is"].real_sha256 is None


def labelled_gan():
    """One whose images have a bright first row for class 0, else a bright second."""
    pictures = np.full((2, 8, 8), -1.0)
    pictures[[0, 1], [0, 1]] = 1.0
    latents = keras.Input((3,), name="latents")
    labels = keras.Input((), dtype="int32", name="labels")
    picked = layers.Embedding(2, 64, name="pictures")(labels)
    x = layers.Add()([picked, layers.Dense(64, kernel_initializer="zeros")(latents)])
    generator = keras.Model([latents, labels], layers.Reshape((8, 8, 1))(x))
    generator.get_layer("pictures").set_weights([pictures.reshape(2, 64)])
    shown = keras.Input((8, 8, 1), name="images")
    told = keras.Input((), dtype="int32", name="labels")
    score = layers.Dense(1)(layers.Flatten()(shown))
    discriminator = keras.Model([shown, told], score)
    return kerasgan.ConditionalGAN(generator, discriminator, num_classes=2)


def test_class_accuracy_is_of_the_labels_that_a_gan_was_given():
    given = {"metrics": ["labels"], "extractor": extractor(), "num_images": 40}
    found = evaluate(labelled_gan(), None, **given)
    assert {name: score.value for name, score in found.items()} == {
        "class_accuracy": 1.0,
        "class_accuracy_0": 1.0,
        "class_accuracy_1": 1.0,
    }
    made = labelled_gan().generate(40, labels=1)
    found = evaluate(made, None, labels=[1] * 30 + [0] * 10, **given)
    assert found["class_accuracy"].value == 0.75
    assert all(score.higher_is_better for score in found.values())
    assert found["class_accuracy_0"].value == 0.0
    with pytest.raises(ValueError, match="no labels"):
        evaluate(made, None, **given)


def test_scores_know_how_they_came_about():
    real = images()
    made = extractor()
    found = evaluate(
        images(50), real, extractor=made, num_images=60, data="mnist", split="test"
    )["fd"]
    assert (found.num_real, found.num_fake) == (60, 50)
    assert (found.data, found.split, found.seed) == ("mnist", "test", 0)
    assert found.real_sha256 == images_sha256(real)
    assert (found.extractor, found.extractor_sha256) == ("rows", made.sha256)
    assert found.resize == "none"
    assert found.versions["backend"] == keras.backend.backend()
    assert set(found.versions) == {"kerasgan", "keras", "backend", "numpy"}


def test_a_gans_images_are_those_that_it_generates():
    gan = small_gan()
    real = np.random.default_rng(0).integers(0, 256, (40, *gan.image_shape))
    real = real.astype("uint8")
    inputs = keras.Input(gan.image_shape)
    model = keras.Model(inputs, layers.AveragePooling2D(4)(inputs))
    evaluator = Evaluator(real, metrics=["fd"], extractor=model, num_images=40)
    found = evaluator.score(gan, seed=5)["fd"]
    wanted = evaluator.score(gan.generate(40, seed=5), seed=5)["fd"]
    assert found.value == wanted.value
    assert found.step is wanted.step is None
    gan.step_counter.assign(7)
    assert evaluator.score(gan)["fd"].step == 7
    assert evaluator.score(gan, seed=6, step=9, preset="p")["fd"].step == 9
    assert evaluator.score(gan, seed=6)["fd"].value != found.value


@pytest.mark.once
def test_a_built_in_presets_scores_name_it():
    gan = kerasgan.from_preset("mnist-28", load_weights=False)
    real = np.random.default_rng(0).integers(0, 256, (8, 28, 28, 1)).astype("uint8")
    inputs = keras.Input((28, 28, 1))
    model = keras.Model(inputs, layers.GlobalAveragePooling2D()(inputs))
    found = evaluate(gan, real, metrics=["fd"], extractor=model, num_images=8)
    assert found["fd"].preset == "dcgan/mnist-28"


def test_images_that_count_are_spread_evenly():
    real = images(100)
    found = evaluate(
        images(10), real, metrics=["fd"], extractor=extractor(), num_images=12
    )["fd"]
    assert (found.num_real, found.num_fake) == (12, 10)
    positions = [0, 9, 18, 27, 36, 45, 54, 63, 72, 81, 90, 99]
    assert found.real_sha256 == images_sha256(real[positions])


def test_progress_names_its_stages():
    stages = []
    evaluate(
        images(30),
        images(30),
        metrics=["fd"],
        extractor=extractor(),
        batch_size=20,
        on_progress=lambda *call: stages.append(call),
    )
    assert stages == [
        ("real", 20, 30),
        ("real", 30, 30),
        ("fake", 20, 30),
        ("fake", 30, 30),
        ("metrics", 0, 1),
        ("metrics", 1, 1),
    ]


def real_stages(**arguments):
    """How often the real images went through the network."""
    stages = []
    evaluator = Evaluator(images(), metrics=["fd"], extractor=extractor(), **arguments)
    found = evaluator.score(
        images(seed=1), on_progress=lambda stage, *_: stages.append(stage)
    )
    return stages.count("real"), found["fd"].value


def test_real_features_are_kept_by_content():
    first, value = real_stages()
    assert first == 1
    again, same = real_stages()
    assert (again, same) == (0, value)
    assert real_stages(cache=False) == (1, value)
    assert real_stages(num_images=50)[0] == 1


def test_one_evaluator_extracts_real_features_once():
    stages = []
    evaluator = Evaluator(images(), metrics=["fd"], extractor=extractor(), cache=False)
    for _ in range(2):
        evaluator.score(images(seed=1), on_progress=lambda s, *_: stages.append(s))
    assert stages.count("real") == 1


@pytest.mark.once
@pytest.mark.parametrize("content", [b"", b"damaged"])
def test_a_damaged_cache_is_made_anew(content):
    _, value = real_stages()
    (path,) = (cache_folder() / "features").iterdir()
    path.write_bytes(content)
    assert real_stages() == (1, value)
    assert real_stages() == (0, value)


def test_a_cache_that_cannot_be_written_warns(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("KERASGAN_CACHE_DIR", str(tmp_path / "file"))
    with pytest.warns(UserWarning, match="could not be kept.*KERASGAN_CACHE_DIR"):
        real_stages()


def test_cache_folder_is_the_platforms_without_the_variable(monkeypatch):
    monkeypatch.delenv("KERASGAN_CACHE_DIR")
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", "/caches")
    assert cache_folder() == pathlib.Path("/caches/kerasgan")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_folder() == pathlib.Path.home() / ".cache" / "kerasgan"
    monkeypatch.setattr("sys.platform", "darwin")
    assert cache_folder() == pathlib.Path.home() / "Library" / "Caches" / "kerasgan"


def test_metrics_of_ones_own_are_registered(monkeypatch):
    known = {}
    monkeypatch.setattr("kerasgan.metrics.figures._METRICS", known)

    @metrics.register_metric("shift")
    def shift(real, fake, seed):
        value = abs(real.features.mean() - fake.features.mean())
        return [Figure(name="shift", value=value, higher_is_better=False)]

    assert metrics.list_metrics() == ["shift"]
    found = evaluate(
        images(seed=1), images(), metrics=["shift"], extractor=extractor()
    )["shift"]
    wanted = abs(row_means(images()).mean() - row_means(images(seed=1)).mean())
    assert found.value == pytest.approx(wanted, rel=1e-3)
    with pytest.raises(ValueError, match="Received: 'shift'. Take another name"):
        metrics.register_metric("shift")


def test_too_few_images_warn_with_the_number_needed():
    with pytest.warns(UserWarning, match="5 images are too few for 8 .* least 9"):
        evaluate(images(5), images(), metrics=["fd"], extractor=extractor())


def test_features_that_are_not_finite_are_refused():
    inputs = keras.Input((8, 8, 1))
    model = keras.Model(inputs, layers.GlobalAveragePooling2D()(inputs))
    broken = Extractor(model, preprocess=lambda pixels: np.log(pixels - 1.0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        with pytest.raises(ValueError, match="`real_features` must hold finite"):
            evaluate(images(), images(), metrics=["fd"], extractor=broken)


@pytest.mark.parametrize(
    "arguments, error, message",
    [
        ({"metrics": ["fid"]}, ValueError, "Did you mean 'fd'.*Received: 'fid'"),
        ({"metrics": "fd"}, TypeError, r"Write metrics=\['fd'\]"),
        ({"metrics": []}, ValueError, "at least one of"),
        ({"num_images": 1}, ValueError, "at least 2. Received: num_images=1"),
        ({"batch_size": 0}, ValueError, "at least 1. Received: batch_size=0"),
        ({"extractor": "vgg"}, ValueError, "Received: 'vgg'"),
    ],
)
def test_bad_arguments_are_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        evaluate(images(), images(), **{"extractor": extractor(), **arguments})


def test_a_metric_without_what_it_needs_is_refused():
    inputs = keras.Input((8, 8, 1))
    model = keras.Model(inputs, layers.Flatten()(inputs))
    with pytest.raises(ValueError, match="'is' needs an extractor with classes"):
        evaluate(images(), None, metrics=["is"], extractor=model)
    with pytest.raises(ValueError, match="'fd' needs real images"):
        evaluate(images(), None, metrics=["fd"], extractor=model)
