"""The table of all rules, by the name that a failure shows."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from . import code_rules, output_rules, text_rules
from .form import Finding, Lesson, is_assignment

Rule = Callable[[Lesson], Iterator[Finding]]

RULES: dict[str, Rule] = {
    "canonical form": output_rules.canonical_form,
    "executed": output_rules.executed,
    "kept outputs": output_rules.kept_outputs,
    "size": output_rules.size,
    "no errors": output_rules.no_errors,
    "no stderr": output_rules.no_stderr,
    "no addresses": output_rules.no_addresses,
    "no bare widgets": output_rules.no_bare_widgets,
    "no local paths": output_rules.no_local_paths,
    "one figure": output_rules.one_figure,
    "alt text": output_rules.alt_text,
    "description": output_rules.description,
    "code length": code_rules.code_length,
    "no escapes": code_rules.no_escapes,
    "imports first": code_rules.imports_first,
    "no star import": code_rules.no_star_import,
    "no installs": code_rules.no_installs,
    "no downloads": code_rules.no_downloads,
    "no global random state": code_rules.no_global_random_state,
    "no path edits": code_rules.no_path_edits,
    "no suppressed warnings": code_rules.no_suppressed_warnings,
    "no show": code_rules.no_show,
    "no commented-out calls": code_rules.no_commented_out_calls,
    "exercise cells": code_rules.exercise_cells,
    "one title": text_rules.one_title,
    "opening": text_rules.opening,
    "sections": text_rules.sections,
    "closing": text_rules.closing,
    "cell count": text_rules.cell_count,
    "prose to code": text_rules.prose_to_code,
    "prose length": text_rules.prose_length,
    "no directives": text_rules.no_directives,
    "described pictures": text_rules.described_pictures,
}
# An assignment is no lesson: its opening and its tasks have rules of their own, in the tests.
LESSON_RULES = ("opening", "sections", "closing", "cell count", "prose to code")
# What a fresh run must obey before the build writes it: style can be mended later, these cannot.
RUN_RULES = ("no errors", "no stderr", "no addresses", "no bare widgets", "one figure")


class Problem(NamedTuple):
    """A rule that a lesson breaks, where, and the value that breaks it."""

    lesson: str
    place: str
    rule: str
    value: str

    def __str__(self) -> str:
        """One line: `02_name.ipynb: cell 7 (id): rule: value`."""
        return f"{self.lesson}: {self.place}{self.rule}: {self.value}"


def problems(lesson: Lesson, names: tuple[str, ...] | None = None) -> list[Problem]:
    """What the named rules find in a notebook; without names, all rules for its kind."""
    if names is None:
        left_out = LESSON_RULES if is_assignment(lesson.notebook) else ()
        names = tuple(name for name in RULES if name not in left_out)
    return [
        Problem(lesson.name, place(lesson, index), name, value)
        for name in names
        for index, value in RULES[name](lesson)
    ]


def place(lesson: Lesson, index: int | None) -> str:
    """`cell 7 (id): ` for the seventh cell, nothing for the lesson as a whole."""
    if index is None:
        return ""
    return f"cell {index + 1} ({lesson.notebook.cells[index].get('id', 'no id')}): "
