# make run    install into .venv, run the default study, write the report
# make test   install the development tools too, check style and types, run the tests
# make docs   build the documentation into out/docs, its examples executed
# make web    build the explorer's page from web/ (needs Node; its result is committed)
# make bench  time the engine against its rivals
# make lock   renew the requirements files (needs uv)
# make clean  remove what the above made

PYTHON ?= python3
UV     ?= uv
VENV   := .venv
BIN    := $(VENV)/bin
OUT    ?= out/one_infusion
STUDY  ?=
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: run test docs web web-check bench lock clean

run: $(VENV)/installed
	@$(BIN)/ketasim run $(STUDY) --out $(OUT)

test: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/python -m pytest -n 2

docs: $(VENV)/installed-docs
	$(BIN)/python -m sphinx -W --keep-going -n -q -j 2 -b html -d out/docs_doctrees docs out/docs
	@echo "documentation: out/docs/index.html"

web:
	npm --prefix web ci --no-audit --no-fund
	npm --prefix web run build

# The committed page is what its source builds.
web-check: web
	git diff --exit-code --stat -- src/ketasim/explorer/page

bench: $(VENV)/installed $(VENV)/tried-bench
	$(BIN)/python -m bench
	$(BIN)/python -m bench.explorer

# One line instead of a page when Debian's python3-venv is missing or Python is too old.
$(VENV)/created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "ketasim needs Python 3.11 or newer as '$(PYTHON)'; on Debian: apt install python3 python3-venv (or: make PYTHON=/path/to/python3.11)" >&2; exit 2; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { \
	  echo "ketasim needs Python's venv module; on Debian: apt install python3-venv" >&2; exit 2; }
	@echo "creating $(VENV)"
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(VENV)/requirements: requirements.txt $(VENV)/created
	@echo "installing requirements (once; a few minutes)"
	@$(PIP) install --require-hashes --requirement requirements.txt
	@touch $@

# Editable, so that an edited source needs no second installation.
$(VENV)/installed: pyproject.toml $(VENV)/requirements
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/installed-dev: requirements-dev.txt $(VENV)/installed
	@echo "installing development tools (once)"
	@$(PIP) install --require-hashes --requirement requirements-dev.txt
	@touch $@

$(VENV)/installed-docs: requirements-docs.txt $(VENV)/installed
	@echo "installing what builds the documentation (once)"
	@$(PIP) install --require-hashes --requirement requirements-docs.txt
	@touch $@

# Rivals are welcome, not needed: one that will not install is left out of the table.
$(VENV)/tried-bench: pyproject.toml $(VENV)/installed
	@for rival in "libroadrunner>=2.7" "pydiffsol>=0.6" "numbalsoda>=0.3.4"; do \
	  $(PIP) install "$$rival" || echo "bench: $$rival did not install; its rows will be missing" >&2; \
	done
	@touch $@

# uv.lock would write the addresses of package indexes; a compiled file does not.
COMPILE := $(UV) pip compile --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-header --quiet --group pyproject.toml:build pyproject.toml

lock:
	$(COMPILE) --output-file requirements.txt
	$(COMPILE) --extra dev --constraint requirements.txt --output-file requirements-dev.txt
	$(COMPILE) --extra docs --constraint requirements-dev.txt --output-file requirements-docs.txt

clean:
	rm -rf $(VENV) out build dist .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +
