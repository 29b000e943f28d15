"""Tests of mtalign.verification."""
