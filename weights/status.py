"""The state of all training runs, from their folders alone.

    python weights/status.py [--runs FOLDER]

prints for each run the steps done and to do, images per second (now and on the whole),
the score curve with the best step, and the hours left.
"""

import argparse
import math
import pathlib

import choosing
import run_folders


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=pathlib.Path, default=run_folders.RUNS)
    folder = parser.parse_args(arguments).runs
    runs = run_folders.list_runs(folder)
    print("\n\n".join(map(describe, runs)) or f"There are no runs in {folder}.")


def describe(run) -> str:
    """A few lines about one run."""
    summary = run.summary
    lines = [
        f"{run.folder.name}: {summary['preset']} on {summary['data']}, "
        f"{summary['dtype']}, {summary['backend']}",
        f"  step {run.steps:,} of {run.target_steps:,} "
        f"({run.steps / run.target_steps:.1%}), {summary['seconds'] / 3600:.2f} h",
        f"  images/s {_number(run.images_per_second(run_folders.RECENT))} "
        f"(on the whole {_number(run.images_per_second())})",
        f"  {_end(run)}",
        f"  {_losses(run)}",
        *_scores(run),
    ]
    return "\n".join(lines)


def _end(run):
    if run.finished:
        return "finished"
    left = run.hours_left
    left = "hours left unknown" if math.isnan(left) else f"{left:.1f} h left"
    return f"{left}; last written {run.minutes_since_written:.0f} min ago"


def _number(value):
    return "unknown" if math.isnan(value) else f"{value:.0f}"


def _losses(run):
    if not run.rows:
        return "no epoch is complete"
    last = run.rows[-1]
    names = [n for n in last if n not in ("epoch", "steps", "seconds")]
    values = ", ".join(f"{name} {last[name]:.3f}" for name in names)
    return f"epoch {last['epoch']:g}: {values}"


def _scores(run):
    curve = run.curve("fd")
    if not curve:
        return ["  not scored"]
    best = choosing.best_step(curve)
    last = max(curve)
    points = ", ".join(f"{step:,}: {value:.4g}" for step, value in curve.items())
    return [
        f"  fd {points}",
        f"  best {curve[best]:.4g} at step {best:,}; last {curve[last]:.4g} "
        f"({choosing.end_over_best(curve):+.0%})",
    ]


if __name__ == "__main__":
    main()
