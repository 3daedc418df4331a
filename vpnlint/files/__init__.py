"""The files of a repository: which there are, what they hold, and which were asked about."""
