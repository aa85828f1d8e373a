"""Command lines that have a smoke run: small enough to try the machinery."""

import pathlib

DOCS = pathlib.Path(__file__).parents[2] / "docs"


def parse(parser, arguments, smoke):
    """The options; `--smoke` takes the place of defaults by those of `smoke`.

    What is asked for by name still counts.
    """
    parser.add_argument(
        "--smoke",
        action="store_true",
        help="tiny networks, few steps: measures nothing",
    )
    if parser.parse_known_args(arguments)[0].smoke:
        parser.set_defaults(narrow=True, **smoke)
    return parser.parse_args(arguments)
