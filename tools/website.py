"""Build the website, from the lessons as they are stored: nothing is executed.

``python tools/website.py`` writes ``book/_build/html``. A warning is an error.
"""

import argparse
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BOOK = ROOT / "book"
_COLOR = re.compile(r"\x1b\[[\d;]*m")
_STOP = re.compile(
    r"^\w+ error(?: \((?P<part>\S+)\))?:\n"
    r"(?:Handler .*\(exception: (?P<thrown>.+)\)|(?P<said>.+))$",
    re.MULTILINE,
)


class BookError(Exception):
    """Jupyter Book stopped, or had something to warn of."""


def build(folder: Path = BOOK, root: Path = ROOT) -> Path:
    """Build the site of ``root/book`` in ``folder/_build/html`` and return that folder.

    Raises
    ------
    BookError
        If Jupyter Book warns of anything or stops; it tells the warnings, or the one line that
        says why it stopped.
    """
    jupyter_book = "from jupyter_book.cli.main import main; main()"
    command = [sys.executable, "-c", jupyter_book, "build", str(root)]
    book = root / "book"
    files = ["--config", str(book / "_config.yml"), "--toc", str(book / "_toc.yml")]
    strict = ["--warningiserror", "--nitpick", "--keep-going", "--quiet", "--all"]
    site = folder / "_build" / "html"
    shutil.rmtree(site, ignore_errors=True)  # or pages that are gone would be published
    run = subprocess.run(
        [*command, *files, "--path-output", str(folder), *strict],
        cwd=root,
        capture_output=True,
        text=True,
    )
    if run.returncode:
        raise BookError(reason(run.stderr) or run.stdout)
    return site


def reason(errors: str) -> str:
    """Return what Jupyter Book wrote to its errors, or only why it stopped, without a traceback."""
    said = _COLOR.sub("", errors).strip()
    stop = _STOP.search(said)
    if stop is None:
        return said
    return f"{stop['part']}: {stop['thrown']}" if stop["thrown"] else stop["said"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=BOOK, help="folder to build in")
    try:
        site = build(parser.parse_args().output.resolve())
    except BookError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"The site is {site / 'index.html'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
