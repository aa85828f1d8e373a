"""`gan.generate` against each framework's bare compiled generator, at batch 256.

    python benchmarks/generate.py

takes the options of `throughput.py`, of which this is the section `generate`: the
results go into the same file and onto the same page.
"""

import report
import throughput


def main():
    options = throughput.parse()
    options.sections = ["generate"]
    throughput.run(options)
    print(report.write(options.out))


if __name__ == "__main__":
    main()
