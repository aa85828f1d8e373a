"""The table of targets: what was wanted, what was measured, and whether it is met."""

import statistics

from pages.markdown import table
from pages.tables import both_alone, ratios, speed


def render(sections):
    rows = [row for rule in RULES for row in rule(sections)]
    return table(["what", "target", "measured", "where", ""], rows)


def row(what, target, value, where, *, at_least=None, at_most=None, form="{:.2f}"):
    met = value >= at_least if at_most is None else value <= at_most
    return [what, target, form.format(value), where, "met" if met else "**missed**"]


def ratio_of(section, what, at_least, *, condition="", **wanted):
    """A rule for the ratio of each pair of a section whose task has these values."""

    def rule(sections):
        for e in _entries(sections, section, **wanted):
            value = statistics.median(ratios(e["answer"]))
            target = f"at least {at_least}{condition}"
            yield row(what, target, value, _where(e), at_least=float(at_least))

    return rule


def _entries(sections, name, **wanted):
    for e in sections.get(name, {}).values():
        task = {**e["task"], "dtype": e["task"]["sides"][0]["dtype"]}
        if all(task[k] == v for k, v in wanted.items()):
            yield e


def _where(e):
    task = e["task"]
    return f"{task['backend']}, {task['preset']}, batch {task['batch_size']}"


def jax_against_fastest(sections):
    by_preset = {}
    for e in _entries(sections, "presets", dtype="float32"):
        speeds = by_preset.setdefault(e["task"]["preset"], {})
        speeds[e["task"]["backend"]] = speed(e)
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
        by_size = costs.setdefault(e["task"]["backend"], {})
        by_size[e["task"]["batch_size"]] = 1 / speed(e)
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
    ratio_of("presets", "ours / hand-written, float32", "1.0", dtype="float32"),
    ratio_of("methods", "ours / hand-written, other methods", "1.0"),
    jax_against_fastest,
    ratio_of("stock", "JAX / Keras's own layers on JAX", "8"),
    ratio_of(
        "dtype",
        "mixed_bfloat16 / float32, ours on torch",
        "1.5",
        condition=" with AMX",
        backend="torch",
    ),
    ratio_of("generate", "generate / bare generator", "0.95", batch_size=256),
    memory,
    batch_cost,
    importing,
)
