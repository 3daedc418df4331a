"""The command line itself: its subcommands, their options, and how arguments are parsed."""
