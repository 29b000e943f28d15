"""Tests of mtalign.rl."""
