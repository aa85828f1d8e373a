"""Each mistake in data is named, with its mend, before anything is trained."""

import keras
import numpy as np
import pytest
from refusals import refused
from small import (
    plain_discriminator,
    plain_generator,
    small_gan,
    small_images,
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

# Images -----------------------------------------------------------------------


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
    refused(colour_gan, "Resize the images", x=transposed[:, :2])


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


def test_evaluate_takes_a_batch_of_one_with_batch_norm(gan):
    gan.compile()
    for x in (IMAGES[:1], Batches([IMAGES[:1]])):
        scores = gan.evaluate(x, verbose=0, return_dict=True)
        assert np.isfinite(list(scores.values())).all()


def test_fit_refuses_another_count_of_labels(gan):
    words = ("8 images and 7 labels", "a label for each image")
    refused(gan, *words, x=IMAGES, y=np.zeros(7), batch_size=4)
    refused(gan, *words, x=(IMAGES, np.zeros(7)), batch_size=4)
    refused(gan, *words, x=Batches([(IMAGES, np.zeros(7))]))
    refused(gan, "no axis of labels", x=IMAGES, y=np.array(3), batch_size=4)


# Datasets ---------------------------------------------------------------------


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


# Numbers ----------------------------------------------------------------------


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
    with pytest.raises(
        ValueError, match=r"`ema_decay` .*above 0 and below 1.*Received"
    ):
        small_gan(plain=True, ema_decay=value)


def test_gan_refuses_arguments_of_another_type():
    for name, value in (("ema_decay", "0.9"), ("seed", "one"), ("latent_dim", "4")):
        with pytest.raises(TypeError, match=f"`{name}` .*Received"):
            DCGAN(plain_generator(), plain_discriminator(), **{name: value})
