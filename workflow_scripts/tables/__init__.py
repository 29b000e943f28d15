"""The tables of results/tables: a file each, with its columns, `Table`, and how its rows are made, `rows`."""
