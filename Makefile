# The book's commands. Each is a few lines over standard tools; README.md has them without make.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/ready

# Where this is set, Python does not keep what it compiles, and every process of the tests would
# compile TensorFlow again: eight seconds, fifty times.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help book zip epub workshop kit wheels test lab execute replicate bench lint lock clean

help:
	@echo "make book       build the site"
	@echo "make zip        the whole site in one file, to be read without a network"
	@echo "make epub       the book for e-readers"
	@echo "make workshop   student, instructor and live-coding notebooks, and slides"
	@echo "make kit        all of it and the site in one file, for a room without a network"
	@echo "make wheels     gather what is to be installed there (SYSTEMS=windows, macos or linux)"
	@echo "make test       run every test: blocks, book, and every cell of every notebook"
	@echo "make lab        open the notebooks in JupyterLab"
	@echo "make execute    re-run notebooks and store their outputs (NOTEBOOKS=chapters/dense.ipynb)"
	@echo "make replicate  run every notebook with seeds 0 to 4, print what each claim measured"
	@echo "make bench      time every block against the same layers written by hand"
	@echo "make lint       check style with ruff"
	@echo "make lock       renew constraints.txt from requirements.txt"
	@echo "make clean      remove what was built, all but .venv"

book: $(READY) _build/fresh
	$(BIN)/jupyter-book build .
	@echo "Open _build/html/index.html in a browser: file://$(CURDIR)/_build/html/index.html"

zip: book
	cd _build && $(CURDIR)/$(BIN)/python -c 'import shutil; shutil.make_archive("building-blocks", "zip", "html")'
	@echo "Unpack _build/building-blocks.zip anywhere and open index.html"

epub: $(READY) _build/fresh
	$(BIN)/jupyter-book build . --builder custom --custom-builder epub
	mv _build/epub/building-blocks.epub _build/
	@echo "_build/building-blocks.epub"

workshop: $(READY)
	$(BIN)/python tools/workshop.py

kit: book workshop
	$(BIN)/python tools/kit.py

wheels: $(READY)
	$(BIN)/python tools/wheels.py $(SYSTEMS)

test: $(READY)
	$(BIN)/pytest tests --dist worksteal --cov
	$(BIN)/pytest chapters

lab: $(READY)
	$(BIN)/jupyter lab chapters

execute: $(READY)
	$(BIN)/python tools/execute.py $(NOTEBOOKS)

replicate: $(READY)
	$(BIN)/python tools/replicate.py $(NOTEBOOKS)

bench: $(READY)
	$(BIN)/python tools/bench.py

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

# Sphinx rebuilds the pages whose text changed, which is not enough when these change.
_build/fresh: _config.yml _toc.yml $(wildcard tools/*.py _static/* _templates/* _templates/*/*)
	rm -rf _build/html _build/epub _build/.doctrees _build/jupyter_execute
	mkdir -p _build
	touch $@

# The environment: made again only when what it is made from changes. Python compiles the modules
# that are used when they are used: compiling all of them here would take half a minute.
$(READY): requirements.txt constraints.txt pyproject.toml | .venv/bin/python
	$(BIN)/pip install --disable-pip-version-check --no-compile -r requirements.txt
	touch $@

.venv/bin/python:
	@$(PYTHON) -c 'import sys; (3, 11) <= sys.version_info[:2] <= (3, 13) or sys.exit("The book needs Python 3.11, 3.12 or 3.13; $(PYTHON) is " + sys.version.split()[0] + ". Name another: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv .venv

# Versions already in constraints.txt stay where they still fit; delete the file to renew them all.
lock: | .venv/bin/python
	$(BIN)/pip install --disable-pip-version-check --quiet uv
	grep -v '^-' requirements.txt | $(BIN)/uv pip compile - --universal --python-version 3.11 \
	    --quiet --no-header --no-annotate --no-emit-index-url --output-file constraints.txt

clean:
	rm -rf _build dist .coverage* .pytest_cache .ruff_cache *.egg-info
	find blocks tests tools -name __pycache__ -prune -exec rm -rf {} +
