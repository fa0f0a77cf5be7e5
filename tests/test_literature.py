"""The literature's data is whole, its tables render, and the glossary has the lessons' words."""

import re
from collections import Counter
from functools import cache
from pathlib import Path

import nbformat
import pytest

from rmsprop_course import literature
from rmsprop_course.conventions import CONVENTIONS, NAMES
from rmsprop_course.literature import (
    DESCENDANTS,
    EVENTS,
    EVIDENCE,
    FAMOUS_SETTINGS,
    GLOSSARY,
    PAPERS,
    SOURCES,
    SYMBOLS,
    TERMS,
    Source,
    Table,
    look_up,
    table,
)

LESSONS = sorted((Path(__file__).parents[1] / "notebooks").glob("[0-9][0-9]_*.ipynb"))
NUMBERS = {f"{number:02}" for number in range(12)}

# Bold text that defines no term, with the reason; what has over four words, or ends in a period
# or a colon, is a statement or a label and needs none.
NO_TERMS = {
    "you will": "opens a lesson",
    "you need": "opens a lesson",
    "time": "opens a lesson",
    "predict": "how lessons work",
    "shift + enter": "keys",
    "ok": "a finding of the doctor",
    "note": "a finding of the doctor",
    "warning": "a finding of the doctor",
    "missing": "a finding of the doctor",
    "failed": "a finding of the doctor",
    "your copy": "a file",
    "names the mistake": "what a check does",
    "board": "a widget",
    "m": "a unit",
    "stops shrinking": "stress",
    "inside": "stress",
}

# Letters that one derivation needs for a few lines, in which it says what they are.
LETTERS_OF_ONE_DERIVATION = set("acdejqrzABMNVX")

GREEK = re.compile(
    r"\\(?:(?:[ab]eta|gamma|delta|(?:var)?epsilon|zeta|eta|theta|iota|kappa|lambda|mu|nu|xi|pi|rho"
    r"|sigma|tau|upsilon|(?:var)?phi|chi|psi|omega|alpha)(?![A-Za-z])"
    r"|(?:Gamma|Delta|Theta|Lambda|Xi|Pi|Sigma|Phi|Psi|Omega)(?![A-Za-z]))"
)


# --- Every symbol and term of the lessons is in the glossary ---


@cache
def cells_of(path: Path):
    return nbformat.read(path, 4).cells


def markdown_of(path: Path) -> str:
    sources = (cell.source for cell in cells_of(path) if cell.cell_type == "markdown")
    return re.sub(r"```.*?```|`[^`\n]*`", " ", "\n\n".join(sources), flags=re.S)


def spelled(entries) -> set[str]:
    return {
        text.casefold()
        for entry in entries
        for text in (entry.name, *entry.name.split(", "), *entry.elsewhere, *entry.spellings)
    }


def singular(term: str) -> str:
    return term.removesuffix("s")


def bold_terms(markdown: str) -> set[str]:
    found = re.findall(r"\*\*([^*\n]+)\*\*", markdown.replace("\n", " "))
    return {
        term.casefold().strip()
        for term in found
        if not term.strip().endswith((".", ":")) and len(term.split()) <= 4
    }


def symbols_of(markdown: str) -> set[str]:
    """Greek commands and single Latin letters of all formulas."""
    found = set()
    for formula in re.findall(r"\$\$.+?\$\$|\$[^$\n]+\$", markdown, re.S):
        bare = re.sub(r"\\(?:begin|end)\{\w+\}", " ", formula)
        bare = re.sub(r"\\(?:text|mathrm|operatorname)\{[^}]*\}", " ", bare)
        found |= set(GREEK.findall(bare))
        found |= set(re.findall(r"[A-Za-z]", re.sub(r"\\[A-Za-z]+", " ", bare)))
    return found


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_every_bold_term_of_a_lesson_is_in_the_glossary(path):
    known = spelled(GLOSSARY) | NO_TERMS.keys()
    missing = {
        term
        for term in bold_terms(markdown_of(path))
        if term not in known and singular(term) not in known
    }
    assert not missing


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_every_symbol_of_a_lesson_is_in_the_glossary(path):
    names = {text for entry in SYMBOLS for text in (entry.name, *entry.spellings)}
    missing = symbols_of(markdown_of(path)) - names - LETTERS_OF_ONE_DERIVATION
    assert not missing


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_every_greek_letter_in_text_and_code_is_in_the_glossary(path):
    known = set("".join(entry.name for entry in SYMBOLS))
    used = {char for cell in cells_of(path) for char in cell.source if "α" <= char.lower() <= "ω"}
    assert not used - known


@pytest.mark.parametrize("entry", GLOSSARY, ids=lambda entry: f"{entry.name} {entry.lesson}")
def test_an_entry_is_used_in_the_lesson_that_it_names(entry):
    assert entry.lesson in NUMBERS
    (path,) = (path for path in LESSONS if path.name.startswith(entry.lesson))
    text = "\n".join(cell.source for cell in cells_of(path)).casefold()
    names = {entry.name, *entry.name.split(", "), *entry.spellings}
    assert any(re.search(rf"(?<![^\W\d_]){re.escape(name.casefold())}", text) for name in names)


def test_no_exception_is_in_the_glossary_after_all():
    assert not NO_TERMS.keys() & spelled(TERMS)
    assert not LETTERS_OF_ONE_DERIVATION & {entry.name for entry in SYMBOLS}


@pytest.mark.parametrize(
    ("markdown", "terms", "symbols"),
    [
        ("This **new term** fades.", {"new term"}, set()),
        (r"The $\zeta_t$ and $\text{step}\,q$", set(), {r"\zeta", "t", "q"}),
        ("**Predict.** **Note:** **It is a long statement**", set(), set()),
        (r"$\begin{pmatrix} 1 \end{pmatrix}$ and `**code**`", {"code"}, set()),
    ],
)
def test_the_search_finds_what_a_lesson_would_add(markdown, terms, symbols):
    assert bold_terms(markdown) == terms
    assert symbols_of(markdown) == symbols


# --- The glossary ---


def test_terms_are_sorted_by_name_and_symbols_by_lesson():
    names = [entry.name.casefold() for entry in TERMS]
    assert names == sorted(names)
    lessons = [entry.lesson for entry in SYMBOLS]
    assert lessons == sorted(lessons)


def test_meanings_are_short_sentences():
    for entry in GLOSSARY:
        assert entry.meaning[0].isupper() or entry.meaning[0] == "1", entry
        assert entry.meaning.endswith("."), entry
        assert len(entry.meaning.split()) <= 40, entry


def test_the_same_name_twice_has_two_meanings():
    pairs = Counter((entry.name, entry.meaning) for entry in GLOSSARY)
    assert max(pairs.values()) == 1


def test_names_of_the_conventions_are_in_the_glossary():
    for names in NAMES:
        for name in (names.symbol, names.course, *names.elsewhere):
            assert look_up(name.partition(" (")[0]).rows


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (r"\gamma", "γ"),
        ("rho", "γ"),
        ("RHO", "γ"),
        ("nu", "v"),
        ("MeanSquare", "v"),
        ("lr", "η"),
        ("β₂", "β₁, β₂"),
    ],
)
def test_a_name_of_a_library_leads_to_the_symbol(name, expected):
    assert expected in [row[0] for row in look_up(name).rows]


def test_alpha_stands_for_the_decay_and_for_the_learning_rate():
    assert {"γ", "η"} <= {row[0] for row in look_up("alpha").rows}


def test_each_column_of_the_glossary_holds_what_its_header_says():
    (row,) = look_up("half-life").rows
    (entry,) = (entry for entry in TERMS if entry.name == "half-life")
    assert row == (entry.name, entry.meaning, "steps", "", "02")


def test_an_unknown_name_is_refused():
    with pytest.raises(KeyError, match="name must be one of the glossary's, got 'zeta'"):
        look_up("zeta")


# --- The twenty papers ---


def test_the_papers_are_twenty_and_each_has_one_kind_of_evidence():
    counts = Counter(paper.evidence for paper in PAPERS)
    assert counts == {"named": 5, "EfficientNet": 10, "IMPALA": 1, "none": 4}
    assert counts.keys() == EVIDENCE.keys()


def test_papers_stand_as_on_the_page_the_newest_first():
    dates = [paper.date for paper in PAPERS]
    assert dates == sorted(dates, reverse=True)
    assert all(re.fullmatch(r"2025-\d\d-\d\d", date) for date in dates)
    assert len({paper.subject for paper in PAPERS}) == len(PAPERS)


def test_papers_have_the_dates_that_the_page_gives():
    days = [paper.date.removeprefix("2025-") for paper in PAPERS]
    assert days == [
        *("06-22", "05-28", "05-27", "05-24", "05-22", "05-20", "05-15", "05-15", "05-12", "05-08"),
        *("05-06", "05-04", "05-04", "04-28", "04-21", "04-07", "04-01", "03-28", "03-26", "03-24"),
    ]
    assert {paper.date[5:] for paper in PAPERS if paper.evidence == "named"} == {
        *("06-22", "05-12", "04-28", "04-21", "04-07")
    }
    assert {paper.date[5:] for paper in PAPERS if paper.evidence == "IMPALA"} == {"03-26"}


def test_a_work_that_the_lessons_cite_has_the_address_that_they_give():
    cited = "\n".join(cell.source for path in LESSONS for cell in cells_of(path)[-1:])
    flat = " ".join(cited.split())
    found = 0
    for source in SOURCES.values():
        for url in re.findall(rf"\[\*{re.escape(source.title)}\*\]\(([^)]+)\)", flat):
            assert url == source.url, source
            found += 1
    assert found > 20


def test_an_arxiv_number_of_a_paper_is_of_the_month_of_its_date_and_that_of_its_source():
    by_title = {source.title: source.url for source in SOURCES.values()}
    for paper in PAPERS:
        if paper.url:
            assert paper.url.rpartition("/")[2][:4] == paper.date[2:7].replace("-", ""), paper
            assert paper.url == by_title.get(paper.subject, paper.url), paper


def test_the_lesson_says_how_many_papers_carry_the_tag():
    assert literature.TAGGED_PAPERS == 519
    assert f"says that {literature.TAGGED_PAPERS} papers" in markdown_of(LESSONS[11])


def test_something_is_said_of_exactly_those_papers_that_name_rmsprop():
    for paper in PAPERS:
        assert bool(paper.known) == (paper.evidence == "named"), paper
        assert paper.known == "" or paper.url, paper


# --- Famous settings, history, descendants ---


def test_famous_settings_agree_with_the_conventions():
    by_name = {entry.system: entry for entry in FAMOUS_SETTINGS}
    for system, name in (("Graves's LSTM", "graves2013"), ("DQN", "dqn")):
        ours, theirs = by_name[system], CONVENTIONS[name]
        for field in ("learning_rate", "decay", "momentum", "eps", "centered"):
            assert getattr(ours, field) == getattr(theirs, field), (system, field)
        assert theirs.eps_inside_sqrt


@pytest.mark.parametrize(
    ("system", "expected"),
    [
        ("Inception v3, v4", (0.045, 0.9, None, 1.0, None)),
        ("A3C", (None, 0.99, 0.0, 0.1, False)),
        ("IMPALA", (4.8e-4, 0.99, 0.0, 0.1, False)),
        ("EfficientNet", (0.256, 0.9, 0.9, 0.001, False)),
        ("MobileNetV3", (0.1, None, 0.9, None, None)),
    ],
)
def test_famous_settings_are_those_of_their_sources(system, expected):
    (entry,) = (entry for entry in FAMOUS_SETTINGS if entry.system == system)
    assert entry[2:7] == expected


def test_history_and_settings_are_in_order_and_no_event_is_after_its_source():
    assert [event.year for event in EVENTS] == sorted(event.year for event in EVENTS)
    years = [entry.year for entry in FAMOUS_SETTINGS]
    assert years == sorted(years)
    for event in EVENTS:
        assert 0 <= event.source.year - event.year <= 1, event
        assert event.lesson == "" or event.lesson in NUMBERS


@pytest.mark.parametrize(
    ("name", "year", "kind"),
    [
        ("RMSProp, on a slide", 2012, "method"),
        ("centered RMSProp", 2013, "method"),
        ("Adam", 2014, "method"),
        ("DQN", 2015, "system"),
        ("Inception v3", 2015, "system"),
        ("A3C", 2016, "system"),
        ("counterexample", 2018, "analysis"),
        ("EfficientNet, MobileNetV3", 2019, "system"),
        ("convergence", 2021, "analysis"),
        ("sharp rates", 2025, "analysis"),
    ],
)
def test_an_event_has_its_year_and_kind(name, year, kind):
    assert [(event.year, event.kind) for event in EVENTS if event.name == name] == [(year, kind)]


@pytest.mark.parametrize("event", [e for e in EVENTS if e.lesson], ids=lambda event: event.name)
def test_the_lesson_of_an_event_names_it_or_who_found_it(event):
    text = "\n".join(cell.source for cell in cells_of(LESSONS[int(event.lesson)])).casefold()
    surname = re.split(r" |,", event.source.authors)[0]
    assert event.name.casefold() in text or surname.casefold() in text


def test_each_column_of_the_history_holds_what_its_header_says():
    header, row, event = (
        literature.history_table().header,
        literature.history_table().rows[-1],
        EVENTS[-1],
    )
    found = dict(zip(header, row, strict=True))
    assert (found["year"], found["what"], found["in a line"]) == (2025, event.name, event.what)
    assert (found["lesson"], found["source"]) == (event.lesson, event.source)


@pytest.mark.parametrize(
    ("make", "header", "rows", "fields"),
    [
        (
            literature.famous_settings_table,
            ("η", "γ", "μ", "ε", "centered"),
            FAMOUS_SETTINGS,
            ("learning_rate", "decay", "momentum", "eps", "centered"),
        ),
        (
            literature.descendants_table,
            ("method", "what it changes", "what its authors say"),
            DESCENDANTS,
            ("name", "change", "claim"),
        ),
        (
            literature.papers_table,
            ("date", "title or subject", "link", "what its abstract says of it", "arXiv"),
            PAPERS,
            ("date", "subject", "evidence", "known", "url"),
        ),
    ],
)
def test_each_column_holds_what_its_header_says(make, header, rows, fields):
    shown = make()
    columns = [shown.header.index(name) for name in header]
    for row, entry in zip(shown.rows, rows, strict=True):
        assert [row[column] for column in columns] == [getattr(entry, name) for name in fields]


def test_each_source_is_listed_once_in_order_and_used():
    assert len({source.title for source in SOURCES.values()}) == len(SOURCES)
    years = [source.year for source in SOURCES.values()]
    assert years == sorted(years)
    used = {holder.source for holder in (*EVENTS, *DESCENDANTS, *FAMOUS_SETTINGS)}
    assert used | {literature.LIST_SOURCE} == set(SOURCES.values())


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_an_address_is_of_a_lasting_kind(source):
    arxiv = r"https://arxiv\.org/abs/\d{4}\.\d{4,5}"
    assert re.fullmatch(rf"{arxiv}|https://(?!arxiv)[\w./?=~-]+|", source.url)


def test_an_arxiv_number_is_not_later_than_the_year_and_at_most_two_years_earlier():
    for source in SOURCES.values():
        if "arxiv" in source.url:
            year = 2000 + int(source.url.rpartition("/")[2][:2])
            assert source.year - 2 <= year <= source.year + 1, source


# --- Tables ---


def test_a_table_shows_gaps_flags_and_numbers_in_words():
    shown = repr(table(["a", "b", "c", "d"], [[None, True, 2e-6, ""]]))
    assert shown.splitlines()[1].split(" | ") == ["–", "yes", "2e-06", "–"]


def test_columns_are_aligned_in_plain_text():
    lines = repr(table(["n", "v"], [["long name", 1], ["s", 22]])).splitlines()
    assert lines == ["n         | v", "long name | 1", "s         | 22"]


def test_markdown_escapes_what_would_be_markup_and_keeps_the_number_of_columns():
    text = table(["λ*", "|g|"], [["square_avg", "a|b $x$"]]).markdown()
    assert text.splitlines() == [
        r"| λ\* | \|g\| |",
        "|---|---|",
        r"| square\_avg | a\|b \$x\$ |",
    ]


def test_a_source_is_a_link_in_markdown_and_text_elsewhere():
    source = Source("Graves", 2013, "Sequences", "https://example.org/a")
    shown = table(["source"], [[source]])
    assert shown.markdown().splitlines()[-1] == (
        "| Graves (2013), [*Sequences*](https://example.org/a) |"
    )
    assert repr(shown).splitlines()[-1] == "Graves (2013), Sequences"
    assert Source("Ann", 2000, "T").markdown() == "Ann (2000), *T*"


def test_a_notebook_is_given_markdown():
    shown = table(["a"], [["b"]])
    assert shown._repr_markdown_() == shown.markdown()


def test_a_row_that_is_too_short_is_refused():
    with pytest.raises(ValueError, match=r"rows must have 2 cells, got 1: \('x',\)"):
        Table(("a", "b"), (("x",),))


@pytest.mark.parametrize(
    ("make", "n_rows"),
    [
        (literature.famous_settings_table, len(FAMOUS_SETTINGS)),
        (literature.papers_table, 20),
        (literature.history_table, len(EVENTS)),
        (literature.descendants_table, len(DESCENDANTS)),
        (literature.glossary_table, len(GLOSSARY)),
    ],
)
def test_each_table_has_all_rows_and_as_many_columns_in_each(make, n_rows):
    lines = make().markdown().splitlines()
    assert len(lines) == n_rows + 2
    columns = {len(re.findall(r"(?<!\\)\|", line)) for line in lines}
    assert columns == {len(make().header) + 1}
