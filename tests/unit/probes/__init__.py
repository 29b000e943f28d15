"""Tests of mtalign.probes."""
