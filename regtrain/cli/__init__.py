"""The command line. Each command stands in its own file and imports what it needs when it runs."""
