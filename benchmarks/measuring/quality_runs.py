"""The runs whose images are compared: which are missing, and where each is kept."""

from loops.settings import NARROW

from measuring import processes, results
from measuring.options import DOCS

# The name of the entry that the runs are scored by.
REFERENCE = "reference"
DTYPES = ("float32", "mixed_bfloat16")


def make_task(options, *, dtype, seed):
    """A task for `quality.py`: a run, or with `dtype=None` what it is scored by."""
    return {
        "backend": options.backend,
        "preset": options.preset,
        "overrides": NARROW[options.preset] if options.narrow else {},
        "data": options.data,
        "limit": options.limit,
        "n": options.n,
        "classifier_epochs": options.classifier_epochs,
        "epochs": None if dtype is None else options.epochs,
        "dtype": dtype,
        "seed": seed,
    }


class QualityRuns:
    """The runs of one command, and the file that keeps them.

    Args:
        options: of the command line.
        write_page: function of the folder, called when there is a new result.
    """

    def __init__(self, options, write_page):
        self.options, self.path = options, options.out / "bfloat16.json"
        self.write_page = write_page
        narrow = " (narrow)" if options.narrow else ""
        length = f"{options.epochs} epoch" + "s" * (options.epochs != 1)
        where = f"{options.preset}{narrow} on {options.backend}"
        self.section = f"{where}, {length} of {options.data}"
        name = f"{options.preset}-{options.backend}-{length.replace(' ', '-')}"
        name += "-narrow" * options.narrow
        self.pictures = f"results/bfloat16/{name}"
        # The classifier is no part of the documentation.
        documents = options.out.resolve() == DOCS
        folder = DOCS.parent / "build" if documents else options.out
        self.classifier = folder / f"classifier-{name}.keras"

    def execute(self):
        """Makes what is missing, the classifier first."""
        reference = self.make(REFERENCE, dtype=None, seed=0)
        classifier = reference["answer"]["classifier"]
        for seed in self.options.seeds:
            for dtype in DTYPES:
                name = f"seed {seed}, {dtype}"
                self.make(name, dtype=dtype, seed=seed, classifier=classifier)

    def make(self, name, *, dtype, seed, classifier=None):
        """An entry: the one on disk, if it is of the same task and classifier."""
        task = make_task(self.options, dtype=dtype, seed=seed)
        found = self.finished(name, task, classifier)
        if found:
            print(f"{name}: finished on {found['date']}", flush=True)
            return found
        print(f"{name}:", flush=True)
        self.classifier.parent.mkdir(parents=True, exist_ok=True)
        first = seed == self.options.seeds[0] and dtype
        picture = f"{self.pictures}-{dtype}.png" if first else None
        paths = {
            "out": str(self.options.out),
            "picture": picture,
            "classifier": str(self.classifier),
        }
        answer = processes.run_task({**task, **paths}, "measuring.quality")
        entry = results.entry(task, answer)
        machine = results.machine(answer["device"])
        results.merge(self.path, machine, self.section, name, entry)
        self.write_page(self.options.out)
        return entry

    def finished(self, name, task, classifier):
        if self.options.again:
            return None
        # The classifier itself is needed too, to score the runs that follow.
        if classifier is None and not self.classifier.exists():
            return None
        for machine, sections in results.read(self.path).items():
            entry = sections.get(self.section, {}).get(name)
            if not entry or entry["task"] != task:
                continue
            # A GPU's name comes before the processor's, and is known after a run only.
            here = machine.endswith(results.machine())
            if here and classifier in (None, entry["answer"]["classifier"]):
                return entry
        return None
