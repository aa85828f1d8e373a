"""`python -m kerasgan.cli`: the command `kerasgan`."""

import sys

from kerasgan.cli import main

sys.exit(main())
