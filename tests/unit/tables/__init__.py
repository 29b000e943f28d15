"""Tests of the command lines and columns of tables."""
