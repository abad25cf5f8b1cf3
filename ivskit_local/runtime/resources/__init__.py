"""Resource types: what each property does here, or why it has no effect on a laptop."""
