"""What the hooks carry: three small methods, each a short class of its own."""

import keras
import numpy as np
import pytest
from harness import check_model
from methods_small import (
    CLASSES,
    METHODS,
    conditional_gan,
    labelled_images,
    ring_gan,
    ring_of_gaussians,
    wasserstein_gan,
)
from small import small_images

from kerasgan.training.labels import check_labels, class_indices

BACKEND = keras.backend.backend()


@pytest.mark.parametrize(
    "name",
    # Presets do what the others do; five compiled updates a step take minutes.
    [
        pytest.param("conditional", marks=pytest.mark.long),
        "ring",
        pytest.param("wasserstein", marks=pytest.mark.long),
    ],
)
def test_method_passes_the_harness(name, tmp_path):
    make, data = METHODS[name]
    gan = make()
    gan.compile()
    check_model(gan, data(), tmp_path)


# Labels ----------------------------------------------------------------------


def test_labels_make_the_images():
    gan = conditional_gan()
    zero, one = (gan.generate(4, labels, seed=0) for labels in (0, 1))
    assert not np.array_equal(zero, one)
    mixed = gan.generate(4, [0, 1, 0, 1], seed=0)
    np.testing.assert_array_equal(mixed[::2], zero[::2])
    np.testing.assert_array_equal(mixed[1::2], one[1::2])
    one_hot = np.eye(CLASSES)[[0, 1, 0, 1]]
    np.testing.assert_array_equal(gan.generate(4, one_hot, seed=0), mixed)


def test_generate_without_labels_takes_all_classes_in_turn():
    gan = conditional_gan()
    turns = gan.generate(7, [0, 1, 2, 0, 1, 2, 0], seed=0)
    np.testing.assert_array_equal(gan.generate(7, seed=0), turns)


def test_one_hot_and_column_labels_train_as_integers_do():
    images, labels = labelled_images(8)
    trained = []
    for form in (labels, labels[:, None], np.eye(CLASSES, dtype="float32")[labels]):
        gan = conditional_gan()
        gan.compile()
        gan.fit(images, form, batch_size=4, epochs=1, verbose=0)
        trained.append(np.concatenate([w.ravel() for w in gan.get_weights()]))
    np.testing.assert_array_equal(trained[0], trained[1])
    np.testing.assert_array_equal(trained[0], trained[2])


def test_labels_come_from_a_dataset_too():
    class Batches(keras.utils.PyDataset):
        def __len__(self):
            return 2

        def __getitem__(self, index):
            images, labels = labelled_images(8)
            rows = slice(4 * index, 4 * index + 4)
            return images[rows], np.eye(CLASSES, dtype="float32")[labels[rows]]

    gan = conditional_gan()
    gan.compile()
    gan.fit(Batches(), epochs=1, verbose=0)
    assert int(gan.step_counter) == 2
    losses = gan.evaluate(Batches(), verbose=0, return_dict=True)
    assert np.isfinite(losses["d_loss"])


def test_one_hot_labels_of_two_classes_are_classes():
    one_hot = np.eye(2, dtype="float32")[[0, 1, 1]]
    found = keras.ops.convert_to_numpy(class_indices(one_hot, 2))
    np.testing.assert_array_equal(found, [0, 1, 1])
    np.testing.assert_array_equal(check_labels(one_hot, 2, 3), [0, 1, 1])
    # A column of one class's labels is no one-hot row.
    column = np.zeros((3, 1), "int32")
    for found in (class_indices(column, 1), check_labels(column, 1, 3)):
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(found), [0, 0, 0])


def test_each_classs_label_reaches_the_discriminator():
    gan = conditional_gan()
    images, _ = labelled_images(4)
    scores = [
        gan.scores(images / 127.5 - 1, np.full(4, k), training=False) for k in range(2)
    ]
    assert not np.allclose(*map(keras.ops.convert_to_numpy, scores))


@pytest.mark.parametrize(
    "labels, words",
    [
        (None, ("3 classes", "labels=None", "(images, labels)")),
        ([0, 1, 2, 3], ("from 0 to 2", "labels[3] is 3")),
        ([0, 1, -1, 2], ("from 0 to 2", "labels[2] is -1")),
        ([0.0, 1.0, 2.0, 0.0], ("whole numbers from 0 to 2", "float64", "astype")),
        ([0, 1, 2], ("4 images and 3 labels",)),
        (np.eye(4)[[0, 1, 2, 3]], ("(n, 3)", "shape=(4, 4)")),
        (np.ones((4, 3)), ("single 1", "labels[0] is [1.0, 1.0, 1.0]")),
        (2, ("no axis of labels",)),
    ],
)
def test_wrong_labels_are_named_before_any_step(labels, words):
    gan = conditional_gan()
    gan.compile()
    before = gan.get_weights()
    labels = None if labels is None else np.array(labels)
    with pytest.raises(ValueError) as raised:
        gan.fit(small_images(4), labels, batch_size=2, verbose=0)
    for word in (*words, "Received"):
        assert word in str(raised.value)
    assert all(map(np.array_equal, before, gan.get_weights()))


@pytest.mark.parametrize(
    "labels, words",
    [(3, "from 0 to 2"), ([0, 1], "4 images and 2 labels"), (0.5, "whole numbers")],
)
def test_wrong_labels_to_generate_are_named(labels, words):
    with pytest.raises(ValueError, match=words):
        conditional_gan().generate(4, labels)


def test_labels_for_a_model_without_classes_are_refused():
    with pytest.raises(ValueError, match="without `num_classes`.*Received"):
        ring_gan().generate(4, 1)


def test_a_network_that_cannot_take_labels_is_refused():
    with pytest.raises(ValueError, match="`generator` cannot be called on.*Received"):
        wasserstein_gan(num_classes=3)
    with pytest.raises(ValueError, match="`num_classes` must be .*Received"):
        conditional_gan(num_classes=1)


# Fresh real images -----------------------------------------------------------


def test_each_discriminator_update_has_real_images_of_its_own():
    seen = []

    class Watched(type(wasserstein_gan())):
        def discriminator_loss(self, real_images, fake_images, labels, **how):
            seen.append(keras.ops.convert_to_numpy(real_images))
            return super().discriminator_loss(real_images, fake_images, labels, **how)

        def penalty(self, *arguments):
            return keras.ops.zeros(())

    parts = wasserstein_gan()
    gan = Watched(parts.generator, parts.discriminator, seed=1)
    gan.compile(run_eagerly=True, jit_compile=False)
    images = small_images(20)
    if BACKEND == "jax":
        pytest.skip("JAX's trainer traces the step, eager or not")
    gan.fit(images, batch_size=4, epochs=1, verbose=0)
    batches = [batch for batch in seen if batch.shape[0] == 4]
    assert len(batches) == 5
    drawn = np.concatenate(batches).reshape(20, -1)
    expected = (images / 127.5 - 1).reshape(20, -1)
    order = np.lexsort(drawn.T), np.lexsort(expected.T)
    np.testing.assert_allclose(drawn[order[0]], expected[order[1]], atol=1e-6)


def test_an_incomplete_rest_is_left_out():
    gan = wasserstein_gan(plain=True)
    gan.compile()
    # Two steps of 5 times 3, and 5 images over.
    history = gan.fit(small_images(35), batch_size=3, epochs=1, verbose=0).history
    assert int(gan.step_counter) == 2
    assert all(np.isfinite(v).all() for v in history.values())


def test_too_few_images_for_a_step_are_refused():
    gan = wasserstein_gan()
    gan.compile()
    words = "5 such batches.*Received: 19 image.*batch_size=3"
    with pytest.raises(ValueError, match=words):
        gan.fit(small_images(19), batch_size=4, verbose=0)


def test_a_datasets_batches_are_grouped():
    class Batches(keras.utils.PyDataset):
        def __len__(self):
            return 11

        def __getitem__(self, index):
            return small_images(3 if index == 5 else 4, seed=index)

    gan = wasserstein_gan(plain=True)
    gan.compile()
    history = gan.fit(Batches(), epochs=1, verbose=0).history
    assert int(gan.step_counter) == 2
    assert np.isfinite(history["d_loss"]).all()


def test_a_batch_that_cannot_be_divided_raises_and_does_no_harm():
    gan = wasserstein_gan()
    gan.compile()
    before = gan.get_weights()
    with pytest.raises(Exception, match="(?i)reshape|shape"):
        gan.train_on_batch(small_images(3))
    if BACKEND != "jax":  # Keras's own `train_on_batch` takes the values out there.
        assert all(map(np.array_equal, before, gan.get_weights()))


# Points ----------------------------------------------------------------------


def test_a_ring_of_points_is_learned():
    """After some steps the points lie nearer to the ring than at first."""
    gan = ring_gan()
    adam = {"name": "adam", "learning_rate": 3e-3, "beta_1": 0.0}
    gan.compile(adam, adam)

    def off_the_ring():
        latents = np.random.default_rng(0).standard_normal((256, gan.latent_dim))
        points = gan.predict(latents.astype("float32"), verbose=0)
        return np.abs(np.linalg.norm(points, axis=1) - 0.7).mean()

    before = off_the_ring()
    gan.fit(ring_of_gaussians(512), batch_size=64, epochs=20, verbose=0)
    assert off_the_ring() < 0.6 * before
