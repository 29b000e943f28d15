"""Tests of mtalign.presentation."""
