"""The `ivskit` command: one module per subcommand."""
