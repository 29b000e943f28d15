"""Tests of mtalign.engines."""
