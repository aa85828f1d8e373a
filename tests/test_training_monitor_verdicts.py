"""What the numbers of a training say, in words."""

import warnings

import numpy as np
import pytest
from monitoring import GOOD, judged, monitored

from kerasgan.callbacks import Thresholds, TrainingMonitor

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("change", "name", "verdict", "advice"),
    [
        ({"g_loss": 0.4}, "generator loss", "low", "raise the discriminator's"),
        ({"g_loss": 1.6}, "generator loss", "high", "lower the discriminator's"),
        ({"d_loss": 0.4}, "discriminator loss", "low", "lower the discriminator's"),
        ({"d_loss": 1.6}, "discriminator loss", "high", "raise the discriminator's"),
        (
            {"d_real_accuracy": 0.91},
            "accuracy on real images",
            "discriminator too strong",
            "lower the discriminator's",
        ),
        (
            {"d_fake_accuracy": 0.49},
            "accuracy on fake images",
            "discriminator too weak",
            "raise the discriminator's",
        ),
        ({"d_fake_accuracy": 0.55}, "accuracy on fake images", "a little low", ""),
        (
            {"d_loss": 0.5, "g_loss": 1.5001},
            "loss ratio G/D",
            "high, discriminator ahead",
            "lower the discriminator's",
        ),
        (
            {"d_loss": 1.5, "g_loss": 0.44},
            "loss ratio G/D",
            "low, discriminator behind",
            "raise the discriminator's",
        ),
        ({"g_loss": np.nan}, "generator loss", "not a finite number", "lower both"),
    ],
)
def test_training_monitor_judges(change, name, verdict, advice, tmp_path):
    rows = [GOOD] * 2 + [{**GOOD, **change}] * 3
    findings = judged(tmp_path, rows)
    assert [f.name for f in findings] == [
        "generator loss",
        "discriminator loss",
        "accuracy on real images",
        "accuracy on fake images",
        "loss ratio G/D",
    ]
    (finding,) = [f for f in findings if f.name == name]
    assert finding.verdict == verdict
    assert finding.advice.startswith(advice) and not finding.good


def test_training_monitor_finds_nothing_wrong(tmp_path):
    findings = monitored(tmp_path, [GOOD] * 3, window=3).assess()
    assert [f.verdict for f in findings] == ["good"] * 5
    assert [round(f.value, 4) for f in findings] == [1.0, 1.2, 0.75, 0.7, 0.8333]


def test_training_monitor_takes_thresholds(tmp_path):
    thresholds = Thresholds((0.1, 0.9), (0.8, 0.95), 0.72, (1.0, 2.0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        monitor = monitored(tmp_path, [GOOD] * 3, window=3, thresholds=thresholds)
    assert [f.verdict for f in monitor.assess()] == [
        "high",
        "high",
        "a little low",
        "discriminator too weak",
        "low, discriminator behind",
    ]


def test_training_monitor_warns_once_when_a_verdict_turns_bad(tmp_path):
    strong = {**GOOD, "d_fake_accuracy": 0.95}
    with pytest.warns(UserWarning) as caught:
        monitored(tmp_path, [GOOD] * 4 + [strong] * 8, window=2)
    (message,) = [str(w.message) for w in caught if w.category is UserWarning]
    assert message.startswith(
        "Step 6, last 2 steps: accuracy on fake images 95.0%: discriminator too strong."
    )


def test_training_monitor_says_nothing_of_the_first_window(tmp_path):
    strong = {**GOOD, "d_fake_accuracy": 0.95}
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        monitored(tmp_path, [strong] * 3 + [GOOD] * 9, window=3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"loss_range": (1.5, 0.5)}, r"`loss_range` must be .* Received: \(1.5, 0.5\)"),
        ({"weak_accuracy": 0.7}, "`weak_accuracy` must be .* Received: 0.7"),
    ],
)
def test_thresholds_refuse_what_is_out_of_order(arguments, message):
    with pytest.raises(ValueError, match=message):
        Thresholds(**arguments)


def test_training_monitor_refuses_a_window_below_a_line(tmp_path):
    with pytest.raises(ValueError, match="`window` must be at least 10. Received"):
        TrainingMonitor(tmp_path, every=10, window=5)
