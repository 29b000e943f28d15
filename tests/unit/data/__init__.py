"""Tests of mtalign.data."""
