"""The study as the workflow sees it: its grid, its catalog, the hash of its code. Rules import this, jobs never do."""
