"""The tests. `tests/unit` follows mtalign's packages."""
