"""What a puzzle's rule is made of, and how it comes to a verdict. Must not know any puzzle."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mtalign.vocabulary import Verdict

__all__ = ["Instance", "Rule"]

Instance = dict[str, Any]


def _always(**_: Any) -> bool:
    return True


@dataclass(frozen=True)
class Rule:
    """One puzzle's rule.

    needs: published field -> what checks and tidies its value, and raises a ValueError where it is unusable.
    read: an answer's text -> a value of the task's format, or None where nothing of that format is there.
    obeys: (that value, the fields) -> is it right? Where it takes more than a yes or no, a Verdict.
    fits: the fields -> do they fit together? An instance that does not cannot be judged.
    """

    needs: dict[str, Callable[[Any], Any]]
    read: Callable[[str], Any]
    obeys: Callable[..., bool | Verdict]
    fits: Callable[..., bool] = _always

    def instance(self, published: dict[str, Any]) -> Instance:
        """The fields that the rule needs, of a published puzzle.

        Raises:
            ValueError: one is missing or unusable, or they do not fit together; says which.
        """
        fields = {}
        for name, tidy in self.needs.items():
            try:
                fields[name] = tidy(published[name])
            except (KeyError, TypeError, ValueError, SyntaxError, RecursionError) as error:
                raise ValueError(f"no usable {name}") from error
        if not self.fits(**fields):
            raise ValueError(f"{', '.join(fields)} do not fit together")
        return fields

    def verdict(self, answer: str, instance: Instance) -> Verdict:
        """Whether an answer is right for an instance; UNPARSED where nothing in it has the task's format."""
        value = self.read(answer)
        if value is None:
            return Verdict.UNPARSED
        said = self.obeys(value, **instance)
        if isinstance(said, Verdict):
            return said
        return Verdict.CORRECT if said else Verdict.WRONG
