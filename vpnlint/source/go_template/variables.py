"""Keeps a template's variables, block by block."""

from __future__ import annotations

from vpnlint.source.go_template.limits import Undecidable


class Variables:
    """The variables of one block; a name that it does not declare is the enclosing block's."""

    def __init__(self, outer: Variables | None = None) -> None:
        """Start without variables. outer: those of the enclosing block; None for a whole template."""
        self._outer = outer
        self._values: dict[str, object] = {}

    def declare(self, name: str, value: object) -> None:
        """Declare a variable in this block."""
        self._values[name] = value

    def assign(self, name: str, value: object) -> None:
        """Set the innermost variable of a name. Raises Undecidable if none is declared."""
        self._find_block(name)._values[name] = value

    def read(self, name: str) -> object:
        """Return the value of the innermost variable of a name. Raises Undecidable if none is declared."""
        return self._find_block(name)._values[name]

    def _find_block(self, name: str) -> Variables:
        block: Variables | None = self
        while block is not None:
            if name in block._values:
                return block
            block = block._outer
        raise Undecidable(f"the variable {name} is not declared")
