"""The build runs notebooks and writes one form of them; test-portable changes the arithmetic."""

import json
from pathlib import Path

import portable
import pytest
from lessons import form
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

import notebooks

ALT = "A line falls from one at step zero to almost zero at step forty."
SHOW = f"""\
display({{"image/png": "aPNG\\npicture==", "text/plain": "<Figure>"}},
        raw=True, metadata={{"image/png": {{"alt": "{ALT}"}}}})"""
CLOCK = "print(time.time_ns())"


def draft() -> NotebookNode:
    """A notebook as an author leaves it: never executed, with traces of an editor."""
    cells = [
        new_markdown_cell("# Try it\n", id="title", metadata={"editable": True}),
        new_code_cell("import sys\nimport time\n\nimport ipywidgets", id="imports"),
        new_code_cell("print(1)\nsys.stdout.flush()\nprint(2)", id="prints"),
        new_code_cell(SHOW, id="figure", metadata={"collapsed": False}),
        new_code_cell("ipywidgets.IntSlider(3)", id="slider"),
        new_code_cell(CLOCK, id="clock", metadata={"tags": [form.IGNORED_TAG]}),
        new_code_cell(CLOCK, id="watch", metadata={"tags": [form.IGNORED_TAG]}),
        new_code_cell("", id="empty"),
    ]
    return notebook_of(*cells, language_info={"name": "python", "version": "3"})


def notebook_of(*cells: NotebookNode, **metadata: object) -> NotebookNode:
    """A notebook that nbformat neither validates nor repairs."""
    notebook = new_notebook(metadata=metadata)
    notebook.cells = list(cells)
    return notebook


def save(notebook: NotebookNode, path: Path) -> Path:
    path.write_text(form.dumps(notebook), encoding="utf-8")
    return path


def cells_of(path: Path) -> dict[str, NotebookNode]:
    return {cell.id: cell for cell in form.load(path).notebook.cells}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A draft that was built once; tests copy it before they change it."""
    path = save(draft(), tmp_path_factory.mktemp("lessons") / "00_try.ipynb")
    assert notebooks.build(path)
    return path


@pytest.fixture
def copy(built: Path, tmp_path: Path) -> Path:
    path = tmp_path / built.name
    path.write_bytes(built.read_bytes())
    return path


def test_build_executes_a_draft_and_counts_from_one(built: Path) -> None:
    counts = [cell.get("execution_count") for cell in cells_of(built).values()]
    assert counts == [None, 1, 2, 3, 4, 5, 6]


def test_build_leaves_no_trace_of_editor_kernel_or_clock(built: Path) -> None:
    notebook = form.load(built).notebook
    assert notebook.metadata == form.NOTEBOOK_METADATA
    kept = {key for cell in notebook.cells for key in cell.metadata}
    assert kept == {"mystnb", "tags", form.SOURCE_OF_OUTPUT}
    assert "empty" not in cells_of(built)


def test_build_merges_the_pieces_of_a_stream(built: Path) -> None:
    assert [output.text for output in cells_of(built)["prints"].outputs] == ["1\n2\n"]


def test_build_copies_the_alt_text_to_where_the_website_reads_it(built: Path) -> None:
    figure = cells_of(built)["figure"]
    assert figure.metadata == {"mystnb": {"image": {"alt": ALT}}}
    assert figure.outputs[0].data["image/png"] == "aPNGpicture=="


def test_build_keeps_of_a_widget_only_its_text(built: Path) -> None:
    assert "model_id" not in built.read_text(encoding="utf-8")
    (output,) = cells_of(built)["slider"].outputs
    assert output.data == {"text/plain": "IntSlider(value=3)"}


def test_build_again_changes_no_byte(copy: Path) -> None:
    before = copy.read_bytes()
    assert not notebooks.build(copy)
    assert copy.read_bytes() == before


def test_refresh_renews_the_outputs_that_vary(copy: Path) -> None:
    before = cells_of(copy)
    assert notebooks.build(copy, refresh=True)
    renewed = {key for key, cell in cells_of(copy).items() if cell != before[key]}
    assert renewed == {"clock", "watch"}


def test_an_output_that_varies_is_renewed_with_its_source(copy: Path) -> None:
    notebook = form.load(copy).notebook
    before = {cell.id: cell.outputs for cell in notebook.cells if "outputs" in cell}
    notebook.cells[-1].source = "print(-time.time_ns())"
    save(notebook, copy)
    assert notebooks.build(copy)
    after = cells_of(copy)
    assert after["clock"].outputs == before["clock"]
    assert after["watch"].outputs[0].text.startswith("-")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("1 / 0", ["ZeroDivisionError: division by zero"]),
        ("import os\nos._exit(1)", ["DeadKernelError"]),
        ("import warnings\nwarnings.warn('old')\nobject()", ["no stderr: ", "no addresses: 0x"]),
    ],
)
def test_failed_build_names_the_cell_and_leaves_the_file(
    tmp_path: Path, source: str, said: list[str]
) -> None:
    path = save(notebook_of(new_code_cell(source, id="bad")), tmp_path / "01_bad.ipynb")
    before = path.read_bytes()
    with pytest.raises(notebooks.BuildError) as raised:
        notebooks.build(path)
    lines = str(raised.value).splitlines()[: len(said)]
    for words, line in zip(said, lines, strict=True):
        assert line.startswith(f"01_bad.ipynb: cell 1 (bad): {words}")
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_check_prints_a_line_for_each_problem(
    built: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert notebooks.main(["check", str(built)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert "00_try.ipynb: cell count: 7 cells, 20 to 45 are allowed" in lines
    assert all(line.startswith("00_try.ipynb: ") for line in lines)


@pytest.mark.parametrize(
    ("text", "said"),
    [("{", "not JSON"), ("[]", "not a notebook"), ('{"nbformat": 3}', "not a notebook")],
)
def test_what_is_no_notebook_is_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    path = tmp_path / "no.ipynb"
    path.write_text(text, encoding="utf-8")
    assert notebooks.main(["check", str(path)]) == 2
    assert capsys.readouterr().err.startswith(f"no.ipynb: {said}")


def test_unknown_lesson_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert notebooks.main(["build", "99"]) == 2
    assert capsys.readouterr().err == "no lesson or assignment in notebooks/ begins with '99'\n"


def test_assignments_are_named_by_their_folder_and_built_with_the_lessons() -> None:
    lessons, assignments = notebooks.lesson_paths(), notebooks.assignment_paths()
    assert notebooks.select([]) == [*lessons, *assignments]
    assert notebooks.select(["assignments"]) == assignments
    assert notebooks.select(["assignments/2", "02"]) == [assignments[1], lessons[2]]
    assert assignments[1].name.startswith("2_")


# --- The form alone ---


def test_ids_are_kept_or_derived_from_the_content() -> None:
    def ids(*given: str | None) -> list[str]:
        cells = [new_markdown_cell(f"Text {i % 2}") for i in range(len(given))]
        for cell, cell_id in zip(cells, given, strict=True):
            del cell["id"]
            if cell_id is not None:
                cell["id"] = cell_id
        return [cell.id for cell in form.canonical(notebook_of(*cells)).cells]

    assert ids("a", "b") == ["a", "b"]
    first, _, third, _ = ids(None, "not valid!", None, "b")
    assert third == f"{first}-2"
    assert ids("a", "a", None, "c") == ["a", ids(None, None)[1], first, "c"]


def test_form_of_the_form_is_the_form() -> None:
    once = form.canonical(draft())
    assert form.canonical(once) == once


def test_form_leaves_its_argument_alone() -> None:
    notebook = draft()
    before = json.dumps(notebook)
    form.canonical(notebook)
    assert json.dumps(notebook) == before


def test_alt_text_goes_with_its_figure() -> None:
    settings = {"mystnb": {"image": {"alt": "of an old figure", "width": "80%"}}}
    cell = new_code_cell("speed = 1", metadata=settings)
    (written,) = form.canonical(notebook_of(cell)).cells
    assert written.metadata == {"mystnb": {"image": {"width": "80%"}}}


def test_form_keeps_what_graders_and_readers_need() -> None:
    wanted = {
        "jupyter": {"source_hidden": True},
        "nbgrader": {"grade": True},
        "tags": ["a", "b"],
    }
    given = {**wanted, "tags": ["b", "a", "b"], "scrolled": True, "trusted": True}
    cell = new_markdown_cell("![A plot](attachment:a.png)")
    cell.metadata.update(given)
    cell.attachments = {"a.png": {"image/png": "aa=="}}
    (written,) = form.canonical(notebook_of(cell)).cells
    assert written.metadata == wanted
    assert written.attachments == cell.attachments


def test_streams_are_merged_only_with_their_own_kind() -> None:
    pieces = [("stdout", "1"), ("stdout", "2"), ("stderr", "3"), ("stdout", "4")]
    outputs = [new_output("stream", name=name, text=text) for name, text in pieces]
    (cell,) = form.canonical(notebook_of(new_code_cell("f()", outputs=outputs))).cells
    assert [output.text for output in cell.outputs] == ["12", "3", "4"]


# --- Another processor's arithmetic ---


def test_unchanged_arithmetic_is_a_failure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(portable, "changed_products", lambda: {"NumPy float32": False})
    monkeypatch.setattr(portable, "run_nbval", lambda: 0)
    assert portable.main([]) == 1
    printed = capsys.readouterr()
    assert "NumPy float32: the same bits" in printed.out
    assert "--allow-same" in printed.err
    assert portable.main(["--allow-same"]) == 0


def test_status_of_nbval_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(portable, "changed_products", lambda: {"torch float32": True})
    monkeypatch.setattr(portable, "run_nbval", lambda: 5)
    assert portable.main([]) == 5


def test_usual_arithmetic_is_free_of_what_the_user_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    usual = portable.environment(old_processor=False)
    old = portable.environment(old_processor=True)
    assert set(old) - set(usual) == {*portable.OLD_PROCESSOR, "NPY_DISABLE_CPU_FEATURES"}
    assert old["OPENBLAS_CORETYPE"] == "Nehalem"
    assert usual["OMP_NUM_THREADS"] == old["OMP_NUM_THREADS"] == "1"
