"""The reference of the command line: each command's ``--help``, as a terminal shows it."""

from collections.abc import Iterator

import click
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.domains.std import StandardDomain
from sphinx.util.docutils import SphinxDirective

from rmsprop_course.cli import main

_COLUMNS = 80


def connect(app: Sphinx) -> None:
    """Add the directive."""
    app.add_directive("commands", Commands)


class Commands(SphinxDirective):
    """A section for each command; a link to it is made by the command's name."""

    def run(self) -> list[nodes.Node]:
        """Return the sections, in the order in which the help lists the commands."""
        return [self._section(context) for context in _contexts(main, "rmsprop-course")]

    def _section(self, context: click.Context) -> nodes.section:
        name = context.command_path
        section = nodes.section(ids=[nodes.make_id(name)])
        section += nodes.title(text=name)
        text = context.command.get_help(context)
        section += nodes.literal_block(text, text, language="text")
        domain = self.env.get_domain("std")
        if isinstance(domain, StandardDomain):
            domain.note_hyperlink_target(name, self.env.docname, section["ids"][0], name)
        return section


def _contexts(
    command: click.Command, name: str, parent: click.Context | None = None
) -> Iterator[click.Context]:
    context = click.Context(command, parent, info_name=name, max_content_width=_COLUMNS)
    context.terminal_width = _COLUMNS
    yield context
    if isinstance(command, click.Group):
        for below in command.list_commands(context):
            yield from _contexts(command.commands[below], below, context)
