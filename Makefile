# Each target first sets up what it needs in .venv, and only when pyproject.toml or
# constraints.txt changed. Nothing has to be activated: every command runs .venv's own Python.

SHELL := bash
VENV := .venv
TOOLS := .venv-tools
UV_VERSION := 0.13.9

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help lab test test-portable edit notebooks book pdf bench constraints clean

help: ## print this list
	@echo "make TARGET, where TARGET is one of"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-15s%s\n", $$1, $$2 }' Makefile

lab: $(VENV)/.installed-course ## open the lessons in JupyterLab, in your own copy: my-lessons/
	@$(PY) -m rmsprop_course.cli lab my-lessons

test: $(VENV)/.installed-all ## check style and types, run every test and lesson (ARGS="-k name" picks)
	@echo "Checking style and types"
	@$(PY) -m ruff check --quiet
	@$(PY) -m ruff format --check --quiet
	@$(PY) -m mypy
	@echo "Running the tests and the lessons"
	@$(PY) -m pytest --numprocesses=auto --maxprocesses=4 $(ARGS)

test-portable: $(VENV)/.installed-all ## run the lessons once more with another processor's arithmetic
	@$(PY) tools/portable.py $(ARGS)

edit: $(VENV)/.installed-course ## open notebooks/ itself in JupyterLab, to write
	@$(PY) -m rmsprop_course.cli lab --edit notebooks

notebooks: $(VENV)/.installed-all ## execute lessons and assignments, write their one form (ARGS="--refresh 04")
	@$(PY) -m ruff format --quiet notebooks
	@$(PY) tools/notebooks.py build $(ARGS)

book: $(VENV)/.installed-all ## build the website: book/_build/html (REPOSITORY=… SITE=…: its addresses)
	@echo "Building the website from the lessons as they are stored"
	@REPOSITORY='$(REPOSITORY)' SITE='$(SITE)' $(PY) tools/website.py $(ARGS)

pdf: $(VENV)/.installed-all ## print the website as one book: book/_build/rmsprop-course.pdf (needs Chromium)
	@echo "Building the website and printing it"
	@REPOSITORY='$(REPOSITORY)' SITE='$(SITE)' $(PY) tools/website_pdf.py $(ARGS)

bench: $(VENV)/.installed-course ## time the library on this machine (ARGS=--quick: a minute)
	@$(PY) -m rmsprop_course.cli bench $(ARGS)
	@$(PY) bench/hyperparameter_sweep.py

constraints: $(TOOLS)/.uv-$(UV_VERSION) ## write constraints.txt from pyproject.toml (UPGRADE=1: newest of all)
	@PATH="$(CURDIR)/$(TOOLS)/bin:$$PATH" $(TOOLS)/bin/python tools/constraints.py $(if $(UPGRADE),--upgrade)

clean: ## remove what was built and cached; .venv and my-lessons/ stay
	@rm -rf build dist book/_build .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find . \( -name .venv -o -name .venv-tools -o -name my-lessons -o -name .git \) -prune -o \
		\( -name __pycache__ -o -name .ipynb_checkpoints \) -type d -prune -exec rm -rf {} +

# --- What the targets stand on ---

PY := $(VENV)/bin/python
ALL_EXTRAS := book,hub,test

# What a lesson shows shall not depend on the settings of who builds it (conftest.py does so for tests).
notebooks: export MPLCONFIGDIR := $(CURDIR)/$(VENV)/var/matplotlib
notebooks: export IPYTHONDIR := $(CURDIR)/$(VENV)/var/ipython

# The first Python that is new enough; `make PYTHON=…` names another.
NEW_ENOUGH := import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	"$$python" -c '$(NEW_ENOUGH)' 2>/dev/null && echo "$$python" && break; done)

define create-venv
	@"$(PYTHON)" -c '$(NEW_ENOUGH)' 2>/dev/null || { echo "This needs Python 3.11 or newer with venv \
	(Debian: apt install python3-venv). If you have one, name it: make PYTHON=/path/to/python3.12"; exit 1; }
	@echo "Creating $(@D) with $$("$(PYTHON)" --version)"
	@"$(PYTHON)" -m venv $(if $(wildcard $@),--clear) $(@D)
endef

# A .venv that was moved or copied points back at its old folder: clear it and create it again.
ifneq ($(shell cat $(VENV)/.folder 2>/dev/null),$(CURDIR))
.PHONY: $(VENV)/.folder
endif
$(VENV)/.folder:
	$(create-venv)
	@echo '$(CURDIR)' >$@

# make TORCH=cpu (or auto, cu126, …) takes PyTorch's build for that device, not pip's choice.
define install-torch
	@echo "Installing PyTorch for $(TORCH) into $(VENV)"
	@$(TOOLS)/bin/python -m uv pip install --quiet --python $(PY) --torch-backend=$(TORCH) \
		"$$(grep '^torch==' constraints.txt)"
endef
ifdef TORCH
$(VENV)/.installed-course $(VENV)/.installed-all: | $(TOOLS)/.uv-$(UV_VERSION)
endif

# Of what pip says, the large downloads are shown; its errors are not filtered.
define install
	@echo "Installing $(1) into $(VENV) (the first time takes minutes: PyTorch is large)"
	@set -o pipefail; $(PY) -m pip install --disable-pip-version-check --progress-bar off \
		--constraint constraints.txt --editable '.[$(1)]' | { grep --line-buffered -oE \
		'(Downloading|Using cached) .*\([0-9]{2,}\.[0-9] MB\)|Installing collected packages' || true; }
endef

$(VENV)/.installed-course: $(VENV)/.folder pyproject.toml constraints.txt
	$(if $(TORCH),$(install-torch))
	$(call install,course)
	@touch $@

$(VENV)/.installed-all: $(VENV)/.folder pyproject.toml constraints.txt
	$(if $(TORCH),$(install-torch))
	$(call install,$(ALL_EXTRAS))
	@touch $(VENV)/.installed-course $@

# uv has an environment of its own, so that .venv holds the tested packages and no other.
$(TOOLS)/.uv-$(UV_VERSION):
	@rm -rf $(TOOLS)
	$(create-venv)
	@$(TOOLS)/bin/python -m pip install --disable-pip-version-check --quiet uv==$(UV_VERSION)
	@touch $@
