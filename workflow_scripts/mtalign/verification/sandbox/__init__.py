"""Model-written programs, run where they can harm nothing."""
