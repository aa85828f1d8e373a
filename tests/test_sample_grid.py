"""Grids of fixed latents, and the animation of them."""

import keras
import numpy as np
import pytest
from methods_small import conditional_gan, labelled_images
from PIL import Image
from small import (
    optimizer_variables,
    same_weights,
    small_gan,
    small_images,
    weights_of,
)

from kerasgan.callbacks import SampleGrid
from kerasgan.images import make_grid
from kerasgan.latent import images_of

pytestmark = pytest.mark.once

# Three steps an epoch.
DATA = {"x": small_images(12), "batch_size": 4, "verbose": 0}


def compiled(**arguments):
    gan = small_gan(**arguments)
    # Fast enough for no two pictures to be the same.
    gan.compile(keras.optimizers.Adam(0.01), keras.optimizers.Adam(0.01))
    return gan


def read(path):
    with Image.open(path) as picture:
        return np.array(picture)


def names(directory):
    return sorted(path.name for path in directory.iterdir())


def frames(path):
    with Image.open(path) as animation:
        return animation.n_frames, animation.format


def test_sample_grid_writes_every_few_steps_and_at_the_end(tmp_path):
    grid = SampleGrid(tmp_path, every_steps=2, rows=2, columns=3)
    compiled(plain=True).fit(epochs=3, callbacks=[grid], **DATA)
    steps = (0, 2, 4, 6, 8, 9)
    assert names(tmp_path) == [*(f"step-{s:08d}.png" for s in steps), "training.gif"]
    assert frames(tmp_path / "training.gif") == (6, "GIF")


def test_sample_grid_writes_every_few_epochs(tmp_path):
    grid = SampleGrid(tmp_path, every_epochs=2, rows=1, columns=2, animation="a.webp")
    compiled(plain=True).fit(epochs=4, callbacks=[grid], **DATA)
    steps = (0, 6, 12)
    assert names(tmp_path) == ["a.webp", *(f"step-{s:08d}.png" for s in steps)]
    assert frames(tmp_path / "a.webp") == (3, "WEBP")


def test_sample_grid_shows_each_latent_in_its_place(tmp_path):
    gan = compiled(plain=True)
    latents = np.random.default_rng(5).standard_normal((6, gan.latent_dim))
    grid = SampleGrid(tmp_path, latents=latents, rows=2, columns=3)
    gan.fit(epochs=1, callbacks=[grid], **DATA)
    picture = read(tmp_path / "step-00000003.png")
    assert picture.shape == (2 * 10 + 2, 3 * 10 + 2)
    images = gan.predict(latents.astype("float32"), verbose=0)
    # Row 1, column 2 is the sixth; two pixels of white between.
    cell = picture[12:20, 22:30].astype("float32")
    np.testing.assert_allclose(cell, (images[5, ..., 0] + 1) * 127.5, atol=0.51)
    assert (picture[:2] == 255).all()


def test_sample_grid_of_a_seed_shows_what_generate_gives(tmp_path):
    gan = compiled(plain=True, ema_decay=0.5)
    grid = SampleGrid(tmp_path, seed=4, rows=1, columns=1, zoom=2, animation=None)
    gan.fit(epochs=1, callbacks=[grid], **DATA)
    image = gan.generate(1, seed=4)[0, ..., 0]
    picture = read(tmp_path / "step-00000003.png")
    assert np.array_equal(picture[4:20:2, 4:20:2], image)
    assert names(tmp_path) == ["step-00000000.png", "step-00000003.png"]


def test_sample_grid_leaves_the_training_as_it_is(tmp_path):
    def trained(*callbacks):
        gan = compiled(ema_decay=0.5)
        gan.fit(epochs=2, callbacks=list(callbacks), **DATA)
        return gan

    alone, watched = trained(), trained(SampleGrid(tmp_path, every_steps=1, rows=1))
    assert same_weights(weights_of(alone), weights_of(watched))
    assert same_weights(optimizer_variables(alone), optimizer_variables(watched))
    seeds = [
        keras.ops.convert_to_numpy(gan.seed_generator.state) for gan in (alone, watched)
    ]
    assert np.array_equal(*seeds)


@pytest.mark.everywhere
def test_sample_grid_counts_steps_of_several_in_one_call(tmp_path):
    if keras.backend.backend() == "torch":
        pytest.skip("torch runs each step by itself")
    gan = small_gan(plain=True)
    gan.compile(steps_per_execution=2)
    grid = SampleGrid(tmp_path, every_steps=3, rows=1, columns=1, animation=None)
    gan.fit(small_images(32), batch_size=4, callbacks=[grid], verbose=0)
    steps = (0, 4, 6, 8)
    assert names(tmp_path) == [f"step-{s:08d}.png" for s in steps]


def test_sample_grid_goes_on_where_a_training_goes_on(tmp_path):
    gan = compiled(plain=True)

    def grid():
        return SampleGrid(tmp_path / "grids", every_steps=1, rows=1, columns=2)

    gan.fit(epochs=1, callbacks=[grid()], **DATA)
    gan.save(tmp_path / "gan.keras")
    gan.fit(epochs=2, initial_epoch=1, callbacks=[grid()], **DATA)
    assert len(names(tmp_path / "grids")) == 8
    # As after a kill: the checkpoint is older than the pictures.
    gan = keras.models.load_model(tmp_path / "gan.keras")
    gan.fit(
        DATA["x"][:4],
        epochs=2,
        initial_epoch=1,
        callbacks=[grid()],
        batch_size=4,
        verbose=0,
    )
    steps = range(5)
    expected = [*(f"step-{s:08d}.png" for s in steps), "training.gif"]
    assert names(tmp_path / "grids") == expected


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"every_steps": 1, "every_epochs": 1}, "one of the two. Received"),
        ({"every_steps": 0}, "`every_steps` must be at least 1"),
        ({"rows": 0}, "`rows` must be at least 1"),
        ({"latents": np.zeros((3, 4))}, "one for each of the 64 images. Received: 3"),
        ({"animation": "training.mp4"}, r"\.gif or a \.webp file. Received"),
    ],
)
def test_sample_grid_refuses_what_it_cannot_do(arguments, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        SampleGrid(tmp_path / "none", **arguments)
    assert not (tmp_path / "none").exists()


def test_sample_grid_refuses_latents_of_another_size(tmp_path):
    grid = SampleGrid(tmp_path, latents=np.zeros((1, 7)), rows=1, columns=1)
    with pytest.raises(ValueError, match=r"shape \(1, 4\). Received: \(1, 7\)"):
        compiled(plain=True).fit(callbacks=[grid], **DATA)


def test_sample_grid_refuses_another_model(tmp_path):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(TypeError, match="kerasgan.GAN. Received: .* Sequential"):
        model.fit(
            np.zeros((4, 2)),
            np.zeros((4, 1)),
            callbacks=[SampleGrid(tmp_path)],
            verbose=0,
        )


def test_sample_grid_shows_the_classes_asked_for(tmp_path):
    gan = conditional_gan()
    gan.compile()
    grids = {
        "turns": SampleGrid(tmp_path / "turns", rows=1, columns=3, animation=None),
        "last": SampleGrid(
            tmp_path / "last", labels=[2, 2, 2], rows=1, columns=3, animation=None
        ),
        "latents": SampleGrid(
            tmp_path / "latents",
            latents=np.random.default_rng(0).standard_normal((3, gan.latent_dim)),
            labels=[2, 1, 0],
            rows=1,
            columns=3,
            animation=None,
        ),
    }
    gan.fit(
        *labelled_images(8), batch_size=4, callbacks=list(grids.values()), verbose=0
    )
    for name, labels in (("turns", [0, 1, 2]), ("last", [2] * 3)):
        expected = make_grid(gan.generate(3, labels, seed=0), columns=3)
        picture = read(tmp_path / name / "step-00000002.png")
        np.testing.assert_array_equal(picture, expected[..., 0])
    expected = make_grid(
        images_of(gan, grids["latents"].samples.latents, [2, 1, 0]), columns=3
    )
    picture = read(tmp_path / "latents" / "step-00000002.png")
    np.testing.assert_array_equal(picture, expected[..., 0])


def test_sample_grid_refuses_labels_of_a_model_without(tmp_path):
    grid = SampleGrid(tmp_path, labels=[0] * 64)
    with pytest.raises(ValueError, match="takes no labels"):
        compiled(plain=True).fit(callbacks=[grid], **DATA)
