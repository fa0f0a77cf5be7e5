"""What the literature says about RMSProp, and what the words mean: data, and tables made of it.

Each fact stands here once, with its source: the glossary, the settings of famous systems, the
papers that the definition's page lists, the history and the descendants. Nothing is computed, and
nothing but the standard library is needed.
"""

# A folder, because each kind of data has a module.

from rmsprop_course.literature._descendants import DESCENDANTS, Descendant, descendants_table
from rmsprop_course.literature._glossary import (
    GLOSSARY,
    SYMBOLS,
    TERMS,
    Entry,
    glossary_table,
    look_up,
)
from rmsprop_course.literature._history import EVENTS, Event, history_table
from rmsprop_course.literature._papers import (
    EVIDENCE,
    LIST_SOURCE,
    PAPERS,
    TAGGED_PAPERS,
    ListedPaper,
    papers_table,
)
from rmsprop_course.literature._source import SOURCES, Source
from rmsprop_course.literature._systems import (
    FAMOUS_SETTINGS,
    FamousSettings,
    famous_settings_table,
)
from rmsprop_course.literature._table import Table, table

__all__ = [
    "DESCENDANTS",
    "EVENTS",
    "EVIDENCE",
    "FAMOUS_SETTINGS",
    "GLOSSARY",
    "LIST_SOURCE",
    "PAPERS",
    "SOURCES",
    "SYMBOLS",
    "TAGGED_PAPERS",
    "TERMS",
    "Descendant",
    "Entry",
    "Event",
    "FamousSettings",
    "ListedPaper",
    "Source",
    "Table",
    "descendants_table",
    "famous_settings_table",
    "glossary_table",
    "history_table",
    "look_up",
    "papers_table",
    "table",
]
