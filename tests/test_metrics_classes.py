import numpy as np
import pytest
from scipy.stats import entropy

from kerasgan.metrics import class_accuracy, class_coverage, inception_score

pytestmark = pytest.mark.once


def shares(n, classes=10, *, seed=0):
    return np.random.default_rng(seed).dirichlet(np.full(classes, 0.3), size=n)


def test_inception_score_of_sure_and_even_predictions_is_the_number_of_classes():
    value, spread = inception_score(np.eye(7).repeat(4, axis=0), splits=1)
    assert (value, spread) == (pytest.approx(7.0), 0.0)


def test_inception_score_of_unsure_or_single_predictions_is_one():
    assert inception_score(np.full((20, 4), 0.25)).value == pytest.approx(1.0)
    assert inception_score(np.eye(4)[np.zeros(20, int)]).value == pytest.approx(1.0)


@pytest.mark.parametrize("splits", [1, 5])
def test_inception_score_equals_scipys_divergences(splits):
    rows = shares(100)
    parts = rows.reshape(splits, -1, 10)
    wanted = [np.exp(entropy(p, p.mean(0)[None], axis=1).mean()) for p in parts]
    found = inception_score(rows, splits=splits, seed=None)
    assert found == (pytest.approx(np.mean(wanted)), pytest.approx(np.std(wanted)))


def test_inception_score_shuffles_before_it_splits():
    # In file order each split would hold one class, and score 1.
    rows = np.eye(10).repeat(100, axis=0)
    assert inception_score(rows, seed=None).value == pytest.approx(1.0)
    assert inception_score(rows).value > 9


def test_class_coverage_counts_and_compares_with_uniform():
    assert class_coverage(np.arange(10).repeat(3), num_classes=10) == (10, 0.0)
    one = class_coverage(np.zeros(5, int), num_classes=10)
    assert one == (1, pytest.approx(np.log(10)))


def test_class_coverage_of_probabilities_equals_scipys_divergence():
    rows = shares(500, 6)
    counts = np.bincount(rows.argmax(axis=1), minlength=6)
    wanted = entropy(counts / 500, np.full(6, 1 / 6))
    found = class_coverage(rows)
    assert found == ((counts > 0).sum(), pytest.approx(wanted))


@pytest.mark.parametrize("function", [inception_score, class_coverage])
@pytest.mark.parametrize(
    "rows, message",
    [
        (np.ones((3, 4)), "row 0 from 1 to 1, sum 4. Apply a softmax"),
        ([[2.0, -1.0]], "with nothing below 0"),
        ([[np.nan, 1.0]], "sum nan"),
        (np.zeros((0, 4)), r"Received: shape=\(0, 4\)"),
    ],
)
def test_what_is_no_distribution_is_refused(function, rows, message):
    with pytest.raises(ValueError, match=message):
        function(rows)


@pytest.mark.parametrize("splits", [0, 4])
def test_bad_splits_are_refused(splits):
    with pytest.raises(ValueError, match=f"splits={splits} for 3 rows"):
        inception_score(np.full((3, 2), 0.5), splits=splits)


@pytest.mark.parametrize(
    "labels, classes, message",
    [
        (np.array([0, 10]), 10, "from 0 to 9. Received: from 0 to 10"),
        (np.array([0, 1]), None, "`num_classes` must be given"),
        (np.array([0.5]), 10, "dtype=float64"),
        (np.zeros(0, int), 10, r"shape=\(0,\)"),
    ],
)
def test_bad_labels_are_refused(labels, classes, message):
    with pytest.raises(ValueError, match=message):
        class_coverage(labels, num_classes=classes)


def test_class_accuracy_counts_by_the_class_that_was_asked_for():
    rows = np.eye(4)[[0, 0, 1, 2, 2]]
    accuracy, by_class = class_accuracy(rows, [0, 1, 1, 2, 2])
    assert accuracy == 0.8
    np.testing.assert_array_equal(by_class, [1.0, 0.5, 1.0, np.nan])


@pytest.mark.parametrize("labels", [[0, 1], [0, 1, 4], [0.0, 1.0, 2.0], [0, -1, 2]])
def test_class_accuracy_refuses_labels_that_are_not_its_rows(labels):
    with pytest.raises(ValueError, match="Received"):
        class_accuracy(np.eye(4)[:3], labels)
