"""Each mistake is named, with its mend, before anything is trained."""

import keras
import numpy as np
import pytest
from small import (
    plain_discriminator,
    plain_generator,
    same_weights,
    small_gan,
    small_images,
    weights_of,
)

from kerasgan import DCGAN

IMAGES = small_images(8)
FLOATS = small_images(8, dtype="float32")


@pytest.fixture(scope="module")
def gan():
    gan = small_gan()
    gan.compile()
    return gan


@pytest.fixture(scope="module")
def colour_gan():
    return small_gan(image_shape=(16, 16, 3))


def refused(gan, *words, error=ValueError, method="fit", **arguments):
    """Checks that `method` raises `words` and changes nothing."""
    before = weights_of(gan)
    with pytest.raises(error) as raised:
        getattr(gan, method)(**arguments)
    message = str(raised.value)
    for word in (*words, "Received"):
        assert word in message, message
    assert same_weights(weights_of(gan), before)
    assert int(gan.step_counter) == 0


def with_pixel(value, index=(3, 1, 2, 0)):
    images = FLOATS.copy()
    images[index] = value
    return images


class Batches(keras.utils.PyDataset):
    def __init__(self, batches):
        super().__init__()
        self.batches = batches

    def __len__(self):
        return len(self.batches)

    def __getitem__(self, index):
        return self.batches[index]


def generator(*batches):
    yield from batches


def tf_dataset(*batches):
    tf = pytest.importorskip("tensorflow")
    shape = (None, *IMAGES.shape[1:])
    return tf.data.Dataset.from_generator(
        lambda: iter(batches), output_signature=tf.TensorSpec(shape, "uint8")
    )


def torch_loader(*batches):
    torch = pytest.importorskip("torch")
    images = np.concatenate(batches) if batches else IMAGES[:0]
    return torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(torch.as_tensor(images)), batch_size=4
    )


def grain_dataset(*batches):
    grain = pytest.importorskip("grain")
    images = [image for batch in batches for image in batch]
    return grain.MapDataset.source(images).batch(4)


DATASETS = {
    "tf.data": tf_dataset,
    "DataLoader": torch_loader,
    "PyDataset": lambda *batches: Batches(batches),
    "grain": grain_dataset,
    "generator": generator,
}

# Images ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "x, words",
    [
        ((FLOATS + 1) * 127.5, ("[-1, 1]", "from 0 to 255", "x / 127.5 - 1")),
        (FLOATS * 2, ("[-1, 1]", "from -2 to 2", "Scale")),
        (with_pixel(np.nan), ("x[3, 1, 2, 0] is nan", "image 3")),
        (with_pixel(np.inf), ("x[3, 1, 2, 0] is inf", "image 3")),
        (with_pixel(-np.inf), ("x[3, 1, 2, 0] is -inf", "image 3")),
        (IMAGES.astype("int64"), ("dtype=int64", "x.astype('uint8')")),
        (IMAGES > 99, ("dtype=bool", "x * 2.0 - 1.0")),
        (small_images(8, (10, 8, 1)), ("(8, 10, 8, 1)", "resize(x, (8, 8))")),
        (IMAGES.transpose(0, 3, 1, 2), ("np.transpose(x, (0, 2, 3, 1))",)),
        (IMAGES[..., 0], ("x[..., None]",)),
        (IMAGES[0], ("x[None]",)),
        (IMAGES[0, :, :, 0], ("x[None, ..., None]",)),
        (small_images(8, (8, 8, 3)), ("colour images for a grey network",)),
        (small_images(8, (8, 8, 4)), ("1 channel(s)",)),
        (IMAGES.reshape(8, 64), ("(batch, height, width, channels)",)),
        (np.array([IMAGES[0], IMAGES[0, :4]], object), ("np.stack", "8x8")),
        (IMAGES[:0], ("holds no images",)),
    ],
    ids=lambda value: None if isinstance(value, tuple) else "images",
)
def test_fit_names_what_is_wrong_with_images(gan, x, words):
    refused(gan, *words, x=x, batch_size=4)


def test_fit_names_what_is_wrong_for_a_colour_network(colour_gan):
    refused(
        colour_gan,
        "grey images for a colour network",
        "np.repeat(x, 3, axis=-1)",
        x=small_images(4, (16, 16, 1)),
    )
    transposed = small_images(4, (3, 16, 16))
    refused(colour_gan, "channels-first", "(0, 2, 3, 1)", x=transposed)


@pytest.mark.parametrize("x", [list(IMAGES), None, {"image": IMAGES}], ids=str)
def test_fit_refuses_what_is_no_array(gan, x):
    refused(gan, "np.stack", type(x).__name__, error=TypeError, x=x)


def test_fit_refuses_a_path(gan, tmp_path):
    for path in (tmp_path, str(tmp_path)):
        refused(gan, "image_folder", str(tmp_path), error=TypeError, x=path)
    refused(gan, "dataset", "42", error=TypeError, x=42)


def test_fit_refuses_fewer_images_than_a_batch(gan):
    refused(gan, "8 image(s)", "batch_size=16", "batch_size=8", x=IMAGES, batch_size=16)
    refused(gan, "8 image(s)", "batch_size=128", x=IMAGES)


def test_fit_refuses_a_batch_of_one_with_batch_norm(gan):
    refused(gan, "Batch norm", "2 or more", x=IMAGES, batch_size=1)
    refused(gan, "Batch norm", "2 or more", x=Batches([IMAGES[:1]]))


def test_fit_refuses_another_count_of_labels(gan):
    words = ("8 images and 7 labels", "a label for each image")
    refused(gan, *words, x=IMAGES, y=np.zeros(7), batch_size=4)
    refused(gan, *words, x=(IMAGES, np.zeros(7)), batch_size=4)
    refused(gan, *words, x=Batches([(IMAGES, np.zeros(7))]))
    refused(gan, "no axis of labels", x=IMAGES, y=np.array(3), batch_size=4)


# Datasets --------------------------------------------------------------------


@pytest.mark.parametrize("kind", DATASETS)
def test_fit_refuses_an_empty_dataset(gan, kind):
    refused(gan, "no batch", "empty", x=DATASETS[kind]())


@pytest.mark.parametrize("kind", DATASETS)
def test_fit_refuses_labels_beside_a_dataset(gan, kind):
    refused(gan, "go with arrays", x=DATASETS[kind](IMAGES), y=np.zeros(8))
    refused(gan, "go with arrays", x=DATASETS[kind](IMAGES), batch_size=4)


def test_fit_checks_the_first_batch_of_a_dataset(gan):
    refused(gan, "`batch`", "from -2 to 2", x=Batches([FLOATS * 2]))
    refused(gan, "batch[3, 1, 2, 0] is nan", x=generator(with_pixel(np.nan)))
    refused(gan, "one image", "batch the dataset", x=Batches(list(IMAGES)))
    refused(gan, "no batch", x=Batches([IMAGES[:0]]))


@pytest.mark.parametrize(
    "batch, word",
    [
        ({"image": IMAGES, "label": np.zeros(8)}, "['image', 'label']"),
        (({"image": IMAGES}, np.zeros(8)), "['image']"),
        ((IMAGES, np.zeros(8), np.ones(8)), "a tuple of 3"),
        (list(IMAGES), "a list of 8"),
    ],
    ids=["dict", "dict in a pair", "sample weights", "list"],
)
def test_fit_refuses_batches_of_another_form(gan, batch, word):
    refused(gan, "images or (images, labels)", word, x=Batches([batch]))
    refused(gan, "images or (images, labels)", word, x=generator(batch))


def test_fit_refuses_a_generator_read_twice(gan):
    refused(gan, "steps_per_epoch", "epochs=2", x=generator(IMAGES), epochs=2)


def test_validation_data_is_checked_as_well(gan):
    arguments = {"x": IMAGES, "batch_size": 4}
    wrong = [
        (FLOATS * 2, ValueError, "`validation_data` from -2 to 2"),
        (IMAGES[..., 0], ValueError, "validation_data[..., None]"),
        (list(IMAGES), TypeError, "np.stack(validation_data)"),
        ((IMAGES, np.zeros(7)), ValueError, "7 labels"),
        (Batches([]), ValueError, "no batch"),
    ]
    for data, error, word in wrong:
        refused(gan, word, error=error, validation_data=data, **arguments)
    for name in ("validation_batch_size", "validation_steps"):
        refused(gan, f"`{name}`", validation_data=IMAGES, **arguments, **{name: 0})


def test_evaluate_checks_its_data(gan):
    for x, error, word in (
        (with_pixel(np.nan), ValueError, "x[3, 1, 2, 0] is nan"),
        (IMAGES[0], ValueError, "x[None]"),
        (list(IMAGES), TypeError, "np.stack(x)"),
        (Batches([]), ValueError, "no batch"),
    ):
        refused(gan, word, error=error, method="evaluate", x=x)
    refused(gan, "`batch_size`", method="evaluate", x=IMAGES, batch_size=0)
    refused(gan, "`steps`", method="evaluate", x=IMAGES, steps=-1)


# Numbers ---------------------------------------------------------------------


@pytest.mark.parametrize("name", ["batch_size", "epochs", "steps_per_epoch"])
def test_fit_refuses_numbers_that_are_no_count(gan, name):
    arguments = {"x": IMAGES, "batch_size": 4}
    for value in (0, -3):
        words = (f"`{name}`", f"{name}={value}", "at least 1")
        refused(gan, *words, **{**arguments, name: value})
    for value in ("4", 2.5, True):
        words = (f"`{name}`", f"{name}={value!r}", "whole number")
        refused(gan, *words, error=TypeError, **{**arguments, name: value})


def test_generate_refuses_numbers_that_are_no_count(gan):
    for n in (0, -1):
        refused(gan, "`n`", f"n={n}", method="generate", n=n)
    refused(gan, "`n`", "'3'", error=TypeError, method="generate", n="3")
    refused(gan, "`batch_size`", method="generate", n=1, batch_size=0)
    refused(gan, "`seed`", method="generate", n=1, seed=-1)


@pytest.mark.parametrize("value", [0, 1, 0.0, 1.0, -0.5, 2, float("nan")])
def test_gan_refuses_an_ema_decay_outside_its_range(value):
    with pytest.raises(ValueError, match=r"`ema_decay` .*0\.0 and 1\.0.*Received"):
        small_gan(plain=True, ema_decay=value)


def test_gan_refuses_arguments_of_another_type():
    for name, value in (("ema_decay", "0.9"), ("seed", "one"), ("latent_dim", "4")):
        with pytest.raises(TypeError, match=f"`{name}` .*Received"):
            DCGAN(plain_generator(), plain_discriminator(), **{name: value})


# Networks --------------------------------------------------------------------


def wrong_pair(*words, error=ValueError, **networks):
    pair = {"generator": plain_generator(), "discriminator": plain_discriminator()}
    with pytest.raises(error) as raised:
        DCGAN(**{**pair, **networks})
    for word in (*words, "Received"):
        assert word in str(raised.value), str(raised.value)


def test_gan_refuses_a_latent_dim_that_contradicts_the_generator():
    wrong_pair("latents have size 4", "latent_dim=5", latent_dim=5)
    wrong_pair("at least 1", "latent_dim=0", latent_dim=0)


def test_gan_asks_for_the_latent_dim_of_an_unbuilt_generator():
    layers = [keras.layers.Dense(64), keras.layers.Reshape((8, 8, 1))]
    wrong_pair("`latent_dim=`", generator=keras.Sequential(layers))
    gan = DCGAN(keras.Sequential(layers), plain_discriminator(), latent_dim=3)
    assert gan.generate(2, seed=0).shape == (2, 8, 8, 1)


def test_gan_refuses_networks_that_do_not_fit_each_other():
    other = plain_discriminator((16, 16, 3))
    wrong_pair("(8, 8, 1)", "(16, 16, 3)", "image shape", discriminator=other)
    flat = keras.Sequential([keras.Input((4,)), keras.layers.Dense(64)])
    wrong_pair("(batch, height, width, channels)", "(None, 64)", generator=flat)
    images = keras.Sequential([keras.Input((8, 8, 1)), keras.layers.ReLU()])
    wrong_pair("latents (batch, latent_dim)", "keras.Input", generator=images)


def test_gan_refuses_networks_that_are_no_models():
    wrong_pair("keras.Model", error=TypeError, generator=None)
    wrong_pair("keras.Model", error=TypeError, discriminator=keras.layers.Dense(1))


@pytest.mark.parametrize(
    "head",
    [
        [keras.layers.Dense(2)],
        [keras.layers.Dense(1), keras.layers.Reshape(())],
        [keras.layers.Reshape((8, 8)), keras.layers.Dense(1)],
    ],
    ids=["two scores", "no axis", "patches"],
)
def test_gan_refuses_a_discriminator_without_one_score(head):
    words = ("(batch, 1)", "Dense(1)")
    wrong_pair(*words, discriminator=plain_discriminator((8, 8, 1), *head))


def test_gan_refuses_a_discriminator_with_two_outputs():
    inputs = keras.Input((8, 8, 1))
    flat = keras.layers.Flatten()(inputs)
    outputs = [keras.layers.Dense(1)(flat), keras.layers.Dense(10)(flat)]
    two = keras.Model(inputs, outputs)
    wrong_pair("(batch, 1)", "(None, 10)", discriminator=two)


@pytest.mark.parametrize(
    "head",
    [
        lambda: [keras.layers.Dense(1, activation="sigmoid", name="last")],
        lambda: [
            keras.layers.Dense(1),
            keras.layers.Activation("sigmoid", name="last"),
        ],
        lambda: [
            keras.Sequential(
                [
                    keras.layers.Dense(1, activation="sigmoid", name="last"),
                    keras.layers.Flatten(),
                ]
            )
        ],
    ],
    ids=["in Dense", "by itself", "nested"],
)
def test_gan_names_a_sigmoid_at_the_discriminators_end(head):
    words = ("logits", "'last'", "sigmoid", "Remove")
    wrong_pair(*words, discriminator=plain_discriminator((8, 8, 1), *head()))


def test_gan_takes_subclassed_networks():
    class Discriminator(keras.Model):
        def __init__(self):
            super().__init__()
            self.flatten, self.score = keras.layers.Flatten(), keras.layers.Dense(1)

        def call(self, images):
            return self.score(self.flatten(images))

    gan = DCGAN(plain_generator(), Discriminator())
    assert gan.image_shape == (8, 8, 1)
    built = Discriminator()
    built(keras.KerasTensor((None, 8, 8, 1)))
    assert DCGAN(plain_generator(), built).latent_dim == 4


# compile ---------------------------------------------------------------------


def test_compile_names_unknown_arguments_and_what_is_allowed(gan):
    words = ("label_nose", "label_noise", "generator_optimizer", "DCGAN")
    refused(gan, *words, error=TypeError, method="compile", label_nose=0.1)
    words = ("optimizer", "metrics", "discriminator_optimizer")
    refused(
        gan, *words, error=TypeError, method="compile", optimizer="adam", metrics=[]
    )


@pytest.mark.parametrize(
    "name",
    ["real_label", "fake_label", "generator_label", "label_noise", "label_flip_rate"],
)
def test_compile_refuses_labels_outside_their_range(name):
    for value in (-0.1, 1.5, float("nan")):
        gan = small_gan(plain=True)
        refused(gan, f"`{name}`", "0.0 to 1.0", method="compile", **{name: value})
        refused(gan, f"`{name}`", error=TypeError, method="compile", **{name: "high"})


def test_compile_refuses_losses_that_take_probabilities():
    gan = small_gan(plain=True)
    for loss in ("hinge-ish", keras.losses.BinaryCrossentropy(), None):
        refused(gan, "`loss`", "from_logits=True", method="compile", loss=loss)
    refused(gan, "`discriminator_steps`", method="compile", discriminator_steps=0)
    refused(gan, "`reuse_fake_images`", method="compile", reuse_fake_images="yes")
    refused(gan, "`steps_per_execution`", method="compile", steps_per_execution=0)
    refused(gan, "`jit_compile`", "'yes'", method="compile", jit_compile="yes")


@pytest.mark.parametrize("name", ["generator_optimizer", "discriminator_optimizer"])
def test_compile_refuses_what_is_no_optimizer(name):
    gan = small_gan(plain=True)
    for optimizer in ("adamant", 0.1, keras.optimizers.Adam, {"class_name": "Adamant"}):
        words = (f"`{name}`", "keras.optimizers.Adam")
        refused(gan, *words, method="compile", **{name: optimizer})


@pytest.mark.parametrize("rate", [0.0, -1e-3, float("nan"), float("inf")])
def test_compile_refuses_a_learning_rate_that_cannot_train(rate):
    gan = small_gan(plain=True)
    optimizer = keras.optimizers.SGD(rate)
    words = ("`discriminator_optimizer`", "above 0", f"={float(rate)}")
    refused(gan, *words, method="compile", discriminator_optimizer=optimizer)
    scaled = keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(rate))
    refused(gan, *words[1:], method="compile", generator_optimizer=scaled)


def test_compile_refuses_one_optimizer_for_both():
    gan, one = small_gan(plain=True), keras.optimizers.Adam()
    pair = {"generator_optimizer": one, "discriminator_optimizer": one}
    refused(gan, "same object twice", "Make two", method="compile", **pair)
    pair["generator_optimizer"] = keras.optimizers.LossScaleOptimizer(one)
    refused(gan, "same object twice", "Make two", method="compile", **pair)


def test_compile_refuses_an_optimizer_of_another_model():
    gan, other, used = small_gan(plain=True), small_gan(plain=True), {}
    for name in ("generator_optimizer", "discriminator_optimizer"):
        used[name] = keras.optimizers.Adam()
    other.compile(**used)
    for name, optimizer in used.items():
        words = (f"`{name}`", "another network", "Make a new one")
        refused(gan, *words, method="compile", **{name: optimizer})
    swapped = dict(zip(used, reversed(used.values())))
    refused(other, "another network", method="compile", **swapped)
    other.compile(**used)
