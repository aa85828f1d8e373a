"""What this machine is, for figures that say where they were taken."""

import os
import pathlib
import platform

_FEATURES = ("amx_bf16", "avx512_bf16", "avx512f", "avx2")


def describe_machine():
    """Processor, its features for matrix work, and usable cores, in one line."""
    fields = _cpu_fields()
    model = fields.get("model name") or platform.processor() or platform.machine()
    flags = fields.get("flags", "").split()
    features = [f for f in _FEATURES if f in flags]
    return ", ".join([model, f"{_cores()} cores", *features])


def _cores():
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count()


def _cpu_fields():
    path = pathlib.Path("/proc/cpuinfo")
    if not path.exists():
        return {}
    lines = path.read_text().split("\n\n")[0].splitlines()
    pairs = (line.partition(":") for line in lines)
    return {key.strip(): value.strip() for key, _, value in pairs}
