"""Where the repository and the site are, if they are anywhere: ``make book`` says so.

With ``REPOSITORY`` a lesson gets buttons that run it and links to its source; with ``SITE`` the
site gets a sitemap. Without them nothing on a page leads to an address that does not exist.

A page shows what depends on the repository inside ``:::{only} repository``, and there
``{{ repository }}`` links to it and ``{{ install_from_repository }}`` is the cell that installs it.
"""

import os
import re
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ConfigError

_REPOSITORY = re.compile(
    r"(?P<url>https://(?P<host>[\w.-]*(github|gitlab)[\w.-]*)/[\w.-]+/[\w.-]+?)"
    r"(\.git)?(/-)?(/tree/(?P<branch>[\w./-]+?))?/?"
)
_SITE = re.compile(r"https?://[\w.-]+(:\d+)?(/[\w./~-]*)?")
_INSTALL = '```\n%pip install "rmsprop-course[course] @ git+{url}@{branch}"\n```'
_TOOLTIPS = {
    "Binder": "Run this lesson on Binder: nothing to install, some minutes to start",
    "Colab": "Open this lesson in Colab, where a first cell must install the course",
}


class Repository(NamedTuple):
    """A repository on GitHub or GitLab, and the branch that its links lead to."""

    url: str
    host: str
    branch: str


def read_repository(text: str) -> Repository | None:
    """Read ``REPOSITORY``; nothing where it is empty.

    Raises
    ------
    ConfigError
        If it is no such address.
    """
    found = _REPOSITORY.fullmatch(text)
    if text and not found:
        rule = "https://HOST/OWNER/NAME or https://HOST/OWNER/NAME/tree/BRANCH, on GitHub or GitLab"
        raise ConfigError(f"REPOSITORY must be {rule}, got {text!r}")
    return Repository(found["url"], found["host"], found["branch"] or "main") if found else None


def read_site(text: str) -> str:
    """Read ``SITE``, without the slash at its end.

    Raises
    ------
    ConfigError
        If it is no such address.
    """
    if text and not _SITE.fullmatch(text):
        raise ConfigError(f"SITE must be https://HOST or https://HOST/FOLDER, got {text!r}")
    return text.rstrip("/")


def connect(app: Sphinx) -> None:
    """Fill the options of the theme and of other extensions from the two settings."""
    repository = read_repository(os.environ.get("REPOSITORY", ""))
    site = read_site(os.environ.get("SITE", ""))
    app.connect("config-inited", lambda _, config: _add_site(config, site), priority=100)
    app.connect("config-inited", lambda _, config: _add_text(config, repository), priority=100)
    if site:
        app.setup_extension("sphinx_sitemap")
    if repository:
        app.tags.add("repository")
        app.connect("config-inited", lambda _, config: _add_buttons(config, repository))
        app.connect("html-page-context", _explain_buttons, priority=600)


def _add_site(config: Config, site: str) -> None:
    config["html_baseurl"] = f"{site}/" if site else ""
    config["notfound_urls_prefix"] = f"{urlsplit(site).path}/"
    config["sitemap_url_scheme"] = "{link}"
    config["sitemap_excludes"] = ["404.html", "genindex.html", "search.html"]


def _add_text(config: Config, repository: Repository | None) -> None:
    config["myst_enable_extensions"] = [*config["myst_enable_extensions"], "substitution"]
    config["myst_substitutions"] = {
        "repository": f"<{repository.url}>" if repository else "",
        "install_from_repository": _INSTALL.format(**repository._asdict()) if repository else "",
    }


def _add_buttons(config: Config, repository: Repository) -> None:
    options: dict[str, Any] = config["html_theme_options"]
    options["repository_url"], options["repository_branch"] = repository.url, repository.branch
    for button in ("use_repository_button", "use_issues_button", "use_edit_page_button"):
        options[button] = True
    buttons = {"notebook_interface": "jupyterlab", "binderhub_url": "https://mybinder.org"}
    if repository.host == "github.com":  # Colab reads from nowhere else
        buttons["colab_url"] = "https://colab.research.google.com"
    options["launch_buttons"] = buttons


def _explain_buttons(
    app: Sphinx, page: str, template: str, context: dict[str, Any], tree: Any
) -> None:
    """Say on the buttons that run a lesson what comes next."""
    for group in context.get("header_buttons", []):
        for button in group.get("buttons", []):
            button["tooltip"] = _TOOLTIPS.get(button.get("text"), button.get("tooltip"))
