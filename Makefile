# make demo    trains a small GAN for a few minutes and leaves demo/grid.png
# make test    the suite, once on each Keras backend
# make test-all   that, what takes long, exports in a fresh environment for each extra,
#              and trainings that are killed, into docs/reliability.md
# make lint    ruff and mypy
# make readme  the README's table of presets, from the presets
# make docs    the site, into build/site; `make docs-serve` shows it
# make export-matrix   every format of every backend at full size, into docs/export.md
# make clean   removes what these made
#
# Needs Python 3.11 or newer with pip. Everything is installed into .venv, or for the
# demo, which needs one framework only, into .venv-demo.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c

PYTHON ?= python3
BACKENDS ?= jax tensorflow torch
JOBS ?= 2
PYTEST_ARGUMENTS ?=
DEMO_MINUTES ?= 4.5
DOCS_ARGUMENTS ?=
# The build without CUDA, where there is one.
TENSORFLOW ?= "tensorflow-cpu; platform_system == 'Linux' and platform_machine == 'x86_64'" \
  "tensorflow; platform_system != 'Linux' or platform_machine != 'x86_64'"

.PHONY: demo test test-all lint readme docs docs-serve clean export-matrix

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	.venv/bin/pip install -q -c constraints.txt -e '.[dev]'
	touch $@

.venv-demo/installed: pyproject.toml constraints.txt
	@echo 'Installing kerasgan and one framework into .venv-demo ...'
	$(PYTHON) -m venv .venv-demo
	.venv-demo/bin/pip install -q -c constraints.txt -e . $(TENSORFLOW)
	touch $@

# TensorFlow in bfloat16 is the fastest of the three on two cores; JAX, the lightest to
# install, does not reach digits in the time. The digits are drawn by the package, so
# nothing is downloaded; half the preset's batch gives twice the steps in the time.
demo: .venv-demo/installed
	@echo 'Training mnist-28 on 10,000 drawn digits, for $(DEMO_MINUTES) minutes at most.'
	@echo 'After each epoch, demo/samples/ shows how far it is.'
	rm -rf demo
	KERAS_BACKEND=tensorflow TF_CPP_MIN_LOG_LEVEL=3 .venv-demo/bin/kerasgan train \
	  mnist-28 --data glyphs-28 --dtype mixed_bfloat16 --batch-size 32 \
	  --epochs 30 --minutes $(DEMO_MINUTES) --out demo
	@echo 'Now look at demo/grid.png: 64 images that the generator made.'

# One process a backend: Keras takes its backend when it is imported. Two run at a
# time, on a core each; JAX, the longest, begins first. Tests make the same small
# networks again and again: what JAX compiled once is kept, which halves its time.
test: .venv/installed
	@mkdir -p build; rm -rf build/test-*.log build/jax-cache; failed=0; \
	$(MAKE) -j$(JOBS) --no-print-directory --output-sync=target --keep-going \
	  $(addprefix test-,$(BACKENDS)) || failed=1; \
	for backend in $(BACKENDS); do \
	  echo "$$backend: $$(tail -n 1 build/test-$$backend.log)"; \
	done; \
	exit $$failed

test-%: .venv/installed
	@echo "Tests with KERAS_BACKEND=$*"
	@mkdir -p build; KERAS_BACKEND=$* TF_CPP_MIN_LOG_LEVEL=2 OMP_NUM_THREADS=1 \
	  TF_NUM_INTRAOP_THREADS=1 TF_NUM_INTEROP_THREADS=1 \
	  JAX_COMPILATION_CACHE_DIR=$(CURDIR)/build/jax-cache \
	  JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS=0.1 \
	  JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES=-1 \
	  .venv/bin/python -m pytest -q $(PYTEST_ARGUMENTS) 2>&1 | tee build/test-$*.log

# First the tests that are marked as long. Then six environments, each made new and
# removed: about half an hour, 2 GB of downloads. Then real deaths at random moments:
# about ten minutes a backend.
test-all: test
	$(MAKE) test PYTEST_ARGUMENTS='-m long'
	.venv/bin/python tests/fresh_environments.py
	for backend in $(BACKENDS); do \
	  KERAS_BACKEND=$$backend TF_CPP_MIN_LOG_LEVEL=3 OMP_NUM_THREADS=1 \
	    TF_NUM_INTRAOP_THREADS=1 TF_NUM_INTEROP_THREADS=1 \
	    .venv/bin/python -W ignore tests/kill_and_resume.py; \
	done

# Two tests of tests/test_export*.py with full-size generators: half an hour.
export-matrix: .venv/installed
	rm -f build/export-*.json
	for backend in $(BACKENDS); do \
	  KERASGAN_EXPORT_MATRIX=full KERAS_BACKEND=$$backend TF_CPP_MIN_LOG_LEVEL=3 \
	    OMP_NUM_THREADS=1 TF_NUM_INTRAOP_THREADS=1 TF_NUM_INTEROP_THREADS=1 \
	    .venv/bin/python -m pytest -q tests/test_export.py tests/test_export_files.py \
	    -k 'format_gives or smaller_weights'; \
	done
	.venv/bin/python docs/export_matrix.py

# The table of presets in the README, from the presets.
readme: .venv/installed
	.venv/bin/python docs/readme.py

# On PyTorch, which exports what the playground runs; that needs npm. Without it:
# make docs DOCS_ARGUMENTS=--no-playground
docs: .venv/installed
	KERAS_BACKEND=torch .venv/bin/python docs/build.py $(DOCS_ARGUMENTS)
	@echo 'The site is build/site; make docs-serve shows it.'

docs-serve:
	$(PYTHON) -m http.server --bind 127.0.0.1 --directory build/site 8000

lint: .venv/installed
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

clean:
	rm -rf .venv .venv-demo .pytest_cache .ruff_cache build demo dist
