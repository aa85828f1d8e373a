# make demo    pictures of shipped weights, and a small GAN trained in a few minutes
# make test    the suite: what a backend changes on each, the rest on PyTorch
# make test-all   all of it on each backend, exports in a fresh environment for each extra,
#              trainings that are killed and files that are damaged, into
#              docs/reliability.md
# make lint    ruff and mypy
# make readme  the README's table of presets, from the presets
# make notebooks   each recipe as a notebook, into build/notebooks
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
# Of each test process: JOBS of them run at a time.
ONE_THREAD := TF_CPP_MIN_LOG_LEVEL=3 OMP_NUM_THREADS=1 TF_NUM_INTRAOP_THREADS=1 \
  TF_NUM_INTEROP_THREADS=1
DEMO_MINUTES ?= 15
DEMO := KERAS_BACKEND=tensorflow TF_CPP_MIN_LOG_LEVEL=3 .venv-demo/bin/kerasgan
# The build without CUDA, where there is one.
TENSORFLOW ?= "tensorflow-cpu; platform_system == 'Linux' and platform_machine == 'x86_64'" \
  "tensorflow; platform_system != 'Linux' or platform_machine != 'x86_64'"

.PHONY: demo test test-all lint readme notebooks docs docs-serve clean export-matrix

.venv/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	.venv/bin/pip install -q -c constraints.txt -e '.[dev]'
	touch $@

.venv-demo/installed: pyproject.toml constraints.txt
	@echo 'Installing kerasgan and one framework into .venv-demo ...'
	$(PYTHON) -m venv .venv-demo
	.venv-demo/bin/pip install -q -c constraints.txt -e . $(TENSORFLOW)
	touch $@

# TensorFlow in bfloat16 is the fastest of the three on two cores. The digits are drawn
# by the package and the weights are part of it, so nothing else is downloaded. It ends
# when the preset's steps are done; the limit is for a machine that is very slow or busy.
demo: .venv-demo/installed
	rm -rf demo; mkdir demo
	@echo 'Digits of mnist-28, whose trained weights are shipped:'
	$(DEMO) generate mnist-28 --out demo/digits.png --seed 0
	@echo 'Training conditional-gan/glyphs-28 on 10,000 drawn digits; after each epoch,'
	@echo 'demo/training/samples/ shows how far it is.'
	$(DEMO) train conditional-gan/glyphs-28 --data glyphs-28 \
	  --dtype mixed_bfloat16 --minutes $(DEMO_MINUTES) --out demo/training
	@echo 'Now look at demo/digits.png, of the shipped weights, and at'
	@echo 'demo/training/grid.png: 64 images of the generator that was trained here.'

# The backends in turn, as Keras takes one when it is imported; each on all cores, file by
# file. Tests make the same small networks again and again, for some steps only, so JAX
# compiles in haste: what it compiled once is kept, it optimises little, and it does so
# by XLA's older emitters, which are twice as quick.
test: .venv/installed
	@mkdir -p build; rm -rf build/test-*.log build/jax-cache; failed=0; \
	for backend in $(BACKENDS); do \
	  $(MAKE) --no-print-directory test-$$backend || failed=1; \
	done; \
	for backend in $(BACKENDS); do \
	  echo "$$backend: $$(grep -E '(passed|failed|error).* in ' build/test-$$backend.log \
	    | tail -n 1)"; \
	done; \
	exit $$failed

test-%: .venv/installed
	@echo "Tests with KERAS_BACKEND=$*"
	@mkdir -p build; KERAS_BACKEND=$* $(ONE_THREAD) \
	  XLA_FLAGS=--xla_cpu_use_fusion_emitters=false \
	  JAX_DISABLE_MOST_OPTIMIZATIONS=1 JAX_COMPILATION_CACHE_DIR=$(CURDIR)/build/jax-cache \
	  JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS=0.1 \
	  JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES=-1 \
	  .venv/bin/python -m pytest -q -n $(JOBS) --dist loadfile $(PYTEST_ARGUMENTS) 2>&1 \
	  | tee build/test-$*.log

# Every test on every backend: hours. Then six environments, each made new and removed:
# about half an hour, 2 GB of downloads. Then real deaths at random moments: about ten
# minutes a backend. Then files that are damaged at random, and what tests count.
test-all:
	$(MAKE) test PYTEST_ARGUMENTS='--everywhere -m "long or not long"'
	.venv/bin/python tests/fresh_environments.py
	for backend in $(BACKENDS); do \
	  KERAS_BACKEND=$$backend $(ONE_THREAD) \
	    .venv/bin/python -W ignore tests/kill_and_resume.py || exit 1; \
	done
	KERAS_BACKEND=torch $(ONE_THREAD) \
	  .venv/bin/python -W ignore tests/damage_files.py
	for backend in $(BACKENDS); do \
	  KERAS_BACKEND=$$backend $(ONE_THREAD) .venv/bin/python tests/count_tests.py || exit 1; \
	done

# Two tests of tests/test_export_files.py with full-size generators: half an hour.
export-matrix: .venv/installed
	rm -f build/export-*.json
	for backend in $(BACKENDS); do \
	  KERASGAN_EXPORT_MATRIX=full KERAS_BACKEND=$$backend $(ONE_THREAD) \
	    .venv/bin/python -m pytest -q tests/test_export_files.py \
	    -k 'format_gives or smaller_weights'; \
	done
	.venv/bin/python docs/export_matrix.py

# The table of presets in the README, from the presets.
readme: .venv/installed
	.venv/bin/python docs/readme.py

notebooks: .venv/installed
	.venv/bin/python docs/notebooks.py
# On PyTorch, which exports what the playground runs; that needs npm. Without it:
# make docs DOCS_ARGUMENTS=--no-playground
docs: .venv/installed notebooks
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
