"""Tests of mtalign.statistics."""
