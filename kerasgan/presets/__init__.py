"""Presets: models as data, in directories of JSON and safetensors."""

from kerasgan.presets.errors import PresetError
from kerasgan.presets.listing import list_presets, preset_names
from kerasgan.presets.loading import from_preset, load_preset
from kerasgan.presets.saving import compile_block, save_preset

__all__ = [
    "PresetError",
    "compile_block",
    "from_preset",
    "list_presets",
    "load_preset",
    "preset_names",
    "save_preset",
]
