"""Is an answer right? What the families of tasks judge with. Must not know any task."""
