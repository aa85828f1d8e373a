"""The reference: every public name, and the command line's help."""

import argparse
import inspect
import types

import kerasgan
from building.places import write
from kerasgan import cli

_GAN = kerasgan.GAN
# What Keras calls and people do not.
_KERAS = {"load_own_variables", "get_config", "get_compile_config"}
_KERAS |= {"save_own_variables"}


def write_pages():
    """Writes all; gives their entries in the navigation."""
    write("reference/index.md", _top())
    entries = []
    for module in public_packages():
        name = module.__name__.rpartition(".")[2]
        write(f"reference/{name}.md", _package(module))
        entries.append({module.__name__: f"reference/{name}.md"})
    write("reference/command-line.md", _command_line())
    return [*entries, {"Command line": "reference/command-line.md"}]


def public_packages():
    """The modules among `kerasgan.__all__`."""
    values = [getattr(kerasgan, name) for name in sorted(kerasgan.__all__)]
    return [value for value in values if isinstance(value, types.ModuleType)]


def public_names(module):
    """The full names of what a module has in `__all__`, modules left out."""
    values = {name: getattr(module, name) for name in module.__all__}
    return [
        f"{module.__name__}.{name}"
        for name, value in sorted(values.items(), key=lambda item: item[0].lower())
        if not isinstance(value, types.ModuleType)
    ]


def _top():
    packages = "\n".join(
        f"- [`{m.__name__}`]({m.__name__.rpartition('.')[2]}.md): {_first_line(m)}"
        for m in public_packages()
    )
    names = public_names(kerasgan)
    # Keeps the base class first: what the methods share is told there.
    names.sort(key=lambda name: name != "kerasgan.GAN")
    entries = "\n\n".join(map(_entry, names))
    return f"# kerasgan\n\n{packages}\n\n{entries}\n"


def _package(module):
    entries = "\n\n".join(map(_entry, public_names(module)))
    return f"# {module.__name__}\n\n{_text(module)}\n\n{entries}\n"


def _text(module):
    return inspect.cleandoc(module.__doc__ or "")


def _first_line(module):
    return _text(module).partition("\n")[0]


def _entry(name):
    if name == "kerasgan.GAN":
        return "\n\n".join([f"::: {name}", *_bound()])
    value = getattr(kerasgan, name.rpartition(".")[2], None)
    if inspect.isclass(value) and issubclass(value, _GAN):
        return f"::: {name}\n\n{_recipe(value)}"
    return f"::: {name}"


def _bound():
    """The methods of `GAN` that other modules hold, under their own names."""
    for name, value in vars(_GAN).items():
        function = getattr(value, "__func__", value)
        module = getattr(function, "__module__", None)
        if name[0] == "_" or name in _KERAS or not inspect.isfunction(function):
            continue
        if module != "kerasgan.gan" and inspect.getdoc(function):
            yield _method(name, f"{module}.{function.__name__}")


def _method(name, path):
    # Its own heading: the function's is that of another module.
    return (
        f"### `GAN.{name}` {{ #kerasgan.GAN.{name} }}\n\n::: {path}\n"
        "    options:\n      show_root_heading: false\n"
        "      show_root_toc_entry: false"
    )


def _recipe(cls):
    """The arguments of `compile`, which the class declares."""
    about = inspect.cleandoc(cls.Recipe.__doc__ or "")
    lines = about.partition("Args:\n")[2].splitlines()
    rows = [f"- {line.strip()}" for line in lines if line.strip()]
    if not rows:
        return ""
    title = f"### Arguments of `{cls.__name__}.compile`"
    return f"{title} {{ #kerasgan.{cls.__name__}.Recipe }}\n\n" + "\n".join(rows)


def _command_line():
    parser = cli._parser()
    actions = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    helps = {"kerasgan": parser, **actions[0].choices}
    parts = ["# Command line"]
    for name, command in helps.items():
        title = name if name == "kerasgan" else f"kerasgan {name}"
        parts.append(f"## {title}\n\n```text\n{command.format_help()}```")
    return "\n\n".join(parts) + "\n"
