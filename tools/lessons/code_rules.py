"""Rules on a lesson's code, read from its syntax tree: what it imports, calls and leaves out."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator

from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode

from .form import IGNORED_TAG, QUIZ, Finding, Lesson, parts, tags

MAX_CODE_LINES = 20
SEEDED = "default_rng|Generator|SeedSequence|BitGenerator|PCG64|PCG64DXSM|Philox|SFC64|MT19937"
FORBIDDEN_NAMES = {
    "no-downloads": re.compile(
        r"(?:urllib|requests|http|httpx|aiohttp|ftplib|socket|wget|gdown|torch\.hub)(?:\.|$)"
        r"|.*\b(?:fetch_\w+|download\w*|urlopen|urlretrieve)$"
    ),
    "no-global-random-state": re.compile(
        rf"numpy\.random\.(?!(?:{SEEDED})$)\w+$|random(?:\.|$)"
        r"|torch\.(?:\w+\.)?(?:manual_seed|manual_seed_all|seed|seed_all|set_rng_state)$"
    ),
    "no-path-edits": re.compile(r"sys\.path$|site\.addsitedir$"),
    "no-suppressed-warnings": re.compile(r"warnings\.(?:filterwarnings|simplefilter)$"),
    "no-show": re.compile(r"matplotlib\.pyplot\.show$"),
}
NEEDS_GENERATOR = re.compile(
    r"torch\.(?:rand|randn|randint|randperm|normal|bernoulli|multinomial|poisson)$"
    r"|.*\.(?:uniform_|normal_|random_|bernoulli_|exponential_)$"
)
ESCAPE = re.compile(r"nbval|pytest_validate|raises-exception|skip-execution", re.I)
INSTALLERS = {"pip", "conda", "mamba", "uv", "bash", "sh", "system", "sx"}


def code_length(lesson: Lesson) -> Iterator[Finding]:
    """A code cell, or a region of one, has at most 20 lines, blank ones not counted."""
    for index, cell in _code_cells(lesson):
        lines = max(len(re.findall(r"^.*\S", part, re.M)) for part in parts(cell.source))
        if lines > MAX_CODE_LINES:
            yield index, f"{lines} lines, {MAX_CODE_LINES} are allowed"


def no_escapes(lesson: Lesson) -> Iterator[Finding]:
    """Every cell is run and compared; only `nbval-ignore-output` lets an output vary."""
    for index, cell in _code_cells(lesson):
        yield from ((index, tag) for tag in tags(cell) if ESCAPE.match(tag) and tag != IGNORED_TAG)
        yield from ((index, f"# {text}") for text in _comments(cell.source) if ESCAPE.match(text))


def imports_first(lesson: Lesson) -> Iterator[Finding]:
    """All imports stand in the first code cell."""
    for index, tree in _trees(lesson)[1:]:
        for node in ast.walk(tree):
            if isinstance(node, ast.Import | ast.ImportFrom):
                yield index, ast.unparse(node)


def no_star_import(lesson: Lesson) -> Iterator[Finding]:
    """No `import *`."""
    for index, tree in _trees(lesson):
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
                yield index, ast.unparse(node)


def no_installs(lesson: Lesson) -> Iterator[Finding]:
    """No shell commands and no installer: the course sets up its environment outside."""
    for index, tree in _trees(lesson):
        for call in _calls(tree):
            if ast.unparse(call.func) in {"get_ipython().system", "get_ipython().getoutput"}:
                yield index, f"shell command {ast.unparse(call.args[0])}"
            elif "get_ipython().run_" in ast.unparse(call.func):
                magic = ast.literal_eval(call.args[0])
                if magic in INSTALLERS:
                    yield index, f"%{magic}"


def no_downloads(lesson: Lesson) -> Iterator[Finding]:
    """Nothing is fetched while a lesson runs."""
    yield from _forbidden(lesson, "no-downloads")
    for index, tree in _trees(lesson):
        for call in _calls(tree):
            for keyword in call.keywords:
                if keyword.arg == "download" and ast.unparse(keyword.value) != "False":
                    yield index, f"{ast.unparse(call.func)}(download=…)"


def no_global_random_state(lesson: Lesson) -> Iterator[Finding]:
    """Random numbers come from a generator that was given a seed."""
    yield from _forbidden(lesson, "no-global-random-state")
    aliases = _aliases(lesson)
    for index, tree in _trees(lesson):
        for call in _calls(tree):
            name = _dotted(call.func, aliases)
            if name == "numpy.random.default_rng" and not call.args and not call.keywords:
                yield index, "default_rng() without a seed"
            given = {keyword.arg for keyword in call.keywords}
            if NEEDS_GENERATOR.match(name) and "generator" not in given:
                yield index, f"{name.lstrip('.')} without a generator"


def no_path_edits(lesson: Lesson) -> Iterator[Finding]:
    """The search path of modules is left alone."""
    yield from _forbidden(lesson, "no-path-edits")


def no_suppressed_warnings(lesson: Lesson) -> Iterator[Finding]:
    """A warning is mended, not hidden."""
    yield from _forbidden(lesson, "no-suppressed-warnings")


def no_show(lesson: Lesson) -> Iterator[Finding]:
    """A figure is shown by its description, once."""
    yield from _forbidden(lesson, "no-show")


def no_commented_out_calls(lesson: Lesson) -> Iterator[Finding]:
    """A comment says why; it is not code that was switched off."""
    for index, cell in _code_cells(lesson):
        for comment in _comments(cell.source):
            if _is_call(comment):
                yield index, f"# {comment}"


def exercise_cells(lesson: Lesson) -> Iterator[Finding]:
    """An exercise leaves `...` to fill in; what tells the answers is collapsed, in a quiz too."""
    trees = dict(_trees(lesson))
    for index, cell in _code_cells(lesson):
        if "exercise" in tags(cell) and not any(map(_is_ellipsis, ast.walk(trees[index]))):
            yield index, "an exercise without ... to fill in"
        if "solution" in tags(cell) and "hide-cell" not in tags(cell):
            yield index, "a solution without the tag hide-cell"
        is_collapsed = cell.metadata.get("jupyter", {}).get("source_hidden")
        if not is_collapsed and ("solution" in tags(cell) or cell.get("id") == QUIZ):
            yield index, "answers without jupyter.source_hidden"


def title_strings(source: str) -> set[str]:
    """Titles that a cell gives to its figure as plain strings."""
    found = set()
    for call in _calls(_parse(source)):
        named = [k.value for k in call.keywords if k.arg == "title"]
        is_setter = getattr(call.func, "attr", "") in {"set_title", "suptitle", "title"}
        for value in named + (call.args[:1] if is_setter else []):
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                found.add(value.value)
    return found


def _code_cells(lesson: Lesson) -> Iterator[tuple[int, NotebookNode]]:
    for index, cell in enumerate(lesson.notebook.cells):
        if cell.cell_type == "code":
            yield index, cell


def _trees(lesson: Lesson) -> list[tuple[int, ast.Module]]:
    return [(index, _parse(cell.source)) for index, cell in _code_cells(lesson)]


def _parse(source: str) -> ast.Module:
    """Syntax tree; magics and shell commands become the calls that IPython makes of them."""
    try:
        return ast.parse(source)
    except SyntaxError:
        return ast.parse(TransformerManager().transform_cell(source))


def _calls(tree: ast.AST) -> list[ast.Call]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def _aliases(lesson: Lesson) -> dict[str, str]:
    """What each imported name stands for, such as `np` for `numpy`."""
    return {local: full for _, tree in _trees(lesson) for local, full in _imported(tree).items()}


def _imported(tree: ast.AST) -> dict[str, str]:
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                names[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                names[alias.asname or alias.name] = f"{node.module or ''}.{alias.name}"
    return names


def _dotted(node: ast.AST, aliases: dict[str, str]) -> str:
    """Full name of a name or attribute; it begins with a dot if its root was not imported."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    root = aliases.get(node.id, "") if isinstance(node, ast.Name) else ""
    return ".".join([root, *reversed(parts)])


def _forbidden(lesson: Lesson, rule: str) -> Iterator[Finding]:
    pattern, aliases = FORBIDDEN_NAMES[rule], _aliases(lesson)
    for index, tree in _trees(lesson):
        used = [
            _dotted(node, aliases)
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute | ast.Name)
        ]
        for name in dict.fromkeys([*_modules(tree), *used]):
            if pattern.match(name):
                yield index, name.lstrip(".")


def _modules(tree: ast.AST) -> Iterator[str]:
    """Full names of what a cell imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module or ''}.{alias.name}" for alias in node.names)


def _comments(source: str) -> Iterator[str]:
    """Comments that have a line of their own, without the `#`."""
    lines = TransformerManager().transform_cell(source)
    for token in tokenize.generate_tokens(io.StringIO(lines).readline):
        if token.type == tokenize.COMMENT and not token.line[: token.start[1]].strip():
            yield token.string.lstrip("#").strip()


def _is_call(comment: str) -> bool:
    try:
        statements = ast.parse(comment.rstrip(";")).body
    except SyntaxError:
        return False
    values = [getattr(statement, "value", None) for statement in statements]
    has_call = any(isinstance(value, ast.Call) for value in values)
    imports = any(isinstance(statement, ast.Import | ast.ImportFrom) for statement in statements)
    return imports or (has_call and re.search(r"[\w\]]\(", comment) is not None)


def _is_ellipsis(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is ...
