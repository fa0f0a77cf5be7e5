"""Every assignment is built, adds up, and releases neither solutions, hidden tests nor rubrics."""

import ast
import re
import shutil
import textwrap
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import nbformat
import pytest
from assignment_runs import failures, grade_id, is_test, source
from lessons import form, rules, text_rules
from nbformat import NotebookNode
from nbgrader.apps.api import NbGraderAPI
from nbgrader.nbgraderformat import MetadataValidator
from traitlets.config import Config

import notebooks

PATHS = notebooks.assignment_paths()
ASSIGNMENTS = [path.stem for path in PATHS]
KEYS = {"schema_version", "grade_id", "grade", "solution", "locked", "task", "cell_type"}
TASK = re.compile(r"Task (\d+): .+ \((\d+) points?\)")
CRITERION = re.compile(r"^- \*\*(\d+(?:\.5)?) points?:\*\* ", re.M)

load = cache(form.load)
every_assignment = pytest.mark.parametrize("name", ASSIGNMENTS)


def lesson(name: str) -> form.Lesson:
    return load(PATHS[ASSIGNMENTS.index(name)])


def cells(name: str) -> list[NotebookNode]:
    return list(lesson(name).notebook.cells)


def settings(cell: NotebookNode) -> dict[str, object]:
    return dict(cell.metadata.get("nbgrader", {}))


def regions(cell: NotebookNode, kind: str) -> list[str]:
    """What stands between the marks BEGIN and END of a kind, each on a line of its own."""
    return re.findall(rf"^ *### BEGIN {kind}\n(.*?)^ *### END {kind}$", cell.source, re.M | re.S)


def tasks(notebook: NotebookNode) -> Iterator[tuple[str, list[NotebookNode]]]:
    """Heading and cells of each section."""
    starts = [h for h in text_rules.headings(form.Lesson("", "", notebook)) if h.level == 2]
    ends = [*(heading.cell for heading in starts[1:]), len(notebook.cells)]
    for heading, end in zip(starts, ends, strict=True):
        yield heading.title, notebook.cells[heading.cell : end]


def points(cells: list[NotebookNode]) -> float:
    return sum(settings(cell).get("points", 0) for cell in cells)


def test_there_are_assignments_in_folders_of_their_names() -> None:
    assert ASSIGNMENTS
    assert [path.parent.name for path in PATHS] == ASSIGNMENTS


@every_assignment
def test_assignment_obeys_the_rules(name: str) -> None:
    assert form.is_assignment(lesson(name).notebook)
    found = rules.problems(lesson(name))
    assert not found, "\n".join(map(str, found))


@every_assignment
def test_what_is_stored_is_what_a_fresh_run_shows(name: str) -> None:
    path, stored = PATHS[ASSIGNMENTS.index(name)], lesson(name).notebook
    fresh = form.canonical(notebooks.execute(stored, path))
    for before, after in zip(stored.cells, fresh.cells, strict=True):
        if form.IGNORED_TAG not in form.tags(before):
            assert texts(after) == texts(before), before.id


def texts(cell: NotebookNode) -> list[str]:
    """The texts of a cell's outputs; pictures may differ by a dot."""
    return [
        output.get("text") or output.get("data", {}).get("text/plain", "")
        for output in cell.get("outputs", [])
    ]


@every_assignment
def test_metadata_are_whole_and_nbgrader_finds_them_valid(name: str) -> None:
    notebook = lesson(name).notebook
    MetadataValidator().validate_nb(notebook)
    for cell in notebook.cells:
        given = settings(cell)
        if given:
            graded = given["grade"] or given["task"]
            assert set(given) == KEYS | ({"points"} if graded else set()), cell.id
            assert given["grade_id"] == cell.id
            assert given["schema_version"] == 3
            assert given["cell_type"] == cell.cell_type


@every_assignment
def test_ids_can_be_read(name: str) -> None:
    ids = [cell.id for cell in cells(name)]
    assert len(set(ids)) == len(ids)
    for cell_id in ids:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", cell_id)
        assert not re.fullmatch(r"[0-9a-f]{8}(-\d+)?", cell_id), "an id that the build made up"


@every_assignment
def test_points_add_up_to_what_the_title_and_the_headings_say(name: str) -> None:
    notebook = lesson(name).notebook
    title = notebook.cells[0].source
    total = re.search(r"\*\*Points\*\* (\d+)\.", title)
    assert total
    assert re.search(r"\*\*Time\*\* about [\d.]+ (minutes|hours)\b", title)
    assert "**You need** lesson" in title
    in_table = re.findall(r"^\| (\d+) \| .+ \| (\d+) \|$", title, re.M)
    in_headings = []
    for heading, cells in tasks(notebook):
        found = TASK.fullmatch(heading)
        assert found, heading
        assert points(cells) == int(found[2]), heading
        in_headings.append(found.groups())
    assert in_table == in_headings
    assert [int(number) for number, _ in in_table] == list(range(1, len(in_table) + 1))
    assert points(notebook.cells) == sum(int(n) for _, n in in_table) == int(total[1])


@every_assignment
def test_each_answer_in_code_is_a_region_that_a_release_clears(name: str) -> None:
    for cell in cells(name):
        is_solution = bool(settings(cell).get("solution"))
        assert bool(regions(cell, "SOLUTION")) == is_solution, cell.id
        assert cell.source.count("BEGIN SOLUTION") == len(regions(cell, "SOLUTION")), cell.id


@every_assignment
def test_each_task_in_code_has_tests_that_are_seen_and_tests_that_are_hidden(name: str) -> None:
    for heading, cells in tasks(lesson(name).notebook):
        if not any(settings(cell).get("solution") for cell in cells):
            continue
        tests = [cell for cell in cells if is_test(cell)]
        assert tests, heading
        assert any("assert" in form.parts(cell.source)[0] for cell in tests), heading
        for cell in tests:
            assert "assert" in "".join(regions(cell, "HIDDEN TESTS")), cell.id


@every_assignment
def test_each_assertion_says_what_is_wrong(name: str) -> None:
    for cell in filter(is_test, cells(name)):
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.Assert):
                assert node.msg is not None, f"{cell.id}: {ast.unparse(node)}"


@every_assignment
def test_hidden_tests_that_draw_have_a_seed_that_can_be_redrawn(name: str) -> None:
    for cell in cells(name):
        for hidden in map(textwrap.dedent, regions(cell, "HIDDEN TESTS")):
            calls = [node for node in ast.walk(ast.parse(hidden)) if isinstance(node, ast.Call)]
            made = [
                c for c in calls if ast.unparse(c.func).endswith(("default_rng", "manual_seed"))
            ]
            for call in made:
                known = {node.id for node in ast.walk(call) if isinstance(node, ast.Name)}
                assert known & {"seed", "rng"}, f"{cell.id}: {ast.unparse(call)}"
            assert bool(re.search(r"^\s*seed = \d+$", hidden, re.M)) == bool(made), cell.id
    assert source(name, seed=1).cells != cells(name)


@every_assignment
def test_each_written_question_has_a_rubric_whose_points_add_up(name: str) -> None:
    all_cells = cells(name)
    questions = [index for index, cell in enumerate(all_cells) if settings(cell).get("task")]
    assert questions
    for index in questions:
        (rubric,) = regions(all_cells[index], "MARK SCHEME")
        worth = [float(number) for number in CRITERION.findall(rubric)]
        assert sum(worth) == settings(all_cells[index])["points"], all_cells[index].id
        assert len(worth) > 1, "one criterion is no rubric"
        reply = all_cells[index + 1]
        assert reply.id.startswith("answer-")
        assert not settings(reply), "nbgrader would give 0 points to what it takes for unanswered"
    assert all("MARK SCHEME" not in c.source for i, c in enumerate(all_cells) if i not in questions)


@every_assignment
def test_no_graded_code_follows_a_written_question(name: str) -> None:
    # nbgrader cannot put a deleted test back behind one.
    kinds = [
        "task" if settings(c).get("task") else "test" if is_test(c) else "" for c in cells(name)
    ]
    assert sorted(filter(None, kinds), reverse=True) == list(filter(None, kinds))


@every_assignment
def test_solutions_pass_other_probes_too(name: str) -> None:
    assert failures(name, seed=1) == {}  # those of the seed that is stored run above


# --- What students get ---


@pytest.fixture(scope="module")
def released(
    tmp_path_factory: pytest.TempPathFactory, fast_database: None
) -> dict[str, NotebookNode]:
    """All assignments as nbgrader releases them."""
    course = tmp_path_factory.mktemp("course")
    for path in PATHS:
        shutil.copytree(path.parent, course / "source" / path.stem)
    config = Config()
    config.CourseDirectory.root = str(course)
    config.Exchange.root = str(course / "exchange")
    api = NbGraderAPI(config=config)
    for name in ASSIGNMENTS:
        result = api.generate_assignment(name)
        assert result["success"], result["log"]
    return {name: read(course / "release" / name / f"{name}.ipynb") for name in ASSIGNMENTS}


def read(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)


@every_assignment
def test_release_holds_no_line_of_what_it_leaves_out(
    name: str, released: dict[str, NotebookNode]
) -> None:
    prose, code = shown(released[name])
    given = set(lines([shown(lesson(name).notebook)[1]]))  # such as loss.backward()
    left_out = set(lines(part for cell in cells(name) for part in form.parts(cell.source)[1:]))
    left_out = {line for line in left_out - given if len(line) >= 12}
    assert len(left_out) > 20
    assert not left_out.intersection(lines([code]))
    assert not [line for line in left_out if line in prose]
    for cell in released[name].cells:
        assert not form.REGION.search(cell.source)
        assert not cell.get("outputs")


def shown(notebook: NotebookNode) -> tuple[str, str]:
    """Prose and code outside of all regions; what is fenced in prose is code."""
    given = {cell.id: form.parts(cell.source)[0] for cell in notebook.cells}
    prose = "\n".join(given[cell.id] for cell in notebook.cells if cell.cell_type == "markdown")
    code = [given[cell.id] for cell in notebook.cells if cell.cell_type == "code"]
    fenced = [match[0] for match in text_rules.FENCED.finditer(prose)]
    return text_rules.FENCED.sub("", prose), "\n".join(code + fenced)


def lines(texts: Iterable[str]) -> list[str]:
    return [line.strip() for text in texts for line in text.split("\n")]


@every_assignment
def test_release_keeps_all_that_is_no_region(name: str, released: dict[str, NotebookNode]) -> None:
    for before, after in zip(cells(name), released[name].cells, strict=True):
        kept = [line for line in form.parts(before.source)[0].split("\n") if line.strip()]
        assert set(kept) <= set(after.source.split("\n")), before.id
        assert settings(after).get("points") == settings(before).get("points")


@every_assignment
def test_released_notebook_fails_where_an_answer_is_missing_and_says_so(
    name: str, released: dict[str, NotebookNode]
) -> None:
    blank = {
        grade_id(cell): cell.source
        for cell in released[name].cells
        if settings(cell).get("solution")
    }
    assert all("raise NotImplementedError" in text for text in blank.values())
    said = failures(name, blank)
    tests = {grade_id(cell) for cell in released[name].cells if is_test(cell)}
    assert set(said) == tests
    for cell_id, message in said.items():
        assert re.match("NotImplementedError|AssertionError: .", message), f"{cell_id}: {message}"
