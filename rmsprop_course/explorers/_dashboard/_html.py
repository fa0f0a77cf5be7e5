"""What stands around the panels, in HTML: the form, the list of runs, the still for a page."""

import html
from collections.abc import Mapping, Sequence

from rmsprop_course.explorers._dashboard._curves import Curves, panels, sample
from rmsprop_course.explorers._dashboard._settings import (
    DEFAULTS,
    NETWORKS,
    OPTIMIZERS,
    TrainingSettings,
    brief,
)
from rmsprop_course.live import _svg
from rmsprop_course.live._svg import Panel

_OUTCOMES = {"": "under way", "finished": "finished", "stopped": "stopped", "diverged": "diverged"}
_PLACES = {"false": "beside the root: √v + ε", "true": "in the root: √(v + ε)"}
_NUMBERS = {
    "learning_rate": "learning rate η",
    "decay": "decay",
    "eps": "ε",
    "batch_size": "batch size",
    "n_epochs": "epochs",
    "seed": "seed",
}
_STILL = "This is a stored example. Where a kernel runs, this cell trains your own runs."


def form() -> str:
    """Return the form of all settings, and the places that the widget fills."""
    choices = {name: choice.label for name, choice in OPTIMIZERS.items()}
    fields = [
        _choice("optimizer", "optimizer", choices, "rmsprop"),
        *(_number(name, label) for name, label in list(_NUMBERS.items())[:3]),
        _choice("eps_inside_sqrt", "place of ε", _PLACES, "false"),
        *(_number(name, label) for name, label in list(_NUMBERS.items())[3:]),
        _choice("network", "network", NETWORKS, "convnet"),
    ]
    return (
        f'<form novalidate><div class="controls">{"".join(fields)}</div><div class="actions">'
        '<button type="submit" data-command="start">Start</button>'
        '<button type="button" data-command="pause">Pause</button>'
        '<button type="button" data-command="stop">Stop</button>'
        '<button type="button" data-command="clear">Clear</button></div></form>'
        '<div class="taken"><progress max="1" value="0" aria-label="steps taken"></progress>'
        '<span class="left"></span></div>'
        '<p role="status" aria-live="polite"></p><div class="panels">'
        f"{_empty_panel()}{_empty_panel()}</div>"
        '<ol class="runs" aria-label="Runs"></ol>'
    )


def fields_by_optimizer() -> dict[str, dict[str, dict[str, str]]]:
    """Return the default text and the label of each setting that differs by optimizer."""
    return {name: _fields(settings) for name, settings in DEFAULTS.items()}


def _fields(settings: TrainingSettings) -> dict[str, dict[str, str]]:
    symbols = OPTIMIZERS[settings.optimizer].symbols
    kinds = {"γ": "decay γ", "β₂": "decay β₂", "μ": "momentum μ"}
    shown = {"learning_rate": "η", **symbols}
    found = {name: {"text": _text(getattr(settings, name))} for name in shown}
    if "decay" in found:
        found["decay"]["label"] = kinds[symbols["decay"]]
    return found


def _text(value: bool | float) -> str:
    return str(value).lower() if isinstance(value, bool) else brief(value)


def runs(curves: Sequence[Curves]) -> str:
    """Return an item for each run: its line, number, settings and last numbers."""
    return "".join(map(_run, curves))


def still(curves: Sequence[Curves]) -> str:
    """Return what a page without a kernel shows: the panels as pictures, and the runs."""
    pictures = "".join(
        _svg.image(Panel(_svg.picture(panel.markup), panel.alt)) for panel in panels(curves)
    )
    listed = "".join(f"<li>{_kept_together(_in_words(each))}</li>" for each in curves)
    return f'<div class="rmsprop-dashboard">{pictures}<ol>{listed}</ol><p>{_STILL}</p></div>'


def _run(run: Curves) -> str:
    return (
        f'<li value="{run.number}">{sample(run)}<b>{run.number}</b>'
        f"<span>{html.escape(run.settings.label)}</span>"
        f'<span class="numbers">loss {run.loss()} · accuracy {run.accuracy()} · '
        f"{_OUTCOMES[run.outcome]}</span></li>"
    )


def _in_words(run: Curves) -> str:
    return f"{run.settings.label}: training loss {run.loss()}, test accuracy {run.accuracy()}"


def _kept_together(text: str) -> str:
    """Write a text as HTML in which no line begins with a percent sign."""
    return html.escape(text).replace(" %", "&nbsp;%")


def _empty_panel() -> str:
    look = _svg.LOOK["panel"]
    return f'<svg viewBox="0 0 {look["width"]} {look["height"]}" role="img"></svg>'


def _field(name: str, control: str, label: str) -> str:
    return (
        f'<div class="control" data-field="{name}"><label><span>{label}</span>{control}</label>'
        '<p class="problem"></p></div>'
    )


def _choice(name: str, label: str, options: Mapping[str, str], chosen: str) -> str:
    items = "".join(
        f'<option value="{value}"{" selected" if value == chosen else ""}>{text}</option>'
        for value, text in options.items()
    )
    return _field(name, f'<select name="{name}">{items}</select>', label)


def _number(name: str, label: str) -> str:
    value = _text(getattr(TrainingSettings(), name))
    mode = "decimal" if name in ("learning_rate", "decay", "eps") else "numeric"
    box = f'<input name="{name}" value="{value}" inputmode="{mode}" autocomplete="off">'
    return _field(name, box, label)
