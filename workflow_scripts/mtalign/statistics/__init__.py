"""From verdicts to estimates, intervals and claims. Must not know files, or how anything is shown."""
