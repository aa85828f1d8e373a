import dataclasses
import json

import pytest

from kerasgan.metrics import (
    ProtocolError,
    Score,
    load_scores,
    rank_scores,
    save_scores,
)

pytestmark = pytest.mark.once

FD = {
    "metric": "fd",
    "value": 12.345,
    "higher_is_better": False,
    "num_fake": 10_000,
    "num_real": 9_000,
    "extractor": "mnist-classifier",
    "extractor_sha256": "0123456789abcdef",
    "data": "mnist",
    "split": "test",
    "real_sha256": "aa",
    "seed": 7,
    "preset": "mnist-28",
    "step": 28_140,
    "versions": {"keras": "3.15.1"},
}


def score(**fields):
    return Score(**{**FD, **fields})


def test_print_is_one_line_with_the_protocol():
    assert str(score()) == (
        "fd [mnist-classifier 01234567] 12.35: 10000 images against 9000 mnist test, "
        "preset mnist-28, step 28140, seed 7"
    )


def test_print_leaves_out_what_is_not_known():
    bare = Score(
        metric="is",
        value=9.0,
        higher_is_better=True,
        spread=0.25,
        num_fake=500,
        extractor="mine",
        extractor_sha256="ff" * 32,
        resize="antialiased bicubic, 299x299",
    )
    assert str(bare) == (
        "is [mine ffffffff] 9 ± 0.25: 500 images, resized antialiased bicubic, 299x299"
    )


def test_notebook_shows_the_line_and_no_markup_of_names():
    assert score(preset="<b>")._repr_html_().startswith("<code>fd [mnist-classifier")
    assert "preset &lt;b&gt;" in score(preset="<b>")._repr_html_()


def test_scores_of_one_protocol_compare():
    low, high = score(value=1.0), score(value=2.0, seed=8, preset="mine", step=3)
    assert low < high and high > low and low <= high and high >= low
    assert low.better_than(high) and not high.better_than(low)
    more = {"metric": "precision", "higher_is_better": True}
    assert score(value=0.9, **more).better_than(score(value=0.8, **more))


def test_rank_puts_the_best_first():
    scores = [score(value=v) for v in (2.0, 1.0, 3.0)]
    assert [s.value for s in rank_scores(scores)] == [1.0, 2.0, 3.0]
    scores = [dataclasses.replace(s, higher_is_better=True) for s in scores]
    assert [s.value for s in rank_scores(scores)] == [3.0, 2.0, 1.0]
    assert rank_scores([]) == []


@pytest.mark.parametrize(
    "fields, message",
    [
        ({"num_fake": 5_000}, "num_fake: 10000 and 5000"),
        ({"num_real": 50_000}, "num_real: 9000 and 50000"),
        ({"split": "train"}, "split: 'test' and 'train'"),
        ({"real_sha256": "bb"}, "real_sha256: 'aa' and 'bb'"),
        ({"extractor_sha256": "ff"}, "extractor_sha256: '0123456789abcdef' and 'ff'"),
        ({"resize": "bilinear"}, "resize: 'none' and 'bilinear'"),
        ({"metric": "kd"}, "metric: 'fd' and 'kd'"),
        ({"settings": {"k": 5}}, "settings: {} and {'k': 5}"),
        ({"data": None, "split": None}, "data: .*; split: "),
    ],
)
def test_scores_of_two_protocols_do_not_compare(fields, message):
    one, other = score(), score(value=1.0, **fields)
    comparisons = [
        lambda: one < other,
        lambda: one > other,
        lambda: one <= other,
        lambda: one >= other,
        lambda: one.better_than(other),
        lambda: rank_scores([one, one, other]),
    ]
    for compare in comparisons:
        with pytest.raises(ProtocolError, match=message):
            compare()


def test_a_score_does_not_compare_with_a_number():
    with pytest.raises(TypeError, match="Its number is `.value`"):
        score() < 3.0  # noqa: B015


def test_scores_return_from_json(tmp_path):
    scores = [score(spread=0.5, settings={"k": 3}), score(data=None)]
    save_scores(scores, tmp_path / "scores.json")
    assert load_scores(tmp_path / "scores.json") == scores
    assert json.loads((tmp_path / "scores.json").read_text())[0]["seed"] == 7


@pytest.mark.parametrize(
    "content, message",
    [
        ("{", "does not hold scores"),
        ('[{"metric": "fd"}]', r"missing fields \['value'"),
        (json.dumps([{**FD, "colour": 1}]), r"unknown fields \['colour'\]"),
        ("[3]", "does not hold scores"),
    ],
)
def test_other_files_are_refused(tmp_path, content, message):
    (tmp_path / "scores.json").write_text(content)
    with pytest.raises(ValueError, match=message):
        load_scores(tmp_path / "scores.json")
