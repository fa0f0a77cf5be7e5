"""Every lesson obeys every rule, and every rule refuses a lesson that breaks it."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from lessons import form, rules
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

import notebooks

# Cells whose output differs from machine to machine: environments and timings, nothing else.
GPU_LESSON = "07_rmsprop_on_the_gpu.ipynb"
OUTPUTS_THAT_VARY = {
    ("00_start_here.ipynb", "environment"),
    (GPU_LESSON, "measure"),
    (GPU_LESSON, "passes-measure"),
    (GPU_LESSON, "kernel-measure"),
    (GPU_LESSON, "small-measure"),
    (GPU_LESSON, "gpu-kernel"),
    (GPU_LESSON, "gpu-run"),
    (GPU_LESSON, "graph-run"),
    (GPU_LESSON, "paths-live"),
    (GPU_LESSON, "share-measure"),
    (GPU_LESSON, "amdahl-solution"),
}

ALT = "A line falls from one at step zero to almost zero at step forty."
PIXEL = "aPNGpicture=="

load = cache(form.load)


@pytest.mark.parametrize("rule", rules.RULES)
@pytest.mark.parametrize("path", notebooks.lesson_paths(), ids=lambda path: path.stem)
def test_lesson_obeys(path: Path, rule: str) -> None:
    found = rules.problems(load(path), (rule,))
    assert not found, "\n".join(map(str, found))


def test_only_listed_cells_have_an_output_that_varies() -> None:
    tagged = {
        (path.name, cell.id)
        for path in notebooks.lesson_paths()
        for cell in load(path).notebook.cells
        if form.IGNORED_TAG in form.tags(cell)
    }
    assert tagged == OUTPUTS_THAT_VARY


# --- A lesson in which nothing is wrong, and what each rule says when something is ---


def shown(text: str) -> NotebookNode:
    return new_output("stream", name="stdout", text=text)


def figure(alt: str | None = ALT) -> NotebookNode:
    metadata = {"image/png": {"alt": alt}} if alt else {}
    return new_output("display_data", data={"image/png": PIXEL}, metadata=metadata)


def markdown_output(text: str) -> NotebookNode:
    return new_output("display_data", data={"text/markdown": text})


def good_notebook() -> NotebookNode:
    cells = [
        new_markdown_cell(
            "# Measure a step\n\nHow long is it? **You will** measure. **You need** NumPy. "
            "**Time** 20 minutes.",
            id="opening",
        ),
        new_code_cell("import numpy as np", id="imports"),
    ]
    for number in range(3):
        cells += [
            new_markdown_cell(f"## What is question {number}?", id=f"section-{number}"),
            new_code_cell(f"print({number})", id=f"code-{number}", outputs=[shown(f"{number}\n")]),
            new_markdown_cell(f"It is {number}, because we said so.", id=f"prose-{number}"),
        ]
    cells += [
        new_markdown_cell("## How does it look?", id="section-3"),
        new_code_cell("speed = 1", id="code-3"),
        new_code_cell("draw(speed)", id="figure", outputs=[figure(), markdown_output(f"*{ALT}*")]),
        new_markdown_cell("### Your turn\n\nDouble it.", id="statement"),
        new_code_cell("twice = ...", id="exercise", metadata={"tags": ["exercise"]}),
        new_code_cell("check(twice)", id="check", metadata={"tags": ["check"]}),
        new_markdown_cell("<details><summary>Hint</summary>Add.</details>", id="hint"),
        new_code_cell(
            "twice = 2 * speed",
            id="solution",
            metadata={"jupyter": {"source_hidden": True}, "tags": ["hide-cell", "solution"]},
        ),
        new_markdown_cell("## What you learned\n\n- A step has a length.", id="learned"),
        new_markdown_cell("## References\n\nA. Author (2012). A title.", id="references"),
    ]
    for count, cell in enumerate((c for c in cells if c.cell_type == "code"), 1):
        cell.execution_count = count
    return form.canonical(new_notebook(cells=cells))


def cell_of(notebook: NotebookNode, cell_id: str) -> NotebookNode:
    return next(cell for cell in notebook.cells if cell.id == cell_id)


Change = Callable[[NotebookNode], object]


def source(cell_id: str, text: str, *, imports: str = "import numpy as np") -> Change:
    def change(notebook: NotebookNode) -> None:
        cell_of(notebook, "imports").source = imports
        cell_of(notebook, cell_id).source = text

    return change


def code(text: str, *, imports: str = "import numpy as np") -> Change:
    return source("code-0", text, imports=imports)


def prose(text: str) -> Change:
    return source("prose-0", text)


def outputs(*shown_outputs: NotebookNode, cell_id: str = "code-0") -> Change:
    def change(notebook: NotebookNode) -> None:
        cell_of(notebook, cell_id).outputs = list(shown_outputs)

    return change


def plain(text: str, mime: str = "text/plain") -> NotebookNode:
    return new_output("display_data", data={mime: text})


def metadata(cell_id: str, **values: object) -> Change:
    return lambda notebook: cell_of(notebook, cell_id).metadata.update(values)


def count(value: int | None) -> Change:
    return lambda notebook: cell_of(notebook, "code-0").update(execution_count=value)


def without(*cell_ids: str) -> Change:
    def change(notebook: NotebookNode) -> None:
        notebook.cells = [cell for cell in notebook.cells if cell.id not in cell_ids]

    return change


def more(number: int, make: Callable[..., NotebookNode], text: str = "Text {}") -> Change:
    extra = [make(text.format(i), id=f"more-{i}") for i in range(number)]
    return lambda notebook: notebook.cells.__setitem__(slice(3, 3), extra)


WIDGET = {form.WIDGET_VIEW: {"model_id": "1234"}}
ERROR = new_output("error", ename="ValueError", evalue="too large", traceback=[])
TORCH = "import torch"

# rule, a change that breaks it, part of what the rule then says
BAD = [
    ("canonical form", lambda notebook: notebook.metadata.update(author="me"), "author"),
    ("canonical form", metadata("code-0", collapsed=True), "collapsed"),
    ("canonical form", metadata("exercise", tags=["hard", "exercise"]), "hard"),
    ("canonical form", outputs(shown("a\n"), shown("b\n")), "outputs is"),
    ("canonical form", lambda notebook: cell_of(notebook, "code-0").update(id="code-1"), "code-1"),
    ("canonical form", source("code-0", ""), "must be"),
    ("executed", count(None), "None, must be 2"),
    ("executed", count(7), "7, must be 2"),
    ("kept outputs", metadata("code-0", tags=[form.IGNORED_TAG]), "None"),
    ("size", outputs(shown("x" * 1_510_000)), "1.51 MB"),
    ("no errors", outputs(ERROR), "ValueError: too large"),
    ("no stderr", outputs(new_output("stream", name="stderr", text="Warning!")), "Warning!"),
    ("no addresses", outputs(plain("<Line2D at 0x7f12ab34cd56>")), "0x7f12ab34cd56"),
    ("no addresses", outputs(plain("<b>0x7f12ab</b>", "text/html")), "0x7f12ab"),
    ("no addresses", outputs(shown("0x7f12ab\n")), "0x7f12ab"),
    ("no bare widgets", outputs(new_output("display_data", data=WIDGET)), "widget"),
    ("no local paths", code("open('/home/ann/data.csv')"), "/home/ann"),
    ("no local paths", prose("Look into C:\\Users\\ann."), "C:\\Users"),
    ("no local paths", outputs(shown("/Users/ann/course\n")), "/Users/ann"),
    ("one figure", outputs(figure(), figure(), cell_id="figure"), "2 figures"),
    ("alt text", outputs(figure(None)), "no alt text"),
    ("alt text", outputs(figure("the_falling_line_of_this_figure.png")), "path"),
    ("alt text", outputs(figure("A falling line.")), "fewer than 6 words"),
    ("alt text", source("figure", f"draw(speed, title={ALT!r})"), "is the title"),
    ("alt text", source("figure", f"ax.set_title({ALT!r})"), "is the title"),
    ("alt text", outputs(plain('<img src="data:,x">', "text/html")), "no alt text"),
    ("description", outputs(figure(), plain("Another text."), cell_id="figure"), "A line falls"),
    ("code length", code("\n".join(["x = 1"] * 21)), "21 lines"),
    ("no escapes", metadata("code-0", tags=["nbval-skip"]), "nbval-skip"),
    ("no escapes", metadata("code-0", tags=["raises-exception"]), "raises-exception"),
    ("no escapes", code("# NBVAL_IGNORE_OUTPUT\nprint(1)"), "NBVAL_IGNORE_OUTPUT"),
    ("imports first", code("import os"), "import os"),
    ("imports first", code("def f():\n    from os import path"), "from os import path"),
    ("no star import", source("imports", "from numpy import *"), "*"),
    ("no installs", code("!pip install torch"), "pip install torch"),
    ("no installs", code("%pip install torch"), "%pip"),
    ("no installs", code("files = !ls"), "ls"),
    ("no installs", code("%%bash\nls"), "%bash"),
    ("no downloads", source("imports", "import requests"), "requests"),
    ("no downloads", source("imports", "from urllib.request import urlopen"), "urllib"),
    ("no downloads", code("data = d.fetch_openml()", imports="import d"), "fetch_openml"),
    ("no downloads", code("hub.load('x')", imports="from torch import hub"), "torch.hub"),
    ("no downloads", code("MNIST('.', download=True)"), "download"),
    ("no downloads", code("snapshot.download()"), "download"),
    ("no global random state", code("np.random.seed(0)"), "numpy.random.seed"),
    ("no global random state", code("x = np.random.rand(3)"), "numpy.random.rand"),
    (
        "no global random state",
        code("x = r.rand(3)", imports="from numpy import random as r"),
        "rand",
    ),
    ("no global random state", code("rng = np.random.default_rng()"), "without a seed"),
    ("no global random state", source("imports", "import random"), "random"),
    ("no global random state", code("torch.manual_seed(0)", imports=TORCH), "torch.manual_seed"),
    ("no global random state", code("torch.randn(3)", imports=TORCH), "without a generator"),
    ("no global random state", code("weight.normal_()"), "without a generator"),
    ("no path edits", code("sys.path.append('..')", imports="import sys"), "sys.path"),
    ("no path edits", source("imports", "from sys import path"), "sys.path"),
    (
        "no suppressed warnings",
        code("w.filterwarnings('ignore')", imports="import warnings as w"),
        "filterwarnings",
    ),
    (
        "no suppressed warnings",
        code("simplefilter('ignore')", imports="from warnings import simplefilter"),
        "simplefilter",
    ),
    ("no show", code("plt.show()", imports="import matplotlib.pyplot as plt"), "show"),
    ("no commented-out calls", code("x = 1\n# print(x)"), "print(x)"),
    ("no commented-out calls", code("# y = np.exp(x)\nx = 1"), "np.exp"),
    ("no commented-out calls", code("# import os\nx = 1"), "import os"),
    ("exercise cells", source("exercise", "twice = 2"), "without ..."),
    ("exercise cells", metadata("solution", tags=["solution"]), "hide-cell"),
    ("exercise cells", metadata("solution", jupyter={}), "source_hidden"),
    ("exercise cells", lambda notebook: cell_of(notebook, "code-0").update(id="quiz"), "source_"),
    ("one title", source("opening", "No heading"), "no H1"),
    ("one title", prose("# Another title"), "Another title"),
    ("one title", source("opening", "Text\n\n# Title"), "does not open"),
    ("opening", source("opening", "# Title\n\n**You will** **You need** little."), "**Time**"),
    ("sections", without("section-0"), "3 sections"),
    ("sections", more(4, new_markdown_cell, "## Section {}"), "8 sections"),
    ("closing", without("references"), "## References"),
    ("closing", without("learned"), "## What you learned"),
    ("cell count", without("hint", "statement"), "19 cells"),
    ("cell count", more(25, new_markdown_cell), "46 cells"),
    ("prose to code", more(2, new_markdown_cell), "13 Markdown to 6 code"),
    ("prose to code", more(6, new_code_cell, "x = {}"), "11 Markdown to 12 code"),
    ("prose length", prose("word " * 91), "91 words"),
    ("no directives", prose(":::{note}\nText\n:::"), ":::{note}"),
    ("no directives", prose("```{note}\nText\n```"), "{note}"),
    ("no directives", prose("See {ref}`there`."), "{ref}"),
    ("described pictures", prose("![](figure.png)"), "no alt text"),
    ("described pictures", prose("<img src='figure.png'>"), "no alt text"),
    ("described pictures", prose("![figure.png](figure.png)"), "path"),
]


def findings(change: Change, rule: str) -> list[rules.Problem]:
    notebook = good_notebook()
    change(notebook)
    return rules.problems(form.Lesson("bad.ipynb", form.dumps(notebook), notebook), (rule,))


@pytest.mark.parametrize(("rule", "change", "said"), BAD)
def test_rule_refuses(rule: str, change: Change, said: str) -> None:
    assert said in " ".join(problem.value for problem in findings(change, rule))


def test_every_rule_refuses_something() -> None:
    assert {rule for rule, _, _ in BAD} == set(rules.RULES)


def test_a_good_lesson_breaks_no_rule() -> None:
    notebook = good_notebook()
    assert rules.problems(form.Lesson("good.ipynb", form.dumps(notebook), notebook)) == []


def as_much_code_as_prose_and_a_quiz(notebook: NotebookNode) -> None:
    more(5, new_code_cell, "x = {}")(notebook)
    notebook.cells.append(new_code_cell("quiz('02', questions)", id="quiz"))


# rule, a change that it must accept although it looks like what it refuses
HARMLESS = [
    (
        "no addresses",
        outputs(plain('<img src="data:image/png;base64,A+0xabcdef/="> ', "text/html")),
    ),
    ("no stderr", metadata("code-0", tags=[form.IGNORED_TAG])),
    ("no bare widgets", outputs(new_output("display_data", data={"text/plain": "IntSlider()"}))),
    ("no local paths", prose("See https://example.org/home/ann and ~/home/x.")),
    ("no global random state", code("x = np.random.default_rng(0).random(3)")),
    ("no global random state", code("torch.randn(3, generator=g)", imports=TORCH)),
    ("no global random state", code("g = torch.Generator().manual_seed(0)", imports=TORCH)),
    ("no global random state", code("random = 1\nprint(random)")),
    ("no installs", code("%matplotlib inline")),
    ("no downloads", code("MNIST('.', download=False)")),
    ("no commented-out calls", code("# weights (n_steps, 2), newest first\nx = 1  # f(x)")),
    ("no commented-out calls", code("# why: the mean hides f(x) behind g(x)\nx = '# f(x)'")),
    ("code length", code("\n\n".join(["x = 1"] * 20))),
    ("one title", prose("```\n# not a title\n```")),
    ("prose to code", as_much_code_as_prose_and_a_quiz),
    ("prose length", prose("word " * 90 + "$a + b + c$ 1.5 [](https://example.org) <br> | — |")),
    ("prose length", prose("### Heading\n| a | table |\n<details>" + "word " * 99 + "</details>")),
    ("prose length", source("references", "## References\n" + "word " * 200)),
    ("no directives", prose("```python\nx = {}\n```\nThe set $\\{a\\}$.")),
    ("description", outputs(figure(), markdown_output(f"*{ALT}*"), cell_id="figure")),
]


def region(kind: str, text: str, n_lines: int) -> str:
    inside = "\n".join([text] * n_lines)
    return f"{text}\n### BEGIN {kind}\n{inside}\n### END {kind}"


def test_regions_that_a_release_leaves_out_are_measured_by_themselves() -> None:
    for kind in ("SOLUTION", "HIDDEN TESTS"):
        assert findings(code(region(kind, "x = 1", 20)), "code length") == []
        (problem,) = findings(code(region(kind, "x = 1", 21)), "code length")
        assert "21 lines" in problem.value
    assert findings(prose(region("MARK SCHEME", "word", 90)), "prose length") == []
    (problem,) = findings(prose(region("MARK SCHEME", "word", 91)), "prose length")
    assert "91 words" in problem.value


def test_an_assignment_obeys_all_rules_but_those_on_the_sections_of_a_lesson() -> None:
    notebook = good_notebook()
    without("hint", "statement", "references")(notebook)
    lesson = form.Lesson("1_graded.ipynb", form.dumps(notebook), notebook)
    assert {problem.rule for problem in rules.problems(lesson)} == {"cell count", "closing"}
    code("import os")(notebook)
    metadata("code-0", nbgrader={"grade": True})(notebook)
    lesson = lesson._replace(text=form.dumps(notebook))
    assert {problem.rule for problem in rules.problems(lesson)} == {"imports first"}


@pytest.mark.parametrize(("rule", "change"), HARMLESS)
def test_rule_accepts(rule: str, change: Change) -> None:
    assert findings(change, rule) == []


def test_a_problem_is_one_line_that_names_file_cell_rule_and_value() -> None:
    (problem,) = findings(code("import os"), "imports first")
    assert str(problem) == "bad.ipynb: cell 4 (code-0): imports first: import os"
