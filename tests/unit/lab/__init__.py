"""Tests of mtalign.lab."""
