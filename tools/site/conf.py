"""Settings of the documentation's site: `nox -s site` builds it with Sphinx in build/site.

Warnings are errors. The pages are the Markdown files of docs/, with README.md as the first page.
The reference comes from the docstrings of the installed package.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import fastinit

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "fastinit"
copyright = "the fastinit developers"  # noqa: A001 - Sphinx reads this name
version = release = fastinit.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
]

# Markdown. GitHub shows the same pages, so a heading has the anchor that it has there.
myst_heading_anchors = 4
exclude_patterns = ["trust/*"]

# The reference.
napoleon_google_docstring = False
napoleon_use_rtype = False
autodoc_typehints = "none"  # the sections of a docstring have the types
autodoc_member_order = "bysource"
add_module_names = False
toc_object_entries_show_parents = "hide"
maximum_signature_line_length = 88
python_display_short_literal_types = True

# The look.
html_theme = "pydata_sphinx_theme"
html_title = "fastinit"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options: dict[str, Any] = {
    "navigation_with_keys": True,
    "show_toc_level": 2,
    "header_links_before_dropdown": 7,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "use_edit_page_button": False,
}
copybutton_prompt_text = r"\$ |>>> |\.\.\. "
copybutton_prompt_is_regexp = True


def lead_to_pages_of_the_site(app: Sphinx, page: str, content: list[str]) -> None:
    """Change links to files of the root: those are pages beside the others on the site."""
    del app, page
    content[0] = re.sub(r"\]\(\.\./([A-Z]+\.md)", r"](\1", content[0])


def name_classes(app: Sphinx, *details: Any) -> tuple[str | None, str | None]:
    """Return a signature that shows a default such as numpy.float32 by its name."""
    del app
    signature, result = details[-2:]
    return signature and re.sub(r"<class '([\w.]+)'>", r"\1", signature), result


def setup(app: Sphinx) -> None:
    """Connect what this file adds."""
    app.connect("source-read", lead_to_pages_of_the_site)
    app.connect("autodoc-process-signature", name_classes)
