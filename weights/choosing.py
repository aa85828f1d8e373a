"""The rule by which the best step of a run is chosen, and what a page may report.

Test images are split in two. The rule looks at **the first half** (the 1st, 3rd, 5th
... image): of all steps that were scored, the one with the smallest Frechet distance to
it, in the features of the project's own classifier; of equal ones the earlier. What a
page reports is the distance to **the second half**, from other latents: to no image
that the choice looked at.
"""

RULE = (
    "of the scored steps the one with the smallest Frechet distance to the first half "
    "of the test images (every second one); reported against the second half, from "
    "other latents"
)
FIRST_HALF, SECOND_HALF = slice(0, None, 2), slice(1, None, 2)


def best_step(curve: dict[int, float]) -> int | None:
    """The step that the rule chooses.

    Args:
        curve: step to distance.

    Returns:
        The step, `None` if nothing was scored.
    """
    return min(curve, key=lambda step: (curve[step], step), default=None)


def end_over_best(curve: dict[int, float]) -> float:
    """How far the last step's distance lies above the best one's: 0.2 for 20%."""
    return curve[max(curve)] / curve[best_step(curve)] - 1
