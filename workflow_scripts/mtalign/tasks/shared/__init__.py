"""What several families of tasks share. No family itself."""
