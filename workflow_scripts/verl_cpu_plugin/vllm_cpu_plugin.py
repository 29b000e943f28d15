"""vLLM on a CPU under verl. vLLM calls it in each of its processes, by its entry point, before verl may be imported.

Without VERL_PLATFORM=cpu it changes nothing. Must not know this project, nor import verl.
"""

import os


def adjust() -> None:
    """Without oneDNN, which keeps packed copies of the weights: an update would not reach them."""
    if os.environ.get("VERL_PLATFORM") == "cpu":
        import vllm._custom_ops

        vllm._custom_ops._supports_onednn = False
