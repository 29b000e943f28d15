"""Tests of one module each: no Snakemake."""
