"""Where the repository and the site are, if they are anywhere: ``make book`` says so.

With ``REPOSITORY`` a lesson gets buttons that run it and links to its source; with ``SITE`` the
site gets a sitemap. Without them nothing on a page leads to an address that does not exist.
"""

import os
from typing import Any
from urllib.parse import urlsplit

from sphinx.application import Sphinx
from sphinx.config import Config

LAUNCH_BUTTONS = {
    "notebook_interface": "jupyterlab",
    "binderhub_url": "https://mybinder.org",
    "colab_url": "https://colab.research.google.com",
}


def connect(app: Sphinx) -> None:
    """Fill the theme's options from the two settings."""
    app.connect("config-inited", _add_addresses, priority=100)
    if os.environ.get("SITE"):
        app.setup_extension("sphinx_sitemap")


def _add_addresses(app: Sphinx, config: Config) -> None:
    site = os.environ.get("SITE", "").rstrip("/")
    config["html_baseurl"] = f"{site}/" if site else ""
    config["notfound_urls_prefix"] = f"{urlsplit(site).path}/"
    options: dict[str, Any] = config["html_theme_options"]
    repository = os.environ.get("REPOSITORY", "").removesuffix(".git")
    options["repository_url"] = repository
    options["launch_buttons"] = LAUNCH_BUTTONS if repository else {}
    for button in ("use_repository_button", "use_issues_button", "use_edit_page_button"):
        options[button] = bool(repository)
