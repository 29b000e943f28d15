"""verl as a trainer, in processes of its own."""
