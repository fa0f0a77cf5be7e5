"""The reference on the website: every public name, all of its docstring, and links both ways."""

import ast
import inspect
import pkgutil
import re
from importlib import import_module
from pathlib import Path
from types import ModuleType

import click
import pytest
from book_site import LESSONS, cells, soup
from bs4 import BeautifulSoup, Tag

import rmsprop_course
from rmsprop_course import cli, descent, numpy_optimizers
from rmsprop_course.torch_optim import RMSprop

_MODULES = [
    *(m.name for m in pkgutil.iter_modules(rmsprop_course.__path__) if m.name[0] != "_"),
    "analysis.edge",
    "analysis.sharpness",
]
_MODULES.remove("cli")  # which is the command line
_SECTION = re.compile(
    r"^(Parameters|Attributes|Returns|Yields|Raises|Notes|References|Examples)\n-+$", re.MULTILINE
)


def _page(module: str) -> str:
    return f"book/api/{module.split('.')[0]}"


def _soup(site: Path, name: str) -> BeautifulSoup:
    return soup(site / f"{name}.html")


def _public(module: ModuleType) -> list[str]:
    """Names in ``__all__``; otherwise functions and classes that the source defines."""
    if hasattr(module, "__all__"):
        return module.__all__
    tree = ast.parse(inspect.getsource(module))
    defined = [node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    return [name for name in defined if not name.startswith("_")]


def _entry(site: Path, name: str) -> Tag:
    """The description that follows the anchor of a name, such as ``descent.run``."""
    page = _page(name)
    (signature,) = _soup(site, page).select(f"dt[id='rmsprop_course.{name}']")
    return signature.find_next_sibling("dd")


def _links(tag: Tag) -> dict[str, str]:
    return {link.get_text(): link["href"] for link in tag.select("a[href]")}


def _leads_to_an_entry(site: Path, page: str, href: str) -> bool:
    file, _, anchor = href.partition("#")
    target = (site / page).parent.joinpath(file).resolve().relative_to(site)
    return bool(_soup(site, str(target.with_suffix(""))).find(id=anchor))


@pytest.mark.parametrize("name", _MODULES)
def test_every_public_name_has_an_entry_with_a_description(site, name):
    module = import_module(f"rmsprop_course.{name}")
    undescribed = [each for each in _public(module) if not _entry(site, f"{name}.{each}").p]
    assert undescribed == []


@pytest.mark.parametrize("name", _MODULES)
def test_no_private_name_has_an_entry(site, name):
    anchors = [tag["id"] for tag in _soup(site, _page(name)).select("dt.sig[id]")]
    assert anchors
    assert [anchor for anchor in anchors if re.search(r"\._", anchor)] == []


@pytest.mark.parametrize("name", _MODULES)
def test_no_section_and_no_parameter_of_a_docstring_is_lost(site, name):
    module, lost = import_module(f"rmsprop_course.{name}"), []
    for each in _public(module):
        value = getattr(module, each)
        if inspect.isroutine(value) or inspect.isclass(value):
            entry, docs = _entry(site, f"{name}.{each}"), inspect.cleandoc(value.__doc__)
            headings = [tag.get_text().rstrip(":") for tag in _own(entry, "dt, p.rubric")]
            described = ", ".join(tag.get_text() for tag in _own(entry, "strong"))
            lost += [
                (each, section) for section in _SECTION.findall(docs) if section not in headings
            ]
            lost += [(each, setting) for setting in _parameters(docs) if setting not in described]
    assert lost == []


def _own(entry: Tag, selector: str) -> list[Tag]:
    """What stands in an entry, but not in those of its methods."""
    methods = {id(tag) for tag in entry.select(":scope dl.py *")}
    return [tag for tag in entry.select(selector) if id(tag) not in methods]


def _parameters(docs: str) -> list[str]:
    section = re.search(r"^Parameters\n-+\n(.*?)(\n\n[A-Z]\w+\n---|\Z)", docs, re.M | re.S)
    return re.findall(r"^(\**\w+)(?=[ ,]|$)", section[1], re.MULTILINE) if section else []


@pytest.mark.parametrize("name", _MODULES)
def test_no_markup_is_left_in_the_text(site, name):
    texts = _soup(site, _page(name)).article.find_all(string=True)
    prose = [text for text in texts if not text.find_parent(_is_shown_as_it_is)]
    assert [text for text in prose if re.search(r"`|:\w+:|\*\*|\\", text)] == []


def _is_shown_as_it_is(tag: Tag) -> bool:
    return tag.name in ("code", "dt", "pre", "strong") or "math" in tag.get("class", [])


def test_a_parameter_is_shown_with_its_type_and_its_text(site):
    items = [item.get_text() for item in _entry(site, "descent.run").select("li")]
    assert "n_steps (int) – Number of steps, 0 or more." in items


def test_a_constant_is_described_by_the_string_below_it_and_not_by_its_value(site):
    for name, expected in {
        "analysis.SCALING_RULES": "What scaled_by takes: how the learning rate goes with the "
        "batch size.",
        "literature.TERMS": "The terms, in alphabetical order.",
    }.items():
        entry = _entry(site, name)
        assert entry.p.get_text() == expected
        assert entry.find_previous_sibling("dt").get_text().strip("#\n ") == name.split(".")[1]


@pytest.mark.parametrize("name", numpy_optimizers.__all__[-6:])
def test_an_optimizer_shows_the_settings_of_both_of_its_functions(site, name):
    optimizer = getattr(numpy_optimizers, name)
    for field, function in optimizer._asdict().items():
        described = _entry(site, f"numpy_optimizers.{name}.{field}").get_text()
        assert all(setting in described for setting in inspect.signature(function).parameters)


def test_every_switch_of_the_torch_optimizer_is_described_with_its_default(site):
    (signature,) = _soup(site, "book/api/torch_optim").select(
        "dt[id='rmsprop_course.torch_optim.RMSprop']"
    )
    shown = signature.get_text()
    described = [item.strong.get_text() for item in _entry(site, "torch_optim.RMSprop").ul("li")]
    settings = inspect.signature(RMSprop).parameters.values()
    assert described == [setting.name for setting in settings]
    for setting in settings:
        if setting.default is not setting.empty:
            said = re.search(rf"\b{setting.name}=([^,]+)", shown)
            assert ast.literal_eval(said[1]) == setting.default


def test_the_index_has_the_first_line_of_every_module(site):
    rows = _soup(site, "book/api/index").select("table.autosummary tr")
    said = {row.a.get_text(): row("td")[1].get_text().strip() for row in rows}
    modules = [name for name in _MODULES if "." not in name]
    assert sorted(said) == sorted(modules)
    for name in modules:
        first = import_module(f"rmsprop_course.{name}").__doc__.partition("\n")[0]
        assert first.replace("`", "").startswith(said[name].rstrip("."))


def test_an_entry_leads_to_what_its_text_and_its_types_name(site):
    drift = _links(_entry(site, "analysis.critical_decay"))
    assert drift["periodic_drift"] == "#rmsprop_course.analysis.periodic_drift"
    paths = _links(_entry(site, "figures.plot_paths"))
    assert paths["Objective"] == "objectives.html#rmsprop_course.objectives.Objective"


def test_a_parameter_is_not_taken_for_the_function_of_the_same_name(site):
    step = _entry(site, "numpy_optimizers.rmsprop.step")
    assert "momentum" not in _links(step)


def test_an_entry_does_not_lead_to_itself(site):
    entry = _entry(site, "torch_optim.RMSprop.load_state_dict")
    assert "load_state_dict" in entry.get_text()
    assert "load_state_dict" not in _links(entry)


def _code(lesson: str) -> list[str]:
    return [cell.source for cell in cells(lesson) if cell.cell_type == "code"]


def _imported(lesson: str) -> dict[str, str]:
    """Names that a lesson imports from the library, with their anchors."""
    nodes = [node for source in _code(lesson) for node in ast.walk(ast.parse(source))]
    found = {}
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module.startswith("rmsprop_course"):
            module = node.module == "rmsprop_course"
            for name in (alias.name for alias in node.names):
                found[name] = f"{'module-' if module else ''}{node.module}.{name}"
    return found


@pytest.mark.parametrize("lesson", LESSONS)
def test_what_a_lesson_imports_leads_to_the_reference(site, lesson):
    cells = _soup(site, lesson).select("div.cell_input a.sphinx-codeautolink-a")
    anchors = {link.get_text(): link["href"].partition("#")[2] for link in cells}
    expected = {
        name: to for name, to in _imported(lesson).items() if "rmsprop_course.cli" not in to
    }
    assert expected
    assert {name: anchors.get(name) for name in expected} == expected
    broken = [a["href"] for a in cells if not _leads_to_an_entry(site, f"{lesson}.html", a["href"])]
    assert broken == []


@pytest.mark.parametrize("lesson", LESSONS)
def test_links_change_no_character_of_the_code(site, lesson):
    sources = [source.strip() for source in _code(lesson)]
    shown = [pre.get_text().strip() for pre in _soup(site, lesson).select("div.cell_input pre")]
    assert [source for source in sources if source] == shown


def test_a_link_says_the_name_of_its_entry(site):
    for lesson in LESSONS:
        for link in _soup(site, lesson).select("a.sphinx-codeautolink-a"):
            entry = link["href"].rpartition(".")[2]
            assert link.get_text().rpartition(".")[2].strip() == entry


def test_names_in_a_lesson_s_text_lead_to_the_reference(site):
    links = _links(_soup(site, "notebooks/04_rmsprop_in_numpy").article)
    assert links["training.train"] == "../book/api/training.html#rmsprop_course.training.train"
    links = _links(_soup(site, "notebooks/00_start_here").article)
    assert links["rmsprop-course doctor"] == "../book/api/command_line.html#rmsprop-course-doctor"


def test_a_name_without_a_dot_is_the_lesson_s_own(site):
    assert hasattr(descent, "run")
    for lesson in LESSONS:
        prose = _soup(site, lesson).article.select("p a > code")
        assert not [code for code in prose if "." not in code.text and "-" not in code.text]


def test_an_entry_names_the_lessons_that_use_it(site):
    expected = [
        lesson.partition("/")[2][:2] for lesson in LESSONS if "load_digits" in _imported(lesson)
    ]
    (said,) = _entry(site, "data.load_digits").select(".used-in-lessons")
    assert [link.get_text() for link in said("a")] == expected
    for link in said("a"):
        assert _leads_to_an_entry(site, "book/api/data.html", link["href"])


def _commands(command: click.Command, name: str) -> list[tuple[str, str]]:
    below = command.commands if isinstance(command, click.Group) else {}
    found = [(name, command.help)]
    return found + [each for key in below for each in _commands(below[key], f"{name} {key}")]


def test_the_command_line_says_what_each_command_says_of_itself(site):
    page = _soup(site, "book/api/command_line")
    for name, about in _commands(cli.main, "rmsprop-course"):
        text = " ".join(page.find(id=name.replace(" ", "-")).pre.get_text().split())
        assert text.startswith(f"Usage: {name} [OPTIONS]")
        assert about.split("\n")[0] in text


def test_the_search_finds_a_function_by_its_name(open_page):
    page = open_page("search.html?q=plot_paths")
    page.locator(
        "#search-results a[href*='figures.html#rmsprop_course.figures.plot_paths']"
    ).wait_for()
