"""What is said of a submission's files before anything of them is read by others or runs."""

import copy
import json
import os
import shutil
import socket

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rmsprop_course.classroom import _look

NAME = "tiny.ipynb"
CELL = nbformat.v4.new_code_cell("1 + 1", id="one", metadata={"tags": ["mine"], "odd": {"a": [1]}})
NOTEBOOK = nbformat.v4.new_notebook(cells=[CELL, nbformat.v4.new_markdown_cell("text", id="two")])
TEXT = nbformat.writes(NOTEBOOK)


@pytest.fixture
def folder(tmp_path):
    """Return a submission in which all is well."""
    folder = tmp_path / "ada" / "tiny"
    folder.mkdir(parents=True)
    (folder / NAME).write_text(TEXT, encoding="utf-8")
    return folder


def problem(folder):
    reason = _look.problem(folder, [NAME])
    assert "\n" not in reason and len(reason) < 400
    return reason


def test_a_notebook_as_jupyter_writes_it_is_well(folder):
    assert problem(folder) == ""
    (folder / "plot.png").write_bytes(b"\x89PNG")
    (folder / "data").mkdir()
    (folder / "data" / "a.csv").write_text("1,2")
    assert problem(folder) == ""


@pytest.mark.parametrize(
    "change",
    [
        lambda nb: nb["cells"][0].pop("id"),  # as older ones are
        lambda nb: nb["cells"][1].update(id="one"),  # a cell copied by hand
        lambda nb: nb["cells"][0].update(more="than the format knows"),
        lambda nb: nb["metadata"].update(widgets={}),
        lambda nb: nb.update(nbformat_minor=2),
        lambda nb: nb.update(cells=[]),
    ],
)
def test_what_harms_nobody_is_let_through(folder, change):
    notebook = json.loads(TEXT)
    change(notebook)
    (folder / NAME).write_text(json.dumps(notebook))
    assert problem(folder) == ""


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", f"{NAME} is empty"),
        (b" \n\t", f"{NAME} is empty"),
        (b"def average(values): ...", f"{NAME} is no notebook: it is not JSON"),
        (TEXT.encode()[:-20], f"{NAME} is no notebook: it is not JSON"),
        (b"[" * 100_000, f"{NAME} is no notebook: "),
        (b"{}", f"{NAME} is no notebook: "),
        (b"[]", f"{NAME} is no notebook: "),
        (b"null", f"{NAME} is no notebook: "),
        (b"3", f"{NAME} is no notebook: "),
        (b'"text"', f"{NAME} is no notebook: "),
        (b'{"nbformat": 4}', f"{NAME} is no notebook: "),
        (TEXT.encode().replace(b"1 + 1", b"\xff\xfe"), f"{NAME} cannot be read: "),
        (TEXT.encode("utf-16"), f"{NAME} cannot be read: "),
        (b"PK\x03\x04\xff", f"{NAME} cannot be read: "),
    ],
)
def test_what_is_no_notebook_is_named(folder, content, said):
    (folder / NAME).write_bytes(content)
    assert problem(folder).startswith(said)


@pytest.mark.parametrize(
    "change",
    [
        lambda nb: nb.update(cells={"a": 1}),
        lambda nb: nb.update(cells=[3]),
        lambda nb: nb.update(nbformat="four"),
        lambda nb: nb.update(nbformat=99),
        lambda nb: nb.update(nbformat=-1),
        lambda nb: nb.update(nbformat_minor="x"),
        lambda nb: nb.update(metadata=[]),
        lambda nb: nb["cells"][0].update(cell_type="secret"),
        lambda nb: nb["cells"][0].pop("cell_type"),
        lambda nb: nb["cells"][0].update(source=5),
        lambda nb: nb["cells"][0].pop("source"),
        lambda nb: nb["cells"][0].update(metadata="none"),
        lambda nb: nb["cells"][0].update(outputs="none"),
    ],
)
def test_a_notebook_that_breaks_the_format_is_named(folder, change):
    notebook = json.loads(TEXT)
    change(notebook)
    (folder / NAME).write_text(json.dumps(notebook))
    assert problem(folder).startswith(f"{NAME} is no notebook: ")


def test_a_missing_notebook_is_named_with_those_there_are(folder):
    (folder / NAME).rename(folder / "tiny (1).ipynb")
    shutil.copy(folder / "tiny (1).ipynb", folder / "other.ipynb")
    assert problem(folder) == f"{NAME} is missing; there is other.ipynb, tiny (1).ipynb"


def test_an_empty_submission_is_named(folder):
    (folder / NAME).unlink()
    assert problem(folder) == f"{NAME} is missing; there is no notebook"


def test_a_folder_in_the_notebooks_place_is_no_notebook(folder):
    (folder / NAME).unlink()
    (folder / NAME).mkdir()
    assert problem(folder).startswith(f"{NAME} is missing")


def test_each_notebook_of_the_assignment_is_asked_for(folder):
    assert _look.problem(folder, [NAME, "second.ipynb"]).startswith("second.ipynb is missing")


def test_more_than_ten_mebibytes_are_named_with_their_size(folder):
    with (folder / "large.bin").open("wb") as file:
        file.truncate(50 * 2**20)
    assert problem(folder) == ("its files have 50.0 MiB, more than 10: are there large outputs?"), (
        "nothing of it is read"
    )


def test_files_that_are_large_together_count_as_one_large(folder):
    for n in range(11):
        with (folder / f"{n}.bin").open("wb") as file:
            file.truncate(2**20)
    assert "11.0 MiB" in problem(folder)


def test_more_cells_than_anyone_writes_are_named(folder):
    many = [nbformat.v4.new_markdown_cell("x") for _ in range(_look._MOST_CELLS)]
    (folder / NAME).write_text(nbformat.writes(nbformat.v4.new_notebook(cells=many)))
    assert problem(folder) == ""
    many.append(nbformat.v4.new_markdown_cell("x"))
    (folder / NAME).write_text(nbformat.writes(nbformat.v4.new_notebook(cells=many)))
    number = _look._MOST_CELLS
    assert problem(folder) == f"{NAME} has {number + 1} cells, more than {number}"


def test_ten_mebibytes_are_allowed(folder):
    with (folder / "large.bin").open("wb") as file:
        file.truncate(10 * 2**20 - sum(path.lstat().st_size for path in folder.iterdir()))
    assert problem(folder) == ""


def test_links_are_not_followed(folder, tmp_path):
    (tmp_path / "secret").write_text(TEXT)
    (folder / NAME).unlink()
    (folder / NAME).symlink_to(tmp_path / "secret")
    assert problem(folder) == f"{NAME} is a link, not a file"


@pytest.mark.parametrize("target", ["/", "/dev/zero", "nowhere", ".", "loop"])
def test_no_link_anywhere_in_it_is_let_through(folder, target):
    (folder / "deep").mkdir()
    (folder / "deep" / "loop").symlink_to(target)
    assert problem(folder) == "loop is a link, not a file"


def test_a_pipe_is_not_opened(folder):
    (folder / NAME).unlink()
    os.mkfifo(folder / NAME)
    assert problem(folder) == f"{NAME} is a pipe, not a file"


def test_a_socket_is_named(folder, monkeypatch):
    monkeypatch.chdir(folder)  # for its name must be short
    with socket.socket(socket.AF_UNIX) as one:
        one.bind("s")
        assert problem(folder) == "s is a special file, not a file"


def test_a_folder_that_is_a_link_to_another_students_is_refused(folder, tmp_path):
    (tmp_path / "bob").mkdir()
    (tmp_path / "bob" / "tiny").symlink_to(folder)
    (tmp_path / "eve").symlink_to(tmp_path / "ada")
    for other in ("bob", "eve"):
        assert problem(tmp_path / other / "tiny") == "its folder is a link, or no folder"


def test_a_file_in_the_folders_place_is_refused(tmp_path):
    (tmp_path / "tiny").write_text(TEXT)
    assert problem(tmp_path / "tiny") == "its folder is a link, or no folder"
    assert problem(tmp_path / "gone") == "its folder is a link, or no folder"


@pytest.mark.parametrize(
    "time",
    [
        "2031-04-30 12:00:00 UTC",
        "2031-04-30 12:00:00.123456 UTC\n",
        "2031-04-30 12:00:00 CEST",
        "2031-04-30T12:00:00+02:00",
        "",
    ],
)
def test_a_time_that_nbgrader_writes_is_well(folder, time):
    (folder / "timestamp.txt").write_text(time)
    assert problem(folder) == ""


@pytest.mark.parametrize(
    "time",
    [
        b"yesterday",
        b"9" * 2**20,
        b"9" * 99,
        b"2031-04-30 12:00:00 UTC" + b" " * 100 + b"9" * 2**20,  # which nbgrader would read
        b"\xff\xff",
        b"2031-13-45",
        b"\0",
        b"nan",
        b"1e400",
    ],
)
def test_a_time_that_is_none_is_named(folder, time):
    (folder / "timestamp.txt").write_bytes(time)
    assert problem(folder) == "timestamp.txt must hold a time such as 2030-01-31 12:00:00 UTC"


def test_a_folder_in_the_times_place_is_named(folder):
    (folder / "timestamp.txt").mkdir()
    assert problem(folder).startswith("timestamp.txt must hold a time")


def test_a_name_that_is_no_text_does_not_stop_it(folder):
    (folder / os.fsdecode(b"\xff.txt")).symlink_to("nowhere")
    assert problem(folder).endswith(".txt is a link, not a file")
    assert print_of(folder)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


def inner(value):
    """Yield the places in a structure: containers with a key."""
    entries = value.items() if isinstance(value, dict) else enumerate(value)
    for key, entry in list(entries):
        yield value, key
        if isinstance(entry, dict | list):
            yield from inner(entry)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    return tmp_path_factory.mktemp("ada")


@given(content=st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()))
def test_no_content_stops_it(scratch, content):
    (scratch / NAME).write_bytes(content)
    assert problem(scratch)


@given(data=st.data(), value=JSON)
def test_no_change_of_a_notebook_stops_it(scratch, data, value):
    notebook = copy.deepcopy(json.loads(TEXT))
    places = list(inner(notebook))
    holder, key = places[data.draw(st.integers(0, len(places) - 1))]
    holder[key] = value
    (scratch / NAME).write_text(json.dumps(notebook))
    reason = problem(scratch)
    if not reason:  # then nbgrader can read it
        assert nbformat.read(scratch / NAME, as_version=4).cells is not None


def print_of(folder):
    return _look.fingerprint(folder)


def test_a_fingerprint_stays_while_nothing_changes(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "copy")
    assert print_of(folder) == print_of(folder) == print_of(tmp_path / "copy")


@pytest.mark.parametrize(
    "change",
    [
        lambda f: (f / NAME).write_text(TEXT.replace("1 + 1", "1 + 2")),
        lambda f: (f / NAME).rename(f / "b.ipynb"),
        lambda f: (f / NAME).unlink(),
        lambda f: (f / "new").touch(),
        lambda f: (f / "new").mkdir(),
        lambda f: (f / "timestamp.txt").write_text("2031-04-30 12:00:00 UTC"),
        lambda f: (f / "link").symlink_to("a"),
        lambda f: os.mkfifo(f / "pipe"),
    ],
)
def test_a_fingerprint_changes_with_any_file(folder, change):
    before = print_of(folder)
    change(folder)
    assert print_of(folder) != before


def test_a_fingerprint_changes_with_a_file_in_a_folder(folder):
    (folder / "data").mkdir()
    (folder / "data" / "a").write_text("1")
    before = print_of(folder)
    (folder / "data" / "a").write_text("2")
    assert print_of(folder) != before


def test_a_fingerprint_changes_with_where_a_link_leads(folder):
    (folder / "link").symlink_to("a")
    before = print_of(folder)
    (folder / "link").unlink()
    (folder / "link").symlink_to("b")
    assert print_of(folder) != before


def test_a_fingerprint_tells_the_border_between_files(folder):
    (folder / "a").write_text("bc")
    (folder / "b").write_text("")
    before = print_of(folder)
    (folder / "a").write_text("b")
    (folder / "b").write_text("c")
    assert print_of(folder) != before


def test_a_fingerprint_reads_no_large_file(folder):
    with (folder / "huge").open("wb") as file:
        file.truncate(2**40)  # would take an hour
        before = print_of(folder)
        file.truncate(2**40 + 1)
    assert print_of(folder) != before


def test_a_folder_that_is_none_has_a_fingerprint(folder, tmp_path):
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to("nowhere")
    prints = {print_of(tmp_path / name) for name in ("file", "link", "gone")}
    assert print_of(folder) not in prints
