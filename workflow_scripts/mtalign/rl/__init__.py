"""What training jobs share, whichever engine runs them. Must not know an engine."""
