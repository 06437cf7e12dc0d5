"""A Sphinx extension that gives the pages the buttons their host can serve.

The repository's address comes from the environment of the public CI that builds the site, so that
a fork's site points at the fork. Without one, as on your own machine, the pages have a download
button and no others.
"""

import os
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from launch import BRANCH, rewrite

OFFLINE = (
    'To read offline: <a href="{0}/building-blocks.zip">all pages in a ZIP</a>, '
    '<a href="{0}/building-blocks.epub">an EPUB</a>.'
)


class Repository(NamedTuple):
    address: str
    provider: str
    branch: str  # where the pages' sources are
    revision: str  # the commit they were built from


def repository(environ):
    """The repository that this build belongs to, or None."""
    if environ.get("GITHUB_SERVER_URL") and environ.get("GITHUB_REPOSITORY"):
        address = f"{environ['GITHUB_SERVER_URL']}/{environ['GITHUB_REPOSITORY']}"
        branch, revision = environ.get("GITHUB_REF_NAME"), environ.get("GITHUB_SHA")
        return Repository(address, "github", branch or "main", revision or "HEAD")
    if environ.get("CI_PROJECT_URL"):
        branch, revision = environ.get("CI_COMMIT_REF_NAME"), environ.get("CI_COMMIT_SHA")
        return Repository(environ["CI_PROJECT_URL"], "gitlab", branch or "main", revision or "HEAD")
    return None


def site_address(environ):
    """Where the site will stand, for link previews, or None: the workflow or GitLab says so."""
    address = environ.get("SITE_ADDRESS") or environ.get("CI_PAGES_URL")
    return address and address.rstrip("/")


def theme_options(found):
    """The theme's options that turn on the buttons this repository can serve."""
    options = {
        "repository_url": found.address,
        "repository_provider": found.provider,
        "repository_branch": BRANCH,
        "use_repository_button": True,
        "use_source_button": True,
        "use_issues_button": True,
    }
    # Colab opens notebooks from github.com only; this theme can name no other host to Binder.
    if urlsplit(found.address).hostname == "github.com":
        options["launch_buttons"] = {
            "notebook_interface": "jupyterlab",
            "binderhub_url": "https://mybinder.org",
            "colab_url": "https://colab.research.google.com",
        }
    return options


def configure(app, config):
    found = repository(os.environ)
    address = site_address(os.environ)
    if address:
        config.html_baseurl = f"{address}/"
        config.html_context["site_address"] = address
        config.html_theme_options["extra_footer"] = OFFLINE.format(address)
    config.html_theme_options["launch_buttons"] = {}
    if found:
        config.html_theme_options |= theme_options(found)


def name_source_branch(app):
    """Sends "show source" to the branch that was built: the theme knows one for all buttons."""
    found = repository(os.environ)
    if found:
        app.config.html_context[f"{found.provider}_version"] = found.branch


def complete_downloads(app, exception):
    """Lets the notebooks that a published site offers install `blocks`, as on the launch branch."""
    found = repository(os.environ)
    if found and not exception:
        for path in Path(app.outdir, "_sources").rglob("*.ipynb"):
            rewrite(path, found.address, found.revision)


def setup(app):
    # Jupyter Book sets this option although _config.yml leaves its extension out.
    app.add_config_value("comments_config", {}, "html")
    app.connect("config-inited", configure)
    app.connect("builder-inited", name_source_branch, priority=900)  # after the theme
    app.connect("build-finished", complete_downloads)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
