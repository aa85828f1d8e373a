"""Files of a run as somebody who means harm would make them."""

import hashlib
import io
import json
import zipfile

import h5py

from kerasgan.files import dump_json


def members_of(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write_archive(path, members, *, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in members.items():
            archive.writestr(name, data)


def sign(checkpoint):
    """Makes the manifest of a checkpoint fit the file that lies beside it."""
    path = checkpoint / "manifest.json"
    manifest = json.loads(path.read_text())
    data = (checkpoint / "model.keras").read_bytes()
    file = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    manifest["files"] = {"model.keras": file}
    sign_manifest(path, manifest)


def sign_manifest(path, manifest):
    facts = {name: v for name, v in manifest.items() if name != "sha256"}
    digest = hashlib.sha256(dump_json(facts)).hexdigest()
    path.write_bytes(dump_json({**facts, "sha256": digest}))


def objects(mark):
    """What has made Keras run or read something, or once did, as JSON by name.

    Args:
        mark: a path that is there afterwards if anything ran.
    """
    command = f"touch {mark}"

    def function(module, name, /):
        return {
            "module": module,
            "class_name": "function",
            "config": name,
            "registered_name": "function",
        }

    def instance(module, name, /, **config):
        return {
            "module": module,
            "class_name": name,
            "config": config,
            "registered_name": None,
        }

    def lambda_layer(**config):
        return instance("keras.layers", "Lambda", **{"name": "x", **config})

    return {
        "system as a class": instance("os", "system", command=command),
        "system as a function": function("os", "system"),
        "system as a lambda's function": lambda_layer(
            function=function("os", "system"), arguments={"command": command}
        ),
        "a lambda's bytecode": lambda_layer(
            function={
                "class_name": "__lambda__",
                "config": {"code": "4wEAAAAAAAAA", "defaults": None, "closure": None},
            }
        ),
        "switching the safe mode off": instance(
            "keras.config", "enable_unsafe_deserialization"
        ),
        "a download as a function": lambda_layer(
            function=function("keras.utils", "get_file"),
            arguments={"fname": str(mark), "origin": "file:///etc/passwd"},
        ),
        "a vocabulary from a file": instance(
            "keras.layers", "StringLookup", vocabulary="/etc/passwd"
        ),
        "a pickled torch module": instance(
            "keras.layers", "TorchModuleWrapper", module="gASVIQAAAAAAAACMBXBvc2l4"
        ),
        "a process": instance("subprocess", "Popen", args=["touch", str(mark)]),
        "a module that does not exist": instance("evil", "Layer"),
    }


def foreign(name, mark):
    """A whole `config.json` that is nothing else."""
    return json.dumps(objects(mark)[name]).encode()


def injected(config, name, mark):
    """A run's own `config.json` with the object in each place that Keras reads."""
    config = json.loads(config)
    thing = objects(mark)[name]
    for place in ("generator", "discriminator", "augmentation"):
        config["config"][place] = thing
    config["build_config"] = thing
    for place in config["compile_config"]:
        config["compile_config"][place] = thing
    return json.dumps(config).encode()


def arrays(kind):
    """A `model.weights.h5` that is larger than it looks, or leads outside."""
    data = io.BytesIO()
    with h5py.File(data, "w") as file:
        if kind == "huge":
            file.create_dataset("a", shape=(2**40,), dtype="float32", chunks=(1024,))
        elif kind == "external link":
            file["a"] = h5py.ExternalLink("/etc/passwd", "/")
        elif kind == "soft link":
            file["a"] = h5py.SoftLink("/a")
        elif kind == "external data":
            outside = [("/etc/passwd", 0, 8)]
            file.create_dataset("a", shape=(8,), dtype="uint8", external=outside)
        elif kind == "virtual":
            layout = h5py.VirtualLayout(shape=(8,), dtype="uint8")
            layout[:] = h5py.VirtualSource("/etc/passwd", "a", shape=(8,))
            file.create_virtual_dataset("a", layout)
    return data.getvalue()


def overlapping(path, members):
    """Three members that all are the bytes of the last one."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
        *others, last = archive.filelist
        for member in others:
            member.header_offset = last.header_offset
            member.file_size, member.compress_size = last.file_size, last.compress_size
