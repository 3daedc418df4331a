"""The rules, the catalogue and the view: read from YAML and compiled to CEL."""
