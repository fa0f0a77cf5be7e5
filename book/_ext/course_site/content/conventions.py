"""Tables of who defines RMSProp how, made of `rmsprop_course.conventions`."""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from rmsprop_course.conventions import CONVENTIONS, NAMES, Convention
from rmsprop_course.literature import table

COLUMNS = {
    "source": "source",
    "eps_inside_sqrt": "ε stands",
    "eps": "ε",
    "decay": "decay γ",
    "learning_rate": "learning rate η",
    "initial_square_avg": "first average v₀",
    "momentum": "momentum μ",
    "lr_in_momentum": "η stands",
    "centered": "centered",
    "weight_decay_kind": "weight decay",
}
"""Headers by the field of `Convention`."""

_IN_WORDS = {
    "eps_inside_sqrt": {True: "inside the root", False: "outside"},
    "lr_in_momentum": {True: "in the buffer", False: "after the buffer"},
}


class ConventionTable(SphinxDirective):
    """A row for each convention; arguments are the fields that stand in it."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        fields = self.arguments[0].split()
        header = ("name", *(COLUMNS[field] for field in fields))
        rows = (
            (entry.name, *(shown(entry, field) for field in fields))
            for entry in CONVENTIONS.values()
        )
        return self.parse_text_to_nodes(table(header, rows).markdown())


class NameTable(SphinxDirective):
    """The names that one quantity goes by."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        header = ("symbol", "in this course", "elsewhere")
        rows = ((name.symbol, name.course, ", ".join(name.elsewhere)) for name in NAMES)
        return self.parse_text_to_nodes(table(header, rows).markdown())


def shown(entry: Convention, field: str) -> str | bool | float | None:
    """Return a cell: where something stands in words, all else as it is."""
    value: str | bool | float | None = getattr(entry, field)
    if isinstance(value, bool) and field in _IN_WORDS:
        return _IN_WORDS[field][value]
    return value


def connect(app: Sphinx) -> None:
    """Make the directives known."""
    app.add_directive("convention-table", ConventionTable)
    app.add_directive("name-table", NameTable)
