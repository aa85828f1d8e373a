"""The table of targets: what was wanted, what was measured, and whether it is met."""

import statistics

from tables import both_alone, ratios, table


def render(sections):
    rows = [row for rule in RULES for row in rule(sections)]
    return table(["what", "target", "measured", "where", ""], rows)


def row(what, target, value, where, *, at_least=None, at_most=None, form="{:.2f}"):
    met = value >= at_least if at_most is None else value <= at_most
    return [what, target, form.format(value), where, "met" if met else "**missed**"]


def _median(e):
    return statistics.median(ratios(e["answer"]))


def _entries(sections, name, **wanted):
    for e in sections.get(name, {}).values():
        task = {**e["task"], "dtype": e["task"]["sides"][0]["dtype"]}
        if all(task[k] == v for k, v in wanted.items()):
            yield e


def _where(e):
    task = e["task"]
    return f"{task['backend']}, {task['preset']}, batch {task['batch_size']}"


def training(sections):
    for e in _entries(sections, "presets", dtype="float32"):
        yield row(
            "ours / hand-written, float32",
            "at least 1.0",
            _median(e),
            _where(e),
            at_least=1.0,
        )


def jax_against_fastest(sections):
    by_preset = {}
    for e in _entries(sections, "presets", dtype="float32"):
        speeds = by_preset.setdefault(e["task"]["preset"], {})
        speeds[e["task"]["backend"]] = e["answer"]["sides"][0]["images_per_second"]
    for preset, speeds in by_preset.items():
        if "jax" in speeds and len(speeds) > 1:
            fastest = max(speeds, key=speeds.get)
            yield row(
                "JAX / the fastest backend",
                "at least 0.8",
                speeds["jax"] / speeds[fastest],
                f"{preset}, fastest: {fastest}",
                at_least=0.8,
            )


def stock(sections):
    for e in _entries(sections, "stock"):
        yield row(
            "JAX / Keras's own layers on JAX",
            "at least 8",
            _median(e),
            _where(e),
            at_least=8.0,
        )


def half_precision(sections):
    for e in _entries(sections, "dtype", backend="torch"):
        yield row(
            "mixed_bfloat16 / float32, ours on torch",
            "at least 1.5 with AMX",
            _median(e),
            _where(e),
            at_least=1.5,
        )


def generating(sections):
    for e in _entries(sections, "generate", batch_size=256):
        yield row(
            "generate / bare generator",
            "at least 0.95",
            _median(e),
            _where(e),
            at_least=0.95,
        )


def memory(sections):
    for ours, theirs in both_alone(sections.get("alone", {})):
        yield row(
            "peak memory, ours / hand-written",
            "at most 1.1",
            ours["answer"]["peak_bytes"] / theirs["answer"]["peak_bytes"],
            _where(ours),
            at_most=1.1,
        )


def batch_cost(sections):
    costs = {}
    for e in _entries(sections, "batch"):
        speed = e["answer"]["sides"][0]["images_per_second"]
        costs.setdefault(e["task"]["backend"], {})[e["task"]["batch_size"]] = 1 / speed
    for backend, by_size in costs.items():
        if 64 in by_size and 512 in by_size:
            yield row(
                "cost of an image, batch 512 / batch 64",
                "at most 1.0",
                by_size[512] / by_size[64],
                f"{backend}, mnist-28",
                at_most=1.0,
            )


def importing(sections):
    for e in sections.get("import", {}).values():
        yield row(
            "`import kerasgan` over `import keras`",
            "at most 100 ms",
            1000 * e["answer"]["over_keras"],
            "new processes",
            at_most=100,
            form="{:.0f} ms",
        )


RULES = (
    training,
    jax_against_fastest,
    stock,
    half_precision,
    generating,
    memory,
    batch_cost,
    importing,
)
