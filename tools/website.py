"""Build the website, from the lessons as they are stored: nothing is executed.

``python tools/website.py`` writes ``book/_build/html``. A warning is an error.
"""

import argparse
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BOOK = ROOT / "book"


class BookError(Exception):
    """Jupyter Book stopped, or had something to warn of."""


def build(folder: Path = BOOK) -> Path:
    """Build the site in ``folder/_build/html`` and return that folder.

    Raises
    ------
    BookError
        If Jupyter Book warns of anything; it holds all that Jupyter Book said.
    """
    jupyter_book = "from jupyter_book.cli.main import main; main()"
    command = [sys.executable, "-c", jupyter_book, "build", str(ROOT)]
    files = ["--config", str(BOOK / "_config.yml"), "--toc", str(BOOK / "_toc.yml")]
    strict = ["--warningiserror", "--nitpick", "--keep-going", "--quiet", "--all"]
    run = subprocess.run(
        [*command, *files, "--path-output", str(folder), *strict],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if run.returncode:
        raise BookError(f"{run.stdout}\n{run.stderr}")
    return folder / "_build" / "html"


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
