"""Tests of mtalign.tasks."""
