# nimdeck. A fresh machine needs make and Python 3.11 or newer with venv; the rest is set up here, into .venv and .tools.
#
#   make demo    the app on an embedded cluster       make check   lint, format, types, import contracts
#   make test    all tests                            make bench   the figures, as medians
#   make fix     what ruff can mend by itself         make shots   the pictures of the README
#   make lock    the pinned requirements anew     make bench-peers   the load generator beside its peers

PYTHON_IN_VENV = .venv/bin/python
PYTEST_FLAGS ?= -q -rs -n 4 --dist loadfile --no-loadscope-reorder
DEMO_FLAGS ?=

# Compiled files are kept, whatever the shell says: the tests start hundreds of processes and compile for each otherwise.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test check fix bench bench-peers shots lock

demo:
	@requirements/venv.sh runtime
	@$(PYTHON_IN_VENV) -m tui.cli demo $(DEMO_FLAGS)

test:
	@requirements/venv.sh test
	@requirements/prometheus.sh
	@$(PYTHON_IN_VENV) -m pytest $(PYTEST_FLAGS)

check:
	@requirements/venv.sh dev
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports

fix:
	@requirements/venv.sh dev
	@.venv/bin/ruff check --fix .
	@.venv/bin/ruff format .

bench:
	@requirements/venv.sh test
	@$(PYTHON_IN_VENV) -m tests.figures

bench-peers:
	@requirements/venv.sh test
	@$(PYTHON_IN_VENV) -m tests.figures.bench_client

shots:
	@requirements/venv.sh test
	@$(PYTHON_IN_VENV) screenshots/make.py

lock:
	@requirements/venv.sh dev
	@requirements/lock.sh
