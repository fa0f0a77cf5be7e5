"""Joins the ES modules of the figures into one text that a page can hold."""

import json
import re
from functools import cache
from pathlib import Path

_MODULES = Path(__file__).parent / "js"
_IMPORT = re.compile(
    r'^import\s+(?:\{[^}]*\}|\w+)\s+from\s+"\./([\w.-]+)"(?:\s+with\s+\{[^}]*\})?;\n', re.MULTILINE
)
_DECLARATION = re.compile(
    r"^(?:export )?(?:async )?(?:const|let|class|function\*?) (\w+)", re.MULTILINE
)


@cache
def bundle(main: str = "main.mjs", folder: Path = _MODULES) -> str:
    """Return a module and all that it imports as the text of one module.

    Imports go, exports stay, and a module comes after those that it imports. A JSON file becomes
    a constant that has the name of the file in capitals.

    Parameters
    ----------
    main : str
        File name of the module that nothing imports.
    folder : Path
        Where the modules are, all of them beside each other.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If two modules declare the same name, an import has a form that is not understood, or the
        text would end the script element that holds it.

    Examples
    --------
    >>> "export const mountAll" in bundle()
    True
    """
    text = "\n".join(_in_order(main, folder, []).values())
    names = _DECLARATION.findall(text)
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"names must be declared in one module, got {', '.join(twice)} twice")
    if strange := re.search(r"^import\b.*", text, re.MULTILINE):
        raise ValueError(f'an import must be like import {{ a }} from "./b.mjs"; got {strange[0]}')
    if "</script" in text.lower():
        raise ValueError("modules must not hold </script, which ends a script element")
    return text


def _in_order(name: str, folder: Path, above: list[str]) -> dict[str, str]:
    """Texts of a module and of those that it imports, imported ones first, by file name."""
    if name in above:
        raise ValueError(f"modules must not import in a circle, got {' → '.join([*above, name])}")
    source = (folder / name).read_text(encoding="utf-8")
    if name.endswith(".json"):
        constant = Path(name).stem.upper()
        return {name: f"const {constant} = {json.dumps(json.loads(source))};\n"}
    texts: dict[str, str] = {}
    for imported in _IMPORT.findall(source):
        texts |= _in_order(imported, folder, [*above, name])
    return {**texts, name: _IMPORT.sub("", source)}
