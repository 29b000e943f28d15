"""The study as the workflow sees it: config, grid, catalog, the hash of its code. Rules import this, jobs never do."""
