"""What base models are asked before any training. Must not know how a model answers."""
