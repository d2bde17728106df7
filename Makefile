# What a person or CI asks of the project. Needs make and Python 3.11 or later; brings the rest.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo gallery test cover check docs clean FORCE

PYTHON ?= python3
ARGS ?=

FILM := films/demo.mp4
PIP_INSTALL := .venv/bin/pip install -q --disable-pip-version-check -c constraints.txt
COVER := core:95 renderer:85 app:85
READY_IF := pyproject.toml constraints.txt .venv/sources

# $(1) is what to install: `.` or `.[dev]`. Strict, because pyright resolves only that kind.
define install
	@echo "Installing Neuronaut into .venv; the first time this takes a few minutes."
	@$(PIP_INSTALL) 'setuptools>=77'
	@$(PIP_INSTALL) --no-build-isolation --use-pep517 --config-settings editable_mode=strict -e '$(1)'
	@sh .ci/system-libraries opengl .venv/bin/python
endef

help: ## list these targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1\t\2/p' Makefile

demo: .venv/ready ## fly: in a window where there is a screen, else record a film
ifneq ($(DISPLAY)$(WAYLAND_DISPLAY),)
	.venv/bin/neuronaut $(ARGS)
else
	@mkdir -p $(dir $(FILM))
	.venv/bin/neuronaut record $(FILM) --force $(ARGS)
	@echo "There is no screen here, so the demo is a film: $(CURDIR)/$(FILM)"
endif

gallery: .venv/ready ## draw every way of looking at a network on one sheet, films/gallery.png
	@mkdir -p films
	.venv/bin/python demos/08_gallery.py films/gallery.png $(ARGS)

test: .venv/ready-to-test ## run every test; make test ARGS="-k similarity" runs some
	.venv/bin/pytest $(ARGS)

cover: .venv/ready-to-test ## run every test and print what none reaches; fails below the goals
	.venv/bin/pytest --cov --cov-report= $(ARGS)
	@failed=0; for goal in $(COVER); do \
	echo "$${goal%:*}: at least $${goal#*:} %"; \
	.venv/bin/coverage report --include="$${goal%:*}/*" --fail-under=$${goal#*:} || failed=1; \
	done; exit $$failed

check: .venv/ready-to-test ## lint, formatting, types, and which folder may import which
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/pyright
	.venv/bin/lint-imports

docs: .venv/ready-for-docs ## build the pages of docs as HTML, docs/_build/index.html
	.venv/bin/python -m sphinx -W --keep-going -q docs docs/_build
	@echo "$(CURDIR)/docs/_build/index.html"

clean: ## remove .venv and all that was built; films stay
	rm -rf .venv build dist *.egg-info .pytest_cache .hypothesis .ruff_cache .import_linter_cache .coverage* docs/_build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/ready: $(READY_IF)
	$(call install,.)
	@touch $@

.venv/ready-to-test: $(READY_IF)
	$(call install,.[dev])
	@sh .ci/system-libraries window-tests
	@touch .venv/ready .venv/ready-for-docs $@

.venv/ready-for-docs: $(READY_IF)
	$(call install,.[docs])
	@touch .venv/ready $@

# A strict editable install links file by file: a new or removed source asks for another.
.venv/sources: FORCE | .venv/bin/pip
	@find core renderer shaders app -type f ! -name '*.pyc' ! -name '.*' | sort > $@.now
	@if cmp -s $@.now $@; then rm $@.now; else mv $@.now $@; fi

.venv/bin/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo \
	"Neuronaut needs Python 3.11 or later and '$(PYTHON)' is not: name one, as in" \
	"make PYTHON=python3.12 demo." >&2; exit 1; }
	@sh .ci/system-libraries venv '$(PYTHON)'
	@$(PYTHON) -m venv .venv
