"""Tests of mtalign.study."""
