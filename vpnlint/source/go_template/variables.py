"""The variables of a template: those of its blocks hide and change those of the blocks outside."""

from __future__ import annotations

from vpnlint.source.go_template.limits import Undecidable


class Variables:
    """The variables that one block declares, within those of the block outside it."""

    def __init__(self, outer: Variables | None = None) -> None:
        """Take the variables of the block outside; None for a whole template."""
        self._outer = outer
        self._values: dict[str, object] = {}

    def declare(self, name: str, value: object) -> None:
        """Declare a variable in this block."""
        self._values[name] = value

    def assign(self, name: str, value: object) -> None:
        """Change the innermost variable of a name. Raises Undecidable where none is declared."""
        self._find_block(name)._values[name] = value

    def read(self, name: str) -> object:
        """Return the value of the innermost variable of a name. Raises Undecidable where none is declared."""
        return self._find_block(name)._values[name]

    def _find_block(self, name: str) -> Variables:
        block: Variables | None = self
        while block is not None:
            if name in block._values:
                return block
            block = block._outer
        raise Undecidable(f"the variable {name} is not declared")
