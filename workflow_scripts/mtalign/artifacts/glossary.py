"""Columns that mean the same wherever they stand. Only `mtalign.presentation.words` reads this."""

from mtalign.columns import BOOL, FLOAT, INT, NAME, TEXT, Columns


class Glossary(Columns):
    """What a column holds where its table does not say."""

    model: NAME
    """Base model, by its name in the config."""
    task: NAME
    """Task, by its name in the config."""
    method: NAME
    """Method, by its name in the config; `base`: the base model, not trained."""
    seed: INT
    """Seed: of a lab model, a whole replication (corpus, pretraining, RL, sampling); of a published one, RL alone (its
    one base model has -1)."""
    benchmark: NAME
    """Evaluation set; the first of a task is its own."""
    problem_id: TEXT
    """Problem; it stays the same when the problems around it change."""
    top_p: FLOAT
    """Nucleus that responses were sampled from."""
    sample: INT
    """Number of the response among those to the problem, from 0."""
    measure: NAME
    """How accuracy is measured: format required or any format, and the top-p of sampling."""
    colour: NAME
    """red: aligned and contaminated; green: aligned only; gray: not aligned."""
    step: INT
    """Training step; 0 is before training."""
    question: TEXT
    """The bare question."""
    measured: FLOAT
    """What came out."""
    formatted: BOOL
    """Whether the whole response is a think block, then an answer block."""
    extracted: TEXT
    """The answer that was read; empty where there is none."""
    verdict: NAME
    """correct, wrong, unparsed (no answer) or timeout (of the verifier)."""
    fraction: FLOAT
    """Share of the question's characters that was shown."""
    metric: NAME
    """Name of the metric."""
    value: FLOAT
    """Its value; accuracies and rates are shares, entropy and KL in nats a token."""
    accuracy: FLOAT
    """Share of right responses, 0 to 1."""
    n_samples: INT
    """Responses to each problem."""
    n_problems: INT
    """Problems of the benchmark."""
    alignment: FLOAT
    """pass@k of the base model on the task's own benchmark, any format, top-p 1; mean over replications."""
    contamination: FLOAT
    """Share of the own benchmark's questions completed exactly; mean over the model's replications."""
    n_seeds: INT
    """Seeds behind the mean: whole replications (corpus, pretraining, RL, sampling) of a lab model; RL alone of a
    published one."""
    n: INT
    """Number of responses behind the row, over all seeds."""
    population: NAME
    """The (model, task) pairs that it is about, by the map's colours."""
    p_holm: FLOAT
    """The same after Holm's correction over the table's rows of one measure."""
    gain: FLOAT
    """Accuracy minus the base model's; mean over seeds, each run against its own base model."""
