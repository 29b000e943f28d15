"""What a run is told: the method that rewards it, and the recipe, the same for all methods, that trains it.

Made once from a job's parameters (`Study.training_parameters`) and handed on whole. Must not know an engine.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Method:
    """How responses are rewarded, by name (mtalign/rewards, mtalign/advantages).

    format_factor: multiply the reward by the format check, as the paper does with every reward.
    """

    reward: str
    advantage: str
    format_factor: bool

    @classmethod
    def of(cls, parameters: dict) -> "Method":
        return cls(*(parameters[name] for name in cls.__dataclass_fields__))


#: In a validation, a reward is a right answer in the right format.
VALIDATION = Method("ground_truth", "grpo", format_factor=True)


@dataclass(frozen=True)
class Clip:
    """The ratio is clipped to [1 - low, 1 + high]; a negative advantage's loss to `dual` times its size."""

    low: float
    high: float
    dual: float


@dataclass(frozen=True)
class Recipe:
    """DAPO's settings. Sizes in steps, prompts, responses and tokens."""

    steps: int
    prompts: int
    samples: int
    mini_batch: int
    max_generation_batches: int
    max_response_tokens: int
    temperature: float
    learning_rate: float
    warmup_steps: int
    weight_decay: float
    grad_clip: float
    clip_low: float
    clip_high: float
    clip_dual: float
    kl_samples: int
    validate_every: int
    validation_samples: int
    validation_top_p: tuple[float, ...]
    checkpoint_every: int

    @classmethod
    def of(cls, parameters: dict) -> "Recipe":
        return cls(**parameters["recipe"])

    @property
    def clip(self) -> Clip:
        return Clip(self.clip_low, self.clip_high, self.clip_dual)

    def validates(self, step: int) -> bool:
        return step % self.validate_every == 0 or step == self.steps
