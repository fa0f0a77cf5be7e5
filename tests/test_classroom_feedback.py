"""The page that a student gets back, made by nbgrader itself on a small course."""

import html
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup, Tag
from hypothesis import given, strategies
from nbconvert.exporters import HTMLExporter
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbgrader.api import Gradebook
from nbgrader.apps import GenerateFeedbackApp, NbGraderAPI
from playwright.sync_api import Page
from traitlets.config import Config

from rmsprop_course.classroom import _markup, _notes
from rmsprop_course.classroom._feedback import SafeOutputs, _heading, configure_feedback
from rmsprop_course.classroom._hidden_tests import HideHiddenTests

WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 800}
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJ"
    "RU5ErkJggg=="
)

INTRODUCTION = """# The moving average of $g^2$

Derive $v_t$, and mind `$PATH`:

$$
v_t = \\gamma v_{t-1} + (1-\\gamma)\\,g_t^2
$$
"""
ANSWER = """def average(values, decay):
    ### BEGIN SOLUTION
    v = 0.0
    for value in values:
        v = decay * v + (1 - decay) * value
    return v
    ### END SOLUTION"""
VISIBLE_FAILS = """assert average([1.0], 0.5) == 0.5, "average([1], 0.5) must be 0.5"
### BEGIN HIDDEN TESTS
secret_probe = [3.125, 4.75]
assert average(secret_probe, 0.75) > 1, "never said"
### END HIDDEN TESTS"""
HIDDEN_FAILS = """assert callable(average)
### BEGIN HIDDEN TESTS
seed = 101
secret_result = average([6.0, 7.5], 0.25)
assert secret_result == 7.03125, "decay and 1 - decay <swapped>"
### END HIDDEN TESTS"""
HIDDEN_RAISES = """### BEGIN HIDDEN TESTS
other_secret = average("not numbers", 0.25)
### END HIDDEN TESTS"""
PASSES = """assert 1 + 1 == 2"""
TASK = """Draw the average.

### BEGIN MARK SCHEME
2 points for **labelled** axes with $t$
### END MARK SCHEME"""

STUDENT = """def average(values, decay):
    print("seen:", values)
    v = 0.0
    for value in values:
        v = (1 - decay) * v + decay * (value + 0.25)
    return v"""
ESSAY = r"""Because $\sqrt{v_t} < |g|$, it costs $5 and not $6. Also $\frac{$ & `a < $b$`.

<script>document.title = "taken"</script><img src=x onerror="document.title = 'taken'">
![remote](https://example.org/picture.png) [link](javascript:document.title='taken')
</div></section></main>

$$\begin{aligned} a &= b \\ c &= d \end{aligned}$$

$\text{<script>document.title = "taken"</script>}$ $\href{javascript:alert(1)}{x}$"""
OUTPUTS = f"""from IPython.display import display
def show(metadata=None, **data):
    data = {{kind.replace("_", "/").replace("svg", "svg+xml"): text for kind, text in data.items()}}
    display(data, raw=True, metadata=metadata or {{}})
show(text_html="<script>document.title = 'taken'</script><p onclick='alert(1)'>kept</p>"
     "<table><tr><td>7</td></tr></table><img src='https://example.org/a.png'>")
show(text_html="<script>only()</script>", text_plain="instead of a script")
show(application_javascript="document.title = 'taken'", text_plain="instead of a program")
show(text_latex=r"$\\displaystyle \\frac{{1}}{{2}}$")
show(text_markdown="**bold** $x^3$")
show(image_svg="<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>")
show(image_png="{PIXEL}", metadata={{"filenames": {{"image/png": "https://example.org/b.png"}},
     "image/png": {{"width": "1 onload=alert(1)", "height": 12}}}})
print("first line\\n" * 3000)
print("\\x1b[31m<b>red</b>\\x1b[0m")"""


def cell_of(source: str, name: str, kind: str = "code", **settings) -> nbformat.NotebookNode:
    make = new_code_cell if kind == "code" else new_markdown_cell
    defaults = {"grade": False, "solution": False, "task": False, "locked": False}
    known = {**defaults, **settings, "grade_id": name, "schema_version": 3}
    return make(source, metadata={"nbgrader": known})


def source_notebook() -> nbformat.NotebookNode:
    test = {"grade": True, "locked": True}
    cells = [
        new_markdown_cell(INTRODUCTION),
        cell_of(ANSWER, "average", solution=True),
        cell_of(VISIBLE_FAILS, "test_visible", points=2, **test),
        cell_of(HIDDEN_FAILS, "test_hidden", points=3, **test),
        cell_of(HIDDEN_RAISES, "test_raises", points=1, **test),
        cell_of(PASSES, "test_passes", points=1, **test),
        cell_of("Explain.", "explain", "markdown", grade=True, solution=True, points=4),
        cell_of(TASK, "draw-it", "markdown", task=True, locked=True, points=2),
    ]
    for cell in cells:
        cell.id = cell.metadata.get("nbgrader", {}).get("grade_id", "introduction")
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def submission(released: nbformat.NotebookNode) -> nbformat.NotebookNode:
    answers = {"average": STUDENT, "explain": ESSAY}
    for cell in released.cells:
        cell.source = answers.get(cell.id, cell.source)
    leak = "print(In[-2:])\nprint(In[4])"
    own = {"id": "leak", "source": leak}, {"id": "outputs", "source": OUTPUTS}
    released.cells += [new_code_cell(**settings) for settings in own]
    return released


class Course:
    """A course whose one student, anna, is autograded."""

    def __init__(self, root: Path) -> None:
        self.root = root
        config = Config()
        config.CourseDirectory.root = str(root)
        config.CourseDirectory.course_id = "rmsprop"
        config.IncludeHeaderFooter.header = config.IncludeHeaderFooter.footer = ""
        configure_feedback(config)
        self.api = NbGraderAPI(config=config)

    def grade(self) -> None:
        source, submitted = self.root / "source" / "a", self.root / "submitted" / "anna" / "a"
        for folder in (source, submitted):
            folder.mkdir(parents=True)
        nbformat.write(source_notebook(), source / "average.ipynb")
        self.must(self.api.generate_assignment("a"))
        released = nbformat.read(self.root / "release" / "a" / "average.ipynb", as_version=4)
        nbformat.write(submission(released), submitted / "average.ipynb")
        self.must(self.api.autograde("a", "anna"))
        with self.gradebook() as gradebook:
            grade = gradebook.find_grade("explain", "average", "a", "anna")
            grade.manual_score, grade.needs_manual_grade = 2.5, False
            comment = gradebook.find_comment("explain", "average", "a", "anna")
            comment.manual_comment = "Good, but **why** $\\eta$? <script>alert(1)</script>"
            gradebook.db.commit()

    def gradebook(self) -> Gradebook:
        return Gradebook(f"sqlite:///{self.root}/gradebook.db")

    def must(self, result: dict) -> None:
        assert result["success"], f"{result.get('error')}{result.get('log')}"

    def autograded(self) -> Path:
        return self.root / "autograded" / "anna" / "a" / "average.ipynb"

    def page(self) -> Path:
        self.must(self.api.generate_feedback("a", "anna"))
        return self.root / "feedback" / "anna" / "a" / "average.html"


pytestmark = pytest.mark.filterwarnings("ignore:Object of type")  # SQLAlchemy, of nbgrader


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Course]:
    course = Course(tmp_path_factory.mktemp("course"))
    with pytest.MonkeyPatch.context() as patch:
        # nbgrader runs alembic, which lies beside Python
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        patch.setenv("PATH", path)
        course.grade()
        yield course


@pytest.fixture(scope="module")
def page(course: Course) -> Path:
    return course.page()


@pytest.fixture(scope="module")
def soup(page: Path) -> BeautifulSoup:
    return BeautifulSoup(page.read_text(encoding="utf-8"), features="html.parser")


def copy_of(course: Course, root: Path) -> Course:
    shutil.copytree(course.root, root)
    copied = Course(root)
    copied.autograded().chmod(0o644)
    return copied


@pytest.fixture(scope="module")
def marked(course: Course, tmp_path_factory: pytest.TempPathFactory) -> BeautifulSoup:
    """The page when all is marked, a day late, with notes and a cell of the student's making."""
    copied = copy_of(course, tmp_path_factory.mktemp("marked") / "course")
    notebook = nbformat.read(copied.autograded(), as_version=4)
    _notes.needs_look(notebook, "it imports <ctypes>, a secret reason")
    _notes.remark(notebook, "the cell <x> was missing from it")
    notebook.cells.append(new_markdown_cell("x", metadata={"part": {"points": 90}}))
    notebook.cells.append(cell_of("pass", "made-up", grade=True, locked=True, points=90))
    praise = cell_of("pass", "praise", solution=True)
    praise.metadata.nbgrader["comment"] = "Forged praise"
    notebook.cells.append(praise)
    nbformat.write(notebook, copied.autograded())
    with copied.gradebook() as gradebook:
        grade = gradebook.find_grade("draw-it", "average", "a", "anna")
        grade.manual_score, grade.needs_manual_grade = 2.0, False
        found = gradebook.find_submission_notebook("average", "a", "anna")
        found.late_submission_penalty = 1.0
        gradebook.db.commit()
    return BeautifulSoup(copied.page().read_text(encoding="utf-8"), features="html.parser")


def lines_of(tag: Tag) -> list[str]:
    return [" ".join(line.split()) for line in tag.get_text().splitlines() if line.strip()]


def graded(soup: BeautifulSoup, name: str) -> Tag:
    section = soup.find(id=name)
    assert isinstance(section, Tag)
    return section


def test_the_page_begins_with_the_points_of_every_part(soup):
    rows = [
        [" ".join(cell.get_text(" ").split()) for cell in row.find_all(["th", "td"])]
        for row in soup.select("table.points tr")
    ]
    assert rows == [
        ["Part", "Points", "Result"],
        ["Visible Tests", "0 / 2", "no points"],
        ["Hidden Tests", "0 / 3", "no points"],
        ["Raises Tests", "0 / 1", "no points"],
        ["Passes Tests", "1 / 1", "full points"],
        ["Explain Written answer", "2.5 / 4", "some points"],
        ["Draw it Task", "– / 2", "not marked yet"],
        ["Total", "3.5 / 13", ""],
    ]
    assert "3.5 of 13 points so far" in soup.header.get_text()
    assert soup.select_one(".note") is None


def test_every_part_in_the_table_leads_to_its_cell(soup):
    links = [link["href"] for link in soup.select("table.points a")]
    assert links == [f"#{tag['id']}" for tag in soup.select("section.graded")]
    assert len(links) == 6


def test_hidden_tests_are_nowhere_on_the_page(page):
    text = page.read_text(encoding="utf-8")
    shown = BeautifulSoup(text, features="html.parser").get_text()
    for source in (VISIBLE_FAILS, HIDDEN_FAILS, HIDDEN_RAISES):
        hidden = source.partition("BEGIN HIDDEN TESTS\n")[2].splitlines()[:-1]
        assert hidden
        assert not [line for line in hidden if line in shown]
    for secret in ("secret", "3.125", "4.75", "6.0", "seed", "never said", "not numbers", "BEGIN"):
        assert secret not in text


def test_a_failed_test_names_the_mistake_and_where_it_shows(soup):
    said = {
        name: lines_of(graded(soup, name).select_one(".output.error"))
        for name in ("test_visible", "test_hidden", "test_raises")
    }
    message = "average([1], 0.5) must be 0.5"
    assert said == {
        "test_visible": [
            f"AssertionError: {message}",
            f'Failed at: assert average([1.0], 0.5) == 0.5, "{message}"',
        ],
        "test_hidden": ["AssertionError: decay and 1 - decay <swapped>"],
        "test_raises": [
            'TypeError: can only concatenate str (not "float") to str',
            "In your code, cell [1], line 5: v = (1 - decay) * v + decay * (value + 0.25)",
        ],
    }


def test_what_answers_print_in_hidden_tests_is_not_shown(soup):
    assert len(re.findall("seen:", soup.get_text())) == 1  # in the answer's own code
    assert graded(soup, "test_hidden").select(".output.stream") == []


def test_an_output_that_quotes_hidden_tests_is_not_shown(soup):
    leak = next(cell for cell in soup.select("div.cell") if "print(In" in cell.get_text())
    assert lines_of(leak.select_one(".output")) == [
        "This output quotes hidden tests. It is not shown."
    ]


def test_the_comment_stands_below_its_answer(soup):
    (comment,) = soup.select(".comment")
    assert comment.strong.get_text() == "why"
    assert comment.math.get_text() == "η"
    assert comment.find_parent("section")["id"] == "explain"


def test_a_mark_scheme_waits_until_its_task_is_marked(soup, marked):
    assert lines_of(graded(soup, "draw-it").select_one(".text")) == ["Draw the average."]
    task = graded(marked, "draw-it").select_one(".text")
    scheme = "2 points for labelled axes with t"
    assert lines_of(task) == ["Draw the average.", "Mark scheme", scheme]
    assert task.h4 and task.strong and task.math


def test_math_is_mathml_and_other_dollars_stay(soup):
    introduction, essay = soup.select(".text")[0], graded(soup, "explain").select_one(".text")
    assert [code.get_text() for code in introduction.select("code")] == ["$PATH"]
    assert [math["display"] for math in introduction.select("math")] == ["inline"] * 2 + ["block"]
    assert "it costs $5 and not $6" in essay.get_text()
    assert [code.get_text() for code in essay.select("code")] == ["$\\frac{$", "a < $b$"]
    assert len(essay.select("math mtr")) == 2


def test_no_script_handler_or_address_of_a_student_reaches_the_page(soup):
    forbidden = ["script", "iframe", "object", "embed", "form", "input", "link", "svg", "base"]
    assert soup.find_all(forbidden) == []
    for tag in soup.find_all(True):
        assert not [name for name in tag.attrs if name.startswith("on") or name == "srcset"]
        assert str(tag.get("src", "data:image/")).startswith("data:image/")
        assert re.match(r"#|https?://|mailto:", str(tag.get("href", "#")))
    assert graded(soup, "draw-it").find_parent("section") is None  # no tag closed what it had not


def test_outputs_are_harmless_and_short(soup):
    cell = next(cell for cell in soup.select("div.cell") if "raw=True" in cell.get_text())
    outputs = cell.select(".output")
    texts = [lines_of(output) for output in outputs]
    assert texts[0] == ["kept7[picture not shown: https://example.org/a.png]"]
    assert outputs[0].td.get_text() == "7"
    assert texts[1:3] == [["instead of a script"], ["instead of a program"]]
    assert outputs[3].select("math mfrac")
    assert outputs[4].strong and outputs[4].select("math msup")
    svg, png = outputs[5].img, outputs[6].img
    assert svg["src"].startswith("data:image/svg+xml;base64,")
    assert png["src"] == f"data:image/png;base64,{PIXEL}"
    assert (png.get("width"), png.get("height")) == (None, "12")
    assert 10 < len(texts[7]) < 100
    assert texts[7][-1] == "… (the rest is not shown)"


def test_notes_and_a_late_penalty_stand_above_the_points(marked):
    notes = [line for note in marked.select("header .note") for line in lines_of(note)]
    assert notes == [
        "Your instructor will look at this submission by hand.",
        "About what you submitted:",
        "the cell <x> was missing from it",
    ]
    assert lines_of(marked.select_one(".total")) == ["4.5 of 13 points"]
    rows = [row.get_text(" ", strip=True) for row in marked.select("table.points tr")]
    assert rows[-2:] == ["Late submission −1", "Total 4.5 / 13"]


def test_points_and_comments_come_from_the_gradebook_alone(marked):
    text = marked.get_text()
    assert "Good, but why" in text
    assert "Made up" not in text and "Forged praise" not in text


def test_the_plain_command_writes_the_same_page(course, page, tmp_path, monkeypatch):
    copied = copy_of(course, tmp_path / "course")
    (copied.root / "nbgrader_config.py").write_text(
        "from rmsprop_course.classroom._feedback import configure_feedback\n"
        "c = get_config()\n"
        'c.CourseDirectory.course_id = "rmsprop"\n'
        "configure_feedback(c)\n"
    )
    monkeypatch.chdir(copied.root)
    command = GenerateFeedbackApp()
    command.initialize(["a", "--force"])
    command.start()
    written = copied.root / "feedback" / "anna" / "a" / "average.html"
    assert written.read_bytes() == page.read_bytes()


def test_the_pages_of_formgrader_stay_as_they_are():
    config = Config()
    configure_feedback(config)
    assert "HTMLExporter" not in config
    assert HTMLExporter(config=config).template_name == "lab"


CONTRASTS = """() => {
    const parse = text => text.match(/[\\d.]+/g).map(Number);
    const light = ([r, g, b]) => [r, g, b].map(v => v / 255)
        .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const behind = element => {
        for (; element; element = element.parentElement) {
            const color = parse(getComputedStyle(element).backgroundColor);
            if (color.length < 4 || color[3] > 0) return color;
        }
        return matchMedia('(prefers-color-scheme: dark)').matches ? [18, 18, 18] : [255, 255, 255];
    };
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const found = [];
    while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        if (!walker.currentNode.data.trim()) continue;
        const text = light(parse(getComputedStyle(element).color)), back = light(behind(element));
        const ratio = (Math.max(text, back) + 0.05) / (Math.min(text, back) + 0.05);
        found.push([ratio, walker.currentNode.data.slice(0, 40)]);
    }
    return found;
}"""

Open = Callable[..., Page]


@pytest.fixture
def open_page(browser, page: Path) -> Iterator[Open]:
    """Opens the page from its file; nothing may be asked for, and nothing may go wrong on it."""
    problems, tabs = [], []

    def opened(**screen) -> Page:
        tab = browser.new_page(**screen)
        tabs.append(tab)
        tab.on("pageerror", lambda error: problems.append(str(error)))
        tab.on("console", lambda said: problems.append(said.text))
        tab.on(
            "request",
            lambda asked: (
                asked.url.startswith("data:image/")
                or asked.url == page.as_uri()
                or problems.append(asked.url)
            ),
        )
        tab.goto(page.as_uri())
        return tab

    yield opened
    for tab in tabs:
        tab.close()
    assert problems == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_page_can_be_read_on_any_screen_without_a_network(open_page, screen, scheme):
    tab = open_page(viewport=screen, color_scheme=scheme)
    assert tab.title() == "Feedback: The moving average of g^2"
    assert tab.evaluate("document.documentElement.scrollWidth") <= screen["width"]
    contrasts = tab.evaluate(CONTRASTS)
    assert len(contrasts) > 100
    assert [found for found in contrasts if found[0] < 4.5] == []


def test_the_page_itself_forbids_what_sanitizing_might_miss(browser, page, tmp_path):
    text = page.read_text(encoding="utf-8")
    slipped = """<script>document.title = "taken"</script><style>@import "https://a.example"</style>
        <img src="https://a.example/b.png" onerror="document.title = 'taken'">"""
    (tmp_path / "slipped.html").write_text(text.replace("<main>", f"<main>{slipped}"))
    tab, failed = browser.new_page(), []
    tab.on("requestfailed", lambda request: failed.append((request.url, request.failure)))
    tab.goto((tmp_path / "slipped.html").as_uri())
    assert tab.title().startswith("Feedback")
    assert sorted(failed) == [("https://a.example/", "csp"), ("https://a.example/b.png", "csp")]
    tab.close()


def test_formulas_are_drawn(open_page):
    tab = open_page(viewport=WIDE)
    fraction = tab.locator("mfrac").first.bounding_box()
    numerator, denominator = tab.locator("mfrac").first.locator("mn").all()
    assert fraction["height"] > 15
    assert numerator.bounding_box()["y"] < denominator.bounding_box()["y"]


def test_the_page_says_what_it_is_to_a_screen_reader(soup):
    assert soup.html["lang"] == "en"
    assert len(soup.select("h1")) == 1
    assert soup.select_one("table.points caption").get_text() == "Points by part"
    assert all(cell.get("scope") for cell in soup.select("table.points th"))
    assert all(picture.get("alt") for picture in soup.select("img"))
    names = [tag["id"] for tag in soup.find_all(id=True)]
    assert len(names) == len(set(names))


# --- Without nbgrader ---


def error(name: str, message: str, *frames: tuple[int, int]) -> nbformat.NotebookNode:
    lines = [
        f"Cell \x1b[32mIn[{cell}]\x1b[39m\x1b[32m, line {line}\x1b[39m" for cell, line in frames
    ]
    return new_output("error", ename=name, evalue=message, traceback=[*lines, message])


def hide(test: str, answer: str, *outputs: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """Hide the tests of a cell that has run after an answer; returns its outputs."""
    own = new_code_cell(answer, execution_count=1)
    cell = cell_of(test, "test", grade=True, locked=True, points=1)
    cell.execution_count, cell.outputs = 2, list(outputs)
    notebook, _ = HideHiddenTests().preprocess(new_notebook(cells=[own, cell]), {})
    assert "secret" not in notebook.cells[1].source
    return notebook.cells[1].outputs


HIDDEN = "### BEGIN HIDDEN TESTS\nf(secret_probe_of_the_test)\n### END HIDDEN TESTS"


@pytest.mark.parametrize(
    ("answer", "message", "shown"),
    [
        ("def f(x):\n    raise ValueError(x)", "[3.125]", "ValueError"),
        ("def f(x):\n    assert not x, x", "[3.125]", "ValueError"),
        ("def f(x):\n    raise ValueError('no x')", "no x", "ValueError: no x"),
        ("def f(x):\n    return 1 / 0", "division by zero", "ValueError: division by zero"),
        ("def f(x):\n    return g(x)", "first\nsecond", "ValueError: first"),
        ("def f(x):\n    return g(x)", "long" * 1000, f"ValueError: {'long' * 74}lon…"),
        ("def f(x):\n    return g(x)", "f(secret_probe_of_the_test)", "ValueError"),
    ],
)
def test_the_message_of_an_error_says_nothing_that_a_hidden_test_gave(answer, message, shown):
    (output,) = hide(HIDDEN, answer, error("ValueError", message, (2, 2), (1, 2)))
    assert output.traceback[0] == shown
    assert message not in output.evalue or message in shown


def test_hidden_tests_without_an_end_hide_the_rest_of_the_cell():
    test = "assert f\n### BEGIN HIDDEN TESTS\nsecret = 1\nf(secret)"
    (output,) = hide(test, "f = 1", new_output("stream", text="1"), error("E", "no", (2, 4)))
    assert output.traceback == ["E: no"]


def test_only_the_visible_line_of_a_test_is_quoted():
    test = f"f(1)\n{HIDDEN}\nf(2)"
    visible = hide(test, "f = 1", error("E", "no", (2, 5)))
    assert visible[0].traceback == ["E: no", "Failed at: f(2)"]
    hidden = hide(test, "f = 1", error("E", "no", (2, 3)))
    assert hidden[0].traceback == ["E: no"]


def test_quoting_as_python_quotes_is_quoting_too():
    line = """assert f("it's") == "secret", "no" """.strip()
    test = cell_of(f"### BEGIN HIDDEN TESTS\n{line}", "test", grade=True, locked=True, points=1)
    for quotation in (line, repr(line), repr([line, '"']), html.escape(line)):
        leak = new_output("display_data", data={"text/html": f"<p>{quotation}</p>"})
        notebook = new_notebook(cells=[test.copy(), new_code_cell("f", outputs=[leak])])
        HideHiddenTests().preprocess(notebook, {})
        assert "secret" not in str(notebook.cells[1].outputs)


def rendered(source: str) -> str:
    return _markup.markdown_to_html({}, source).strip()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("`$x$` and \\$5", "<p><code>$x$</code> and $5</p>"),
        ("```\n$$x$$\n```", "<pre><code>$$x$$\n</code></pre>"),
        ("`$$` and `$$`", "<p><code>$$</code> and <code>$$</code></p>"),
        ("see `$$`, or $$", "<p>see <code>$$</code>, or $$</p>"),
        ("    $$x$$", "<pre><code>$$x$$</code></pre>"),
        ("from $5 to $6", "<p>from $5 to $6</p>"),
        ("a < b & c", "<p>a &lt; b &amp; c</p>"),
        ("$\\foo$", '<p><code class="tex">$\\foo$</code></p>'),
        ("$\\frac{<b>$", '<p><code class="tex">$\\frac{&lt;b&gt;$</code></p>'),
        ("# One", "<h2>One</h2>"),
        ("<b onclick=x>t</b>", "<p><b>t</b></p>"),
        ("- [x] done", "<ul>\n<li>☑ done</li>\n</ul>"),
        ("<blink>t</blink>", "<p>t</p>"),
        ("<p style='color:red; text-align: right'>t</p>", '<p style="text-align: right;">t</p>'),
        ("[a](data:text/html,x) [b](../other)", "<p><a>a</a> <a>b</a></p>"),
        ("![$x$](https://a.example/b.png)", "<p>[picture not shown: $x$]</p>"),
        ("![y](attachment:none.png)", "<p>[picture not shown: y]</p>"),
    ],
)
def test_markdown_becomes_safe_html(source, expected):
    assert rendered(source) == expected


@pytest.mark.parametrize(
    "source", ["$x$", "$ x $", "($x$), $y$.", "$$x$$", "- a\n\n  $$\n  x\n  $$"]
)
def test_what_is_meant_as_math_becomes_math(source):
    assert "<math" in rendered(source)
    assert "$" not in rendered(source)


def test_an_attached_picture_is_shown():
    cell = {"attachments": {"a.png": {"image/png": PIXEL}}}
    page = _markup.markdown_to_html({"cell": cell}, "![a dot](attachment:a.png)")
    picture = BeautifulSoup(page, features="html.parser").img
    assert picture.attrs == {"src": f"data:image/png;base64,{PIXEL}", "alt": "a dot"}


@pytest.mark.parametrize(
    "latex",
    [
        r"\def\a{xx}\a",
        r"\newcommand{\a}{\a\a}\a",
        r"\frac{1",
        "{" * 1400 + "}" * 1400,
        r"\left(" * 400,
        "x^" * 1000,
        "x" * 10_000,
        r"\begin{matrix}" * 100,
        "\\",
        " ",
    ],
    ids=lambda latex: latex[:12],
)
def test_a_formula_that_is_none_stays_as_it_was_typed(latex):
    assert _markup.mathml(latex) is None


def test_a_formula_carries_no_link_style_or_tag():
    for latex in (r"\href{javascript:x}{y}", r"\style{color:red}{y}", r"\text{<b>y</b>}"):
        math = BeautifulSoup(_markup.mathml(latex), features="html.parser")
        assert "y" in math.get_text()
        assert math.find_all(["b", "a"]) == math.select("[href], [style], [class]") == []


def test_a_page_renders_only_so_much_of_what_a_submission_holds():
    text = "<b>x</b> " * 2000
    output = new_output("display_data", data={"text/html": text, "text/plain": "plain"})
    outputs = [new_code_cell(outputs=[output.copy()]) for _ in range(3)]
    cells = [*outputs[:2], *(new_markdown_cell(text) for _ in range(20)), outputs[2]]
    notebook, _ = SafeOutputs().preprocess(new_notebook(cells=cells), {})
    shown = [list(cell.outputs[0].data) for cell in notebook.cells if cell.cell_type == "code"]
    assert shown == [["text/html", "text/plain"]] * 2 + [["text/plain"]]
    kinds = [cell.cell_type for cell in notebook.cells[2:-1]]
    assert kinds == ["markdown"] * 9 + ["raw"] * 11


def test_tags_nested_beyond_reason_are_shown_as_text():
    assert rendered("<div>" * 5000).startswith("<pre>&lt;div&gt;&lt;div&gt;")


PIECES = """< > $ $$ ` \\ [ ]( ) ! * _ # | & &lt; " a 1 é <!-- --> </div> <script> <math><mtext>
    <img&src=x&onerror=y> <a&href='javascript:x'> <style> <form&action=x> <input&name=x>
    <svg&onload=y> <p&style='position:fixed'> data:text/html, attachment:a \\frac \\text{ { }
    \\begin{align} \\end{align}"""
PIECES = [piece.replace("&", " ") if "<" in piece else piece for piece in PIECES.split()]
PIECES += [" ", "\n", "\n\n", "```\n", "\x00"]


@given(strategies.lists(strategies.sampled_from(PIECES), max_size=20).map("".join))
def test_whatever_is_typed_makes_a_safe_page(source):
    page = f"<main>{rendered(source)}</main>"
    soup = BeautifulSoup(page, features="html.parser")
    assert str(soup).startswith("<main>")
    assert len(soup.contents) == 1
    for tag in soup.find_all(True):
        assert tag.name not in ("script", "style", "svg", "iframe", "form", "input", "object")
        assert not [name for name in tag.attrs if name.startswith("on")]
        assert "position" not in tag.get("style", "")
        assert str(tag.get("src", "data:image/")).startswith("data:image/")
        assert re.match(r"#|https?://|mailto:", str(tag.get("href", "#")))


@pytest.mark.parametrize(
    ("source", "heading"),
    [
        ("## Task 5: Explain a *difference* (3 points)\n\nWhy?", "Task 5: Explain a difference"),
        ("### Limits (0.5 points)", "Limits"),
        ("Draw it.\n\n### BEGIN MARK SCHEME\n- **2 points**\n### END MARK SCHEME", ""),
        ("#tag without a blank", ""),
    ],
)
def test_a_written_part_is_called_by_its_heading(source, heading):
    assert _heading(new_markdown_cell(source)) == heading
