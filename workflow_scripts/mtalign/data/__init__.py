"""Data sets on disk, the prompts that show them, and the hub that some come from. Must not know models or methods."""
