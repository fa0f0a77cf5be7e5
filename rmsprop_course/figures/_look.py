"""The look of every figure: colors, line styles, settings, and how a notebook shows a figure."""

from collections.abc import Callable, Iterable
from functools import wraps
from itertools import cycle
from typing import Any, ParamSpec

from rmsprop_course._extras import extra

with extra("course"):
    import matplotlib as mpl
    import matplotlib.pyplot as plt
    from IPython.display import Markdown, display
    from matplotlib.axes import Axes

# Okabe and Ito's palette, which readers with any color vision tell apart; each optimizer also has
# a line style and a marker of its own.
BLACK, _ORANGE, _SKY, _GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
_BLUE, _RED, _PINK, GRAY = "#0072B2", "#D55E00", "#CC79A7", "#737373"

_OPTIMIZER_STYLES: dict[str, dict[str, str]] = {
    "gradient descent": {"color": BLACK, "linestyle": "-", "marker": "o"},
    "sign descent": {"color": _SKY, "linestyle": ":", "marker": "P"},
    "momentum": {"color": _ORANGE, "linestyle": "--", "marker": "s"},
    "rprop": {"color": _PINK, "linestyle": ":", "marker": "v"},
    "adagrad": {"color": _GREEN, "linestyle": "-.", "marker": "^"},
    "rmsprop": {"color": _BLUE, "linestyle": "-", "marker": "D"},
    "adam": {"color": _RED, "linestyle": "--", "marker": "X"},
}
CURVE_STYLES: tuple[dict[str, str], ...] = (
    {"color": _BLUE, "linestyle": "-", "marker": "o"},
    {"color": _RED, "linestyle": "--", "marker": "s"},
    {"color": _GREEN, "linestyle": "-.", "marker": "^"},
    {"color": _PINK, "linestyle": ":", "marker": "v"},
)
_LOOK: Any = {
    "figure.figsize": (6.4, 3.6),
    "figure.dpi": 110,
    "figure.facecolor": "white",
    "font.size": 11,
    "axes.titlesize": 12,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#E5E5E5",
    "lines.linewidth": 1.8,
    "legend.frameon": False,
}
_NOT_PLAIN = set("*_$`<>[]\\\n")

_P = ParamSpec("_P")


def in_our_look(plot: Callable[_P, Axes]) -> Callable[_P, Axes]:
    """Run a plot function under the course's Matplotlib settings, leaving the reader's alone."""

    @wraps(plot)
    def wrapped(*args: _P.args, **kwargs: _P.kwargs) -> Axes:
        with mpl.rc_context(_LOOK):
            return plot(*args, **kwargs)

    return wrapped


def new_axes(ax: Axes | None) -> Axes:
    """Return `ax`, or the axes of a new figure."""
    return plt.subplots(layout="constrained")[1] if ax is None else ax


def optimizer_style(name: str) -> dict[str, str]:
    """Return the color, line style and marker that an optimizer has in every lesson.

    Parameters
    ----------
    name : str
        "gradient descent", "sign descent", "momentum", "rprop", "adagrad", "rmsprop" or "adam".

    Returns
    -------
    dict
        Keywords of ``Axes.plot``: color, linestyle, marker.

    Raises
    ------
    ValueError
        If the name is another.

    Examples
    --------
    >>> optimizer_style("rmsprop")["linestyle"]
    '-'
    """
    if name not in _OPTIMIZER_STYLES:
        raise ValueError(f"name must be one of {', '.join(_OPTIMIZER_STYLES)}, got {name!r}")
    return dict(_OPTIMIZER_STYLES[name])


def style_of(label: str, fallback: dict[str, str]) -> dict[str, str]:
    """Return the style of the optimizer whose name the label begins with, or the fallback."""
    names = (name for name in _OPTIMIZER_STYLES if label.lower().startswith(name))
    return next((optimizer_style(name) for name in names), fallback)


def distinct_styles(labels: Iterable[str]) -> list[dict[str, str]]:
    """Return a style for each label: its optimizer's, or one of the others in turn.

    The second curve of a color is dotted, with hollow markers.
    """
    styles: list[dict[str, str]] = []
    for label, fallback in zip(labels, cycle(CURVE_STYLES), strict=False):
        style = style_of(label, fallback)
        if any(style["color"] == other["color"] for other in styles):
            style = style | {"linestyle": ":", "markerfacecolor": "white"}
        styles.append(style)
    return styles


def describe(ax: Axes, text: str) -> None:
    """Show the figure of `ax` in a notebook, once, with `text` as alt text and as a line below.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Any axes of the figure.
    text : str
        What a reader who does not see the figure needs to know, as plain text.

    Raises
    ------
    ValueError
        If the text is empty or holds Markdown, HTML or line breaks.
    """
    marks = sorted(_NOT_PLAIN.intersection(text))
    if marks or not text.strip():
        raise ValueError(f"text must be plain and not empty, got {text!r} with {marks}")
    figure = ax.get_figure(root=True)
    display(figure, metadata={"image/png": {"alt": text}})
    display(Markdown(f"*{text}*"))
    plt.close(figure)
