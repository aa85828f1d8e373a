"""The one exception of presets, and the place in a file it speaks of."""

import dataclasses

from kerasgan.checks import shown

CORRECT = "Correct the file, or write the preset again with save_to_preset."


class PresetError(ValueError):
    """A preset that cannot be found, read, trusted or written.

    The message names the file and the field, what was received, what is allowed
    and what to do.
    """


@dataclasses.dataclass(frozen=True)
class Place:
    """A field of a file, for error messages.

    Args:
        file: the file's path, or what else the values came from.
        field: dotted path such as `compile.generator_optimizer.learning_rate`;
            empty for the file as a whole.
        action: what to do about an error, unless that says otherwise.
    """

    file: str
    field: str = ""
    action: str = CORRECT

    def at(self, key):
        """The place of `key` inside this one."""
        key = key if isinstance(key, int) else shown(key, quote=False)
        field = f"{self.field}.{key}" if self.field else str(key)
        return dataclasses.replace(self, field=field)

    def error(self, problem, received=None, action=None, *, kind=ValueError):
        """A `PresetError` that says `problem` about this place.

        Args:
            problem: sentence that says what is wrong and what is allowed,
                without the full stop.
            received: tuple holding the value that came, or `None` to leave it out.
            action: what to do about it; defaults to the place's.
            kind: not used: whatever is wrong, a preset cannot be loaded.
        """
        where = f"{self.file}, field {self.field}" if self.field else str(self.file)
        came = "" if received is None else f" Received: {shown(received[0])}."
        action = self.action if action is None else action
        return PresetError(f"{where}: {problem}.{came} {action}".rstrip())
