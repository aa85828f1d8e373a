"""Every kind of data trains, in the order and with the batches it should."""

import keras
import numpy as np
import pytest
from small import same_weights, small_gan, small_images, weights_of

from kerasgan.training.batches import ArrayBatches
from kerasgan.training.data import _grouped, recommended_epochs

IMAGES = small_images(10)
FLOATS = small_images(10, dtype="float32")
LABELS = np.arange(10)


@pytest.fixture(scope="module")
def gan():
    gan = small_gan(plain=True)
    gan.compile()
    return gan


def steps_taken(gan, x, **arguments):
    """How many steps `fit` takes, having checked that it trains both networks."""
    before, networks = int(gan.step_counter), (gan.generator, gan.discriminator)
    weights = [weights_of(n) for n in networks]
    history = gan.fit(x, verbose=0, **arguments).history
    assert all(np.isfinite(v).all() for v in history.values())
    for network, old in zip(networks, weights):
        assert not same_weights(weights_of(network), old)
    # A step that finds no more data must leave no trace.
    for optimizer in gan.optimizer.optimizers:
        assert int(optimizer.iterations) == int(gan.step_counter)
    return int(gan.step_counter) - before


class Batches(keras.utils.PyDataset):
    """Batches of 4 images in file order; the last one may have fewer."""

    def __init__(self, *arrays):
        super().__init__()
        self.arrays = arrays

    def __len__(self):
        return -(-len(self.arrays[0]) // 4)

    def __getitem__(self, index):
        rows = slice(4 * index, 4 * index + 4)
        return one_or_pair([a[rows] for a in self.arrays])


def one_or_pair(arrays):
    return arrays[0] if len(arrays) == 1 else tuple(arrays)


def generator(*arrays):
    batches = Batches(*arrays)
    yield from (batches[i] for i in range(len(batches)))


def tf_dataset(*arrays):
    tf = pytest.importorskip("tensorflow")
    return tf.data.Dataset.from_tensor_slices(one_or_pair(arrays)).batch(4)


def torch_loader(*arrays):
    torch = pytest.importorskip("torch")
    tensors = [torch.as_tensor(a) for a in arrays]
    return torch.utils.data.DataLoader(
        torch.utils.data.TensorDataset(*tensors), batch_size=4
    )


def grain_map_dataset(*arrays):
    grain = pytest.importorskip("grain")
    rows = [one_or_pair(row) for row in zip(*arrays)]
    return grain.MapDataset.source(rows).batch(4)


def grain_iter_dataset(*arrays):
    return grain_map_dataset(*arrays).to_iter_dataset()


def jax_array(images):
    return pytest.importorskip("jax.numpy").asarray(images)


def torch_tensor(images):
    return pytest.importorskip("torch").as_tensor(images)


def tf_tensor(images):
    return pytest.importorskip("tensorflow").constant(images)


DATASETS = [
    tf_dataset,
    torch_loader,
    Batches,
    grain_map_dataset,
    grain_iter_dataset,
    generator,
]

# What `fit` takes ------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["uint8", "float16", "float32", "float64"])
def test_fit_takes_arrays(gan, dtype):
    x = small_images(10, dtype=dtype)
    # 4, 4 and 2 images.
    assert steps_taken(gan, x, batch_size=4) == 3


@pytest.mark.parametrize("convert", [jax_array, torch_tensor, tf_tensor])
def test_fit_takes_tensors_of_any_framework(gan, convert):
    assert steps_taken(gan, convert(FLOATS), batch_size=5) == 2
    labels = convert(LABELS.astype("int32"))
    assert steps_taken(gan, (convert(IMAGES), labels), batch_size=5) == 2


def test_fit_takes_labels(gan):
    assert steps_taken(gan, (IMAGES, LABELS), batch_size=4) == 3
    assert steps_taken(gan, IMAGES, y=LABELS, batch_size=4) == 3
    assert steps_taken(gan, IMAGES, y=list(LABELS), batch_size=4) == 3


@pytest.mark.parametrize("dataset", DATASETS)
@pytest.mark.parametrize("images", [IMAGES, FLOATS], ids=["uint8", "float32"])
def test_fit_takes_datasets(gan, dataset, images):
    assert steps_taken(gan, dataset(images)) == 3
    assert steps_taken(gan, dataset(images, LABELS)) == 3


def test_fit_reads_a_generator_on(gan):
    def endless():
        while True:
            yield IMAGES[:4]

    assert steps_taken(gan, endless(), epochs=2, steps_per_epoch=3) == 6


def test_fit_takes_other_iterators(gan):
    assert steps_taken(gan, iter([IMAGES[:4], IMAGES[4:]])) == 2


def test_fit_repeats_a_dataset_each_epoch(gan):
    assert steps_taken(gan, Batches(IMAGES), epochs=3) == 9


def test_evaluate_takes_fewer_images_than_a_batch(gan):
    logs = gan.evaluate(IMAGES, verbose=0, return_dict=True)
    scores = [np.array(v) for v in logs.values()]
    assert set(logs) == set(gan.metric_names) and np.isfinite(scores).all()


# The same images by another way ----------------------------------------------


@pytest.fixture(scope="module")
def trained_on_an_array():
    gan = compiled_with_sgd()
    gan.fit(IMAGES[:8], batch_size=4, shuffle=False, epochs=2, verbose=0)
    return weights_of(gan)


def compiled_with_sgd():
    # Adam makes whole steps of a gradient that is nothing but rounding.
    gan = small_gan()
    gan.compile(keras.optimizers.SGD(0.1), keras.optimizers.SGD(0.1))
    return gan


@pytest.mark.parametrize("dataset", [Batches, tf_dataset, torch_loader])
def test_fit_trains_on_a_dataset_as_on_an_array(trained_on_an_array, dataset):
    gan = compiled_with_sgd()
    gan.fit(dataset(IMAGES[:8]), epochs=2, verbose=0)
    assert same_weights(weights_of(gan), trained_on_an_array, tolerance=1e-5)


# The order of an array -------------------------------------------------------


class Seen(keras.layers.Layer):
    """An augmentation that keeps the mean of each image it is given, in order."""

    def __init__(self):
        super().__init__()
        fixed = {"initializer": "zeros", "trainable": False}
        self.step = self.add_weight(shape=(), dtype="int32", **fixed)
        self.means = self.add_weight(shape=(6, 4), **fixed)

    def call(self, images, training=False):
        rows = keras.ops.equal(keras.ops.arange(6), self.step)[:, None]
        means = keras.ops.mean(images, axis=(1, 2, 3))[None]
        self.means.assign(keras.ops.where(rows, means, self.means.value))
        self.step.assign_add(1)
        return images


def test_fit_shuffles_by_seed_and_steps_taken():
    images = np.broadcast_to(np.arange(12)[:, None, None, None], (12, 8, 8, 1))
    seen = Seen()
    gan = small_gan(plain=True, seed=7, augmentation=seen)
    gan.compile()
    # One pass is 3 batches; the second call begins at step 2, inside the first pass.
    arguments = {"x": images.astype("uint8"), "batch_size": 4, "verbose": 0}
    gan.fit(steps_per_epoch=2, **arguments)
    gan.fit(epochs=2, steps_per_epoch=2, **arguments)
    orders = [np.random.default_rng((7, p)).permutation(12) for p in range(2)]
    expected = np.concatenate(orders).reshape(6, 4)
    means = keras.ops.convert_to_numpy(seen.means)
    np.testing.assert_array_equal(np.rint((means + 1) * 127.5), expected)


def read(batches, epochs=1):
    """The batches of some epochs, as Keras asks for them."""
    answer = []
    for _ in range(epochs):
        batches.on_epoch_begin()
        answer += [batches[i] for i in range(len(batches))]
        batches.on_epoch_end()
    return answer


def stream(position=int, **arguments):
    images = np.arange(10)[:, None]
    return ArrayBatches(
        images, **{"batch_size": 4, "seed": 3, "position": position, **arguments}
    )


def order(*passes):
    return np.concatenate(
        [np.random.default_rng((3, p)).permutation(10) for p in passes]
    )


def test_array_batches_are_numpys_permutation_of_seed_and_pass():
    batches = read(stream())
    assert [len(b) for b in batches] == [4, 4, 2]
    np.testing.assert_array_equal(np.concatenate(batches)[:, 0], order(0))
    # Not in file order, and another order the next time.
    assert list(order(0)) != list(range(10)) and list(order(0)) != list(order(1))
    batches = read(stream(position=lambda: 3))
    np.testing.assert_array_equal(np.concatenate(batches)[:, 0], order(1))


def test_array_batches_give_each_image_once_a_pass():
    taken = 0

    def position():
        return taken

    batches = stream(position=position)
    for _ in range(4):
        seen = np.concatenate(read(batches))[:, 0]
        assert sorted(seen) == list(range(10))
        taken += len(batches)


def test_array_batches_go_on_at_a_position():
    whole = np.concatenate(read(stream(batches_per_epoch=9)))[:, 0]
    np.testing.assert_array_equal(whole, order(0, 1, 2))
    # Batch 4 is the second of pass 1: 10 + 4 images came before.
    rest = np.concatenate(read(stream(lambda: 4, batches_per_epoch=5)))[:, 0]
    np.testing.assert_array_equal(rest, whole[14:])


def test_array_batches_take_any_number_of_steps():
    assert len(stream()) == 3
    few = np.concatenate(read(stream(batches_per_epoch=2)))[:, 0]
    np.testing.assert_array_equal(few, order(0)[:8])
    many = np.concatenate(read(stream(batches_per_epoch=4)))[:, 0]
    np.testing.assert_array_equal(many, order(0, 1)[:14])


def test_array_batches_keep_file_order_unshuffled():
    seen = np.concatenate(read(stream(shuffle=False, batches_per_epoch=6)))[:, 0]
    np.testing.assert_array_equal(seen, [*range(10), *range(10)])


def test_array_batches_leave_out_a_batch_of_one():
    batches = read(stream(batch_size=3, skip_single=True))
    assert [len(b) for b in batches] == [3, 3, 3]
    assert [len(b) for b in read(stream(batch_size=3))] == [3, 3, 3, 1]


def test_array_batches_keep_labels_with_their_images():
    for images, labels in read(stream(labels=np.arange(10) * 2)):
        np.testing.assert_array_equal(labels, images[:, 0] * 2)


def test_steps_of_a_preset_are_epochs_of_the_data_or_of_what_is_asked():
    length = {"steps": 10}
    assert recommended_epochs({"epochs": 7}, None, None) == 7
    assert recommended_epochs(length, [0] * 4, None) == 3
    assert recommended_epochs(length, [0] * 4, 5) == 2
    with pytest.raises(ValueError, match="the length of this dataset is unknown"):
        recommended_epochs(length, iter([0]), None)


def test_several_batches_a_step_need_a_length():
    batches = [small_images(4)] * 5
    assert _grouped(batches, None, 2)[1] == 2
    assert _grouped(iter(batches), 3, 2)[1] == 3
    with pytest.raises(ValueError, match="Received: steps_per_epoch=None"):
        _grouped(iter(batches), None, 2)
    with pytest.raises(ValueError, match="Received: a dataset of 1"):
        _grouped(batches[:1], None, 2)


@pytest.mark.parametrize(("name", "wrong"), [("epochs", 0), ("initial_epoch", -1)])
def test_fit_counts_epochs_from_zero(name, wrong):
    gan = small_gan()
    gan.compile()
    with pytest.raises(ValueError, match=f"{name}.*Received.*{wrong}"):
        gan.fit(small_images(8), batch_size=4, verbose=0, **{name: wrong})
    gan.fit(small_images(8), batch_size=4, verbose=0, epochs=1, initial_epoch=0)
