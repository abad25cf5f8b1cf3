"""The `ivskit` command: one module per command, and modules that act on a deployed stage."""
