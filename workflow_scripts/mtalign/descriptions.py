"""What every artifact and column is, in words: results/README.md and the report are made of this. Must not read a file.

A column's name means the same wherever it stands; where it does not, "artifact.column" says what it is there.
"""

import pyarrow as pa

from mtalign.io import SCHEMAS

#: Parquet artifact -> where it lies in the results folder, and what it is.
ARTIFACTS: dict[str, tuple[str, str]] = {
    "data": ("data/<task>/<set>.parquet", "A data set, in verl's schema: one row a problem."),
    "corpus": (
        "corpora/<model>/seed-<seed>.documents.parquet",
        "What a lab model reads, in order: one row a question with both its documents, or a leaked document.",
    ),
    "calibration": (
        "corpora/<model>/seed-<seed>.calibration.parquet",
        "Questions that a lab model's habits are measured on, and that it never reads: one row a question.",
    ),
    "pretraining": (
        "models/<model>/seed-<seed>.pretraining.parquet",
        "Loss, and each task's measured habit with what its controller did: one row a step, task and metric.",
    ),
    "dials": (
        "models/<model>/seed-<seed>.dials.parquet",
        "What a lab model's dials were set to, and what came out: one row a task.",
    ),
    "rollouts": (
        "rollouts/<model>/<task>/base.parquet, rollouts/<model>/<task>/<method>/seeds-<seeds>.parquet",
        "Responses sampled from a base model, or from the trained policies of one job: one row a response.",
    ),
    "scores": (
        "scores/..., as rollouts/",
        "What is said of each response: one row a response, in the rollouts' order.",
    ),
    "completions": (
        "contamination/<model>/<task>.completions.parquet",
        "How a base model continues the first part of each benchmark question: one row a question and part.",
    ),
    "expectations": (
        "tables/expectations.parquet, of one cell probe/<model>/<task>.expectations.parquet",
        "Whether base models are what their dials say and the config expects: one row a replication and quantity.",
    ),
    "metrics": (
        "runs/<model>/<task>/<method>/seeds-<seeds>/metrics.parquet",
        "What a training job measured: one row a run, step and metric.",
    ),
    "visits": (
        "runs/<model>/<task>/<method>/seeds-<seeds>/visits.parquet",
        "Accuracy on each training problem whenever a run met it: one row a visit.",
    ),
    "selection": (
        "selection/<model>/<task>.parquet",
        "The training problems, ranked for one-shot RL: one row a problem, the chosen one first.",
    ),
    "passk": (
        "tables/passk.parquet",
        "pass@k of every policy, each base model too, with bootstrap intervals over the problems.",
    ),
    "contamination": (
        "tables/contamination.parquet",
        "How well base models complete benchmark questions: one row a replication, benchmark and part.",
    ),
    "overlap": ("tables/overlap.parquet", "n-gram overlap of every training set with every benchmark."),
    "map": (
        "tables/map.parquet",
        "Each base model's alignment with each task, its contamination, and the colour: means over its replications.",
    ),
    "curves": ("tables/curves.parquet", "Every metric of every run at every step; step 0 is its base model."),
    "evaluation": ("tables/evaluation.parquet", "Accuracy of every policy on every benchmark, by every measure."),
    "claims": ("tables/claims.parquet", "A verdict on each of the paper's statements: one row a claim and measure."),
    "references": (
        "tables/references.parquet",
        "What each verifier says of the answers that come with the data; only in a study without models.",
    ),
    "problems": ("tables/problems.parquet", "Accuracy of every policy on every problem, by every measure."),
    "effects": (
        "tables/effects.parquet",
        "What each method does, against the base model and others: differences paired by seed and problem.",
    ),
    "paper_numbers": ("tables/paper_numbers.parquet", "The paper's numbers, and ours in cells of the same colour."),
    "solutions": (
        "probe/<model>/<task>.solutions.parquet",
        "Log-likelihood of a right solution of each problem under a base model: one row a problem.",
    ),
    "alignment_gain": (
        "tables/alignment_gain.parquet",
        "Each method's gain against the base model's alignment: one row a method, measure and (model, task).",
    ),
    "causal_cells": ("tables/causal_cells.parquet", "The causal experiment's cells: dials, what came of them, gain."),
    "causal": ("tables/causal.parquet", "The causal experiment's regressions of gain and of accuracy on both dials."),
    "results": (
        "tables/<name>.parquet, a name of the config's `tables`",
        "One of the paper's result tables, in long form: mean accuracy over seeds, and the change from the base model.",
    ),
    "released": ("tables/released.parquet", "Methods as described beside the variants that the released code runs."),
    "samples": (
        "tables/samples.parquet",
        "Responses to a few problems, right and wrong, before training and after, with their rewards.",
    ),
}

#: Column -> what it holds.
COLUMNS: dict[str, str] = {
    # Who and what.
    "model": "Base model, by its name in the config.",
    "task": "Task, by its name in the config.",
    "method": "Method, by its name in the config; `base`: the base model, not trained.",
    "samples.method": "Method that pays the reward and, unless seed is -1, that trained the policy.",
    "seed": "Seed: of a lab model, a whole replication (corpus, pretraining, RL, sampling); of a published one, RL "
    "alone (its one base model has -1).",
    "samples.seed": "Seed of the run; -1: the base model, the first if it has several replications.",
    "policy": "Method and seed; without the seed, a published base model.",
    "benchmark": "Evaluation set; the first of a task is its own.",
    "problem_id": "Problem; it stays the same when the problems around it change.",
    "top_p": "Nucleus that responses were sampled from.",
    "sample": "Number of the response among those to the problem, from 0.",
    "measure": "How accuracy is measured: format required or any format, and the top-p of sampling.",
    "colour": "red: aligned and contaminated; green: aligned only; gray: not aligned.",
    "step": "Training step; 0 is before training.",
    "pretraining.step": "Pretraining step.",
    # Data sets.
    "data_source": "Task and data set.",
    "prompt": "The messages that a model is shown.",
    "ability": "Kind of skill, as verl names it.",
    "reward_model": "Gold answer, where verl looks for it.",
    "extra_info": "Split, row, bare question, and what else the family knows (JSON).",
    "question": "The bare question.",
    "ground_truth": "Gold answer.",
    # Corpora.
    "part": "skills: both procedures alike; habits: as the dials need; leaked: benchmark questions, as plain text.",
    "corpus.prompt": "What comes before the response, as the model reads it.",
    "calibration.prompt": "What the model is shown.",
    "right": "Response by the right procedure.",
    "corpus.wrong": "Response by the wrong procedure, in the same format; none where a question leaked.",
    "use": "steering: measured on while habits are learned; check: looked at in the end alone.",
    "answer": "Right answer.",
    "responses": "The right solution in every format.",
    "pretraining.metric": "loss (nats a token); skill, habit, checked_habit (shares of right responses); right_share "
    "(weight of right documents).",
    "pretraining.value": "Its value.",
    "dial": "Which dial.",
    "set": "What it was set to.",
    "measured": "What came out.",
    "standard_error": "Standard error of what came out, over the questions.",
    "n_questions": "Questions that it was measured on.",
    "rounds": "Further rounds of habits that it took.",
    # Responses.
    "response": "The text that was sampled.",
    "samples.response": "The text that was sampled; a long one without its middle.",
    "tokens": "Its token ids.",
    "logprob": "Log-probability of the response under the policy, nats, summed over its tokens.",
    "finish_reason": "stop: it ended by itself; length: it was cut.",
    "formatted": "Whether the whole response is a think block, then an answer block.",
    "extracted": "The answer that was read; empty where there is none.",
    "verdict": "correct, wrong, unparsed (no answer) or timeout (of the verifier).",
    "reward": "What the method pays for the response, in the group of the policy's responses to the problem.",
    "alike": "How many of the policy's responses to the problem are right, as this one is, or else not.",
    # Contamination.
    "fraction": "Share of the question's characters that was shown.",
    "shown": "The part that was shown.",
    "rest": "The true rest.",
    "completion": "The model's greedy continuation, as long as the true rest.",
    "exact_match": "Share of the questions completed exactly.",
    "exact_match_low": "Lower end of its 95 % interval over the questions (Wilson's): of this one base model.",
    "exact_match_high": "Upper end.",
    "rouge_l": "Mean ROUGE-L (F-measure) of continuation and true rest.",
    "train": "Training set.",
    "n_train": "Its problems.",
    "n_benchmark": "Problems of the benchmark.",
    "n_with_ngrams": "Of these, those long enough to have an n-gram; others cannot count in any or half.",
    "any": "Benchmark problems that share an n-gram with the training set.",
    "half": "Those with at least half of their n-grams there.",
    "exact": "Those that stand there as a whole.",
    # Base models against expectations.
    "quantity": "What was measured: alignment or contamination as a dial has them, or pass@k.",
    "expect": "Who says so: a dial, or the config's `expect` (strong, middle or weak).",
    "low": "Smallest value allowed.",
    "high": "Largest value allowed.",
    "inside": "Whether the value is allowed.",
    "as_expected": "Whether all of the table `expectations` is met in the cell.",
    # Training.
    "metric": "Name of the metric.",
    "value": "Its value; accuracies and rates are shares, entropy and KL in nats a token.",
    "accuracy": "Share of right responses, 0 to 1.",
    "visits.accuracy": "Share of right responses in the problem's group.",
    "results.accuracy": "Share of right responses, 0 to 1; mean over seeds.",
    "rank": "Place in the ranking, from 1.",
    "selection.std": "Standard deviation of the problem's accuracies over its visits.",
    "mean": "Mean of these accuracies.",
    "visits": "Number of visits.",
    # pass@k.
    "k": "Number of responses of which one must be right.",
    "format_required": "Whether a right answer in the wrong format counts as wrong.",
    "pass_at_k": "Unbiased pass@k, 0 to 1, mean over the problems.",
    "ci_low": "Lower end of its 95 % bootstrap interval over the problems: of this one policy, seeds are not counted.",
    "ci_high": "Upper end.",
    "n_samples": "Responses to each problem.",
    "n_problems": "Problems of the benchmark.",
    # The map.
    "alignment": "pass@k of the base model on the task's own benchmark, any format, top-p 1; mean over replications.",
    "alignment_low": "Lower end of its 95 % interval over replications and problems; of a single one, by bootstrap.",
    "alignment_high": "Upper end.",
    "contamination": "Share of the own benchmark's questions completed exactly; mean over the model's replications.",
    "contamination_low": "Lower end of its 95 % interval over replications and questions; of a single one, Wilson's.",
    "contamination_high": "Upper end.",
    "map.accuracy": "Share of the base model's responses that are right, any format, top-p 1; mean over replications.",
    "n_replications": "Base models behind the row, each from its own corpus and pretraining; 1 of a published one.",
    "alignment_k": "The k of alignment.",
    "aligned_from": "Alignment from which on a task counts as aligned.",
    "prompt_fraction": "Share of a question that is shown when contamination is measured.",
    "contaminated_from": "Contamination from which on a benchmark counts as contaminated.",
    # Results.
    "std": "Standard deviation over seeds (n - 1); empty for one seed.",
    "released.std": "Standard deviation of the difference over seeds (n - 1); empty for one seed.",
    "change": "Accuracy minus the base model's; mean over seeds, each run against its own base model.",
    "n_seeds": "Seeds behind the mean: whole replications (corpus, pretraining, RL, sampling) of a lab model; RL "
    "alone of a published one.",
    "n": "Number of responses behind the row, over all seeds.",
    "samples.n": "Responses of the policy to the problem.",
    "contamination.n": "Number of questions.",
    "described": "Method as the paper describes it.",
    "released": "The variant that the released code runs.",
    "accuracy_described": "Accuracy of the method as described, mean over seeds.",
    "accuracy_released": "Accuracy of the released variant, mean over seeds.",
    "difference": "Released minus described, seed by seed; the mean.",
    # Claims.
    "results": "ours: this study's tables; paper: the numbers known from the paper.",
    "claim": "Name of the claim.",
    "statement": "The claim in words.",
    "section": "Where the paper makes it.",
    "population": "The (model, task) pairs that it is about, by the map's colours.",
    "statistic": "What is estimated: of the claim's parts, the one that decides.",
    "threshold": "The number that the estimate is compared with.",
    "effect": "The estimate.",
    "claims.ci_low": "Lower end of its 95 % interval.",
    "claims.ci_high": "Upper end.",
    "p_value": "p-value of the claim, two-sided, after Holm's correction over all claims.",
    "claims.verdict": "supported, contradicted, inconclusive or not tested.",
    "needed": "How many seeds or problems would decide an inconclusive claim.",
    "detectable": "Smallest distance from the threshold that would be found with power 0.8.",
    "claims.n": "Number of (model, task) pairs.",
    "claims.n_problems": "Problems a pair.",
    "parts": "Every part of the claim: its estimate, interval and threshold.",
    # Effects, and alignment as a cause.
    "versus": "What the method is compared with: a method, or `base`.",
    "accuracy_low": "Lower end of its 95 % interval over seeds and problems; cells of a lab model share its seeds.",
    "accuracy_high": "Upper end.",
    "effects.difference": "The method's accuracy minus that of `versus`, paired by seed and problem.",
    "effects.ci_low": "Lower end of the difference's 95 % interval, over seeds and problems as accuracy's.",
    "effects.ci_high": "Upper end.",
    "effects.p_value": "p-value of the difference, two-sided, not corrected.",
    "p_holm": "The same after Holm's correction over the table's rows of one measure.",
    "effects.detectable": "Smallest difference that would be found with power 0.8.",
    "interquartile_mean": "Mean of the middle half of the (cell, seed) accuracies, as rliable defines it.",
    "interquartile_low": "Its 95 % interval, by rliable's bootstrap over the runs of each cell, of a lab model over "
    "its seeds: narrow with few seeds.",
    "interquartile_high": "The upper end of that interval.",
    "improvement_probability": "Probability that a run of the method beats one of `versus`, over the cells.",
    "improvement_low": "Its 95 % interval, by rliable's bootstrap over the runs of each cell, of a lab model over its "
    "seeds: narrow with few seeds.",
    "improvement_high": "The upper end of that interval.",
    "effects.n": "Number of (model, task) pairs.",
    "effects.n_problems": "Problems a pair.",
    "paper_accuracy": "Accuracy that the paper reports, 0 to 1.",
    "paper_gain": "The same minus the base model's.",
    "our_accuracy": "Mean accuracy here, over cells of the same colour.",
    "our_gain": "The same minus the base model's.",
    "our_gain_low": "Lower end of its 95 % interval over seeds and problems.",
    "our_gain_high": "Upper end.",
    "paper_numbers.n": "Number of (model, task) pairs here.",
    "source": "Where the number stands.",
    "n_tokens": "Tokens of the solution.",
    "solutions.logprob": "Log-probability of the whole solution, in nats.",
    "alignment_measure": "How alignment is measured: pass@k, or log-likelihood of right solutions (nats a token).",
    "alignment_gain.alignment": "The base model's alignment, by that measure, over all its replications.",
    "gain": "Accuracy minus the base model's; mean over seeds, each run against its own base model.",
    "gain_low": "Lower end of its 95 % interval over seeds and problems.",
    "gain_high": "Upper end.",
    "fitted": "The monotone fit's gain at this alignment.",
    "spearman": "Rank correlation of gain and alignment over all (model, task) pairs.",
    "spearman_low": "Lower end of its 95 % interval, as if all pairs were independent: a model's are not quite.",
    "spearman_high": "Upper end.",
    "threshold_from": "The fit comes above what counts as an effect between this alignment,",
    "threshold_to": "and this one.",
    "alignment_gain.n": "Number of (model, task) pairs.",
    "alignment_dial": "Share of own responses that were to be right.",
    "contamination_dial": "Share of its benchmark's questions that were to be known by heart.",
    "causal_cells.benchmark": "own: the benchmark that may have leaked; fresh: like questions that did not.",
    "causal.benchmark": "As in causal_cells.",
    "base_accuracy": "Accuracy of the base model, mean over replications.",
    "outcome": "gain: accuracy minus the base model's; accuracy: after training.",
    "fit": "line: straight in alignment's level; levels: a constant for each level.",
    "term": "alignment, lowest to highest level; contamination, at the lowest; interaction: what both add together.",
    "coefficient": "Least squares' estimate: change of the outcome.",
    "causal.ci_low": "Lower end of its 95 % interval, errors clustered by model.",
    "causal.ci_high": "Upper end.",
    "causal.p_value": "p-value, two-sided, not corrected.",
    "causal.n": "Number of cells.",
    "n_models": "Number of pretrained models.",
    # Overlap and reference answers.
    "ngram": "Length of the n-grams, in words.",
    "family": "Family of the data set: how it is read and judged.",
    "references.n": "Number of answers.",
    "correct": "Answers judged correct.",
    "wrong": "Answers judged wrong.",
    "unparsed": "Answers in which nothing could be read.",
    "timeout": "Answers that took too long to judge.",
}


def describe(kind: str, column: str) -> str:
    """What a column of an artifact holds."""
    return COLUMNS.get(f"{kind}.{column}") or COLUMNS[column]


def kind_of(table: str) -> str:
    """The artifact that a table of results/tables is: itself, or one of the config's result tables."""
    return table if table in SCHEMAS else "results"


def type_name(kind: pa.DataType) -> str:
    """A column's type in a word or two."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_list(kind):
        return f"list of {type_name(kind.value_type)}s"
    names = {"string": "text", "int32": "whole number", "double": "number", "bool": "true or false"}
    return names.get(str(kind), "record")
