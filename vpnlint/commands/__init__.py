"""One file per subcommand; `run` takes the parsed arguments and returns the exit code."""
