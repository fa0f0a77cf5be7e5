"""Markdown, math and HTML that others wrote, as HTML that a page can show without a network.

What comes out runs no script, loads nothing and breaks no page around it. Math is MathML; what
cannot be converted stays as it was typed. What a feedback page consists of is in `_feedback`.
"""

import html
import re
import secrets
from collections.abc import Mapping
from typing import Any, ClassVar
from xml.etree import ElementTree

from rmsprop_course._extras import extra

with extra("classroom"):
    import bleach
    from bleach.css_sanitizer import CSSSanitizer
    from bs4 import BeautifulSoup
    from jinja2 import pass_context
    from latex2mathml import exceptions as latex_exceptions
    from latex2mathml.converter import Converter
    from nbconvert.filters.markdown_mistune import (
        IPythonRenderer,
        MarkdownWithMath,
        MathBlockParser,
        MathInlineParser,
    )

_LONGEST_MARKDOWN = 50_000  # characters; more is shown as plain text
_LONGEST_MATH = 3_000
_DEEPEST = 100  # tags in one another

# Macros can double themselves without end. No answer of a student needs one.
_MACRO = re.compile(r"\\(?:[egx]?def|let|(?:re)?newcommand|providecommand|DeclareMathOperator)\b")
_NOT_MATH: tuple[type[Exception], ...] = (
    *(kind for kind in vars(latex_exceptions).values() if isinstance(kind, type)),
    *(ArithmeticError, AttributeError, LookupError, RuntimeError, StopIteration),
    *(TypeError, ValueError),
)
_MATH_ATTRIBUTES = {
    *("accent", "accentunder", "columnalign", "depth", "displaystyle", "fence", "form", "height"),
    *("linethickness", "lspace", "mathcolor", "mathvariant", "maxsize", "minsize", "movablelimits"),
    *("rspace", "scriptlevel", "separator", "stretchy", "symmetric", "voffset", "width"),
}

_CHILDREN = {"mfrac": 2, "mover": 2, "mroot": 2, "msub": 2, "msubsup": 3, "msup": 2, "munder": 2}
_CHILDREN["munderover"] = 3

_TAGS = bleach.ALLOWED_TAGS | {
    *("br", "caption", "dd", "del", "details", "div", "dl", "dt", "h1", "h2", "h3", "h4", "h5"),
    *("h6", "hr", "img", "kbd", "p", "pre", "s", "span", "sub", "summary", "sup", "table", "tbody"),
    *("td", "tfoot", "th", "thead", "tr", "u"),
}
_ATTRIBUTES = {
    "a": re.compile(r"(?:https?://|mailto:|#)\S*", re.IGNORECASE),
    "img": re.compile(r"data:image/(?:png|jpeg|gif|webp|svg\+xml);base64,[A-Za-z0-9+/=\s]*"),
}
_NUMBER = re.compile(r"\d{1,4}")
_PYGMENTS = re.compile(r"(?:highlight|dataframe|[a-z][a-z0-9]{0,2})")
_REMOVED = ["script", "style", "template", "iframe", "object", "embed", "svg", "math", "noscript"]


def sanitize(source: str) -> str:
    """Return HTML without scripts, event handlers, forms, remote images and foreign styles.

    Parameters
    ----------
    source : str
        Any text that claims to be HTML.

    Returns
    -------
    str
        Well-formed HTML of allowed tags and attributes; the text as it is, if its tags are nested
        beyond reason.
    """
    soup = BeautifulSoup(source, features="html.parser")
    if _depth(soup) > _DEEPEST:
        return f"<pre>{html.escape(source)}</pre>"
    for tag in soup(_REMOVED):  # with what they hold: bleach would leave a script's text behind
        tag.decompose()
    for box in soup("input"):  # Markdown's check boxes would be forms
        box.replace_with("☑ " if box.has_attr("checked") else "☐ ")
    for picture in soup("img"):
        if not _fits(_ATTRIBUTES["img"], str(picture.get("src", ""))):
            picture.replace_with(_no_picture(str(picture.get("alt") or picture.get("src"))))
    clean: str = bleach.clean(
        str(soup),
        tags=_TAGS,
        attributes=_is_allowed,
        protocols={"data", "http", "https", "mailto"},
        css_sanitizer=CSSSanitizer(allowed_css_properties=["text-align"]),
        strip=True,
    )
    return clean


def _depth(soup: BeautifulSoup) -> int:
    """Count how many tags stand in one another, at most; bleach's time grows with the square."""
    depths = {id(soup): 0}
    for tag in soup.find_all(True):
        depths[id(tag)] = depths[id(tag.parent)] + 1
    return max(depths.values())


def _is_allowed(tag: str, name: str, value: str) -> bool:
    """Say whether a tag may have an attribute."""
    if name == "class":
        return all(_PYGMENTS.fullmatch(part) or _is_place(part) for part in value.split())
    if name in ("href", "src"):
        wanted = _ATTRIBUTES.get(tag)
        return wanted is not None and (name == "href") == (tag == "a") and _fits(wanted, value)
    if name in ("colspan", "height", "rowspan", "start", "width"):
        return _fits(_NUMBER, value)
    return name in ("alt", "open", "scope", "style", "title")


def _no_picture(name: str) -> str:
    return f"[picture not shown: {name[:100]}]"


def _fits(pattern: re.Pattern[str], value: str) -> bool:
    return pattern.fullmatch(value.strip()) is not None


def _is_place(name: str) -> bool:
    return name.startswith("math-")


def mathml(latex: str, *, display: bool = False) -> str | None:
    """Convert a formula.

    Parameters
    ----------
    latex : str
        Without its dollars.
    display : bool
        Whether it stands on its own line.

    Returns
    -------
    str or None
        The formula as MathML, or None if it is none, or one that is not understood.
    """
    if len(latex) > _LONGEST_MATH or not latex.strip() or _MACRO.search(latex):
        return None
    latex = re.sub(r"\\(begin|end)\{(?:aligned|split|gathered)\}", r"\\\1{align*}", latex)
    try:
        converter = Converter(display="block" if display else "inline")
        math = converter.convert_to_element(latex)
        if not all(_is_understood(element) for element in math.iter()):
            return None
        for element in math.iter():
            _make_harmless(element)
        return ElementTree.tostring(math, encoding="unicode")
    except _NOT_MATH:
        return None


def _is_understood(element: ElementTree.Element) -> bool:
    """Say whether an element has the parts that it needs, and no command is left in it."""
    complete = len(element) == _CHILDREN.get(element.tag, len(element))
    return complete and "\\" not in (element.text or "")


def _make_harmless(element: ElementTree.Element) -> None:
    """Keep of an element what sets a formula, in place: no links, no styles, no entities."""
    element.text = html.unescape(element.text) if element.text else element.text
    for name in set(element.attrib) - _MATH_ATTRIBUTES - {"xmlns", "display"}:
        del element.attrib[name]


class _Blocks(MathBlockParser):
    """Finds display math where it begins a line, so that dollars in code are none."""

    SPECIFICATION: ClassVar[dict[str, str]] = {
        **MathBlockParser.SPECIFICATION,
        "multiline_math": (
            r"^ {0,3}(?:\$\$(?s:.+?)(?<!\\)\$\$"
            r"|\\begin\{(?P<math_env_name>[a-z]*\*?)\}(?s:.*?)\\end\{(?P=math_env_name)\})"
            r"[ \t]*$"
        ),
    }


class _Inline(MathInlineParser):
    """Takes dollars for math as a writer means them: $x$, but not $5 and $6."""

    SPECIFICATION: ClassVar[dict[str, str]] = {
        **MathInlineParser.SPECIFICATION,
        "inline_math_tex": (
            r"(?<![$\\])\$(?P<math_inline_tex>(?! )[^$`]*?[^\s$`\\]|[ ][^$`]+[ ])\$(?![$\d])"
        ),
    }


class _Renderer(IPythonRenderer):
    """Writes places for formulas, which `fill` replaces after the rest is sanitized."""

    def __init__(self, attachments: dict[str, dict[str, str]]) -> None:
        super().__init__(escape=False, exclude_anchor_links=True, attachments=attachments)
        self._formulas: list[tuple[str, str]] = []  # as shown, as typed
        self._place = f"math-{secrets.token_hex(8)}"  # nobody can write one beforehand

    def fill(self, page: str) -> str:
        """Put the formulas in their places."""
        return self._each_place().sub(lambda found: self._formulas[int(found[1])][0], page)

    def _each_place(self) -> re.Pattern[str]:
        return re.compile(rf'<span class="{self._place}">(\d+)</span>')

    def _formula(self, latex: str, typed: str, *, display: bool) -> str:
        converted = mathml(latex, display=display)
        shown = converted or f'<code class="tex">{html.escape(typed)}</code>'
        if display:
            shown = f'<span class="formula">{shown}</span>'
        self._formulas.append((shown, typed))
        return f'<span class="{self._place}">{len(self._formulas) - 1}</span>'

    def inline_math(self, body: str) -> str:
        return self._formula(body, f"${body}$", display=False)

    def block_math(self, body: str) -> str:
        return self._formula(body, f"$${body}$$", display=True)

    def latex_environment(self, name: str, body: str) -> str:
        typed = f"\\begin{{{name}}}{body}\\end{{{name}}}"
        bare = name in ("equation", "equation*", "displaymath", "math")
        return self._formula(body if bare else typed, typed, display=True)

    def heading(self, text: str, level: int, **attrs: Any) -> str:
        return super().heading(text, min(level + 1, 6), **attrs)  # the page has the first level

    def block_mermaidjs(self, code: str) -> str:
        return f"<pre>{html.escape(code)}</pre>"

    def image(self, text: str, url: str, title: str | None = None) -> str:
        text = self._each_place().sub(lambda found: self._formulas[int(found[1])][1], text)
        text = html.unescape(re.sub(r"<[^>]*>", "", text))  # it is Markdown too
        name = url.removeprefix("attachment:")
        for kind, data in self.attachments.get(name, {}).items() if name != url else ():
            if kind in ("image/png", "image/jpeg", "image/gif", "image/svg+xml"):
                url = f"data:{kind};base64,{data}"
        if not url.startswith("data:image/"):
            return html.escape(_no_picture(text or url))
        return f'<img src="{html.escape(url)}" alt="{html.escape(text)}">'


@pass_context
def markdown_to_html(context: Mapping[str, Any], source: str) -> str:
    """Render Markdown, a filter for nbconvert's templates.

    Parameters
    ----------
    context : mapping
        Of the template, whose cell may have attached pictures.
    source : str
        Markdown with math, by anyone.

    Returns
    -------
    str
        HTML that is safe to show.
    """
    attachments = (context.get("cell") or {}).get("attachments") or {}
    if len(source) > _LONGEST_MARKDOWN:
        return f"<pre>{html.escape(source[:_LONGEST_MARKDOWN])}</pre>"
    return _render(source, attachments)


def _render(source: str, attachments: dict[str, dict[str, str]]) -> str:
    renderer = _Renderer(attachments)
    markdown = MarkdownWithMath(renderer, block=_Blocks(), inline=_Inline(hard_wrap=False))
    return renderer.fill(sanitize(markdown.render(source)))


@pass_context
def latex_to_html(context: Mapping[str, Any], source: str) -> str:
    """Render an output of type text/latex, whose formulas may also stand in brackets."""
    dollars = re.sub(r"\\\[(.*?)\\\]", r"$$\1$$", source, flags=re.DOTALL)
    return markdown_to_html(context, re.sub(r"\\\((.*?)\\\)", r"$\1$", dollars, flags=re.DOTALL))
