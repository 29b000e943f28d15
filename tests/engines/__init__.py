"""Tests with verl and vLLM, in their own environment."""
