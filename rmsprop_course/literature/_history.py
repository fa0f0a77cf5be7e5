"""Events around RMSProp, from what came before it to what was found out later, with sources."""

from typing import Literal, NamedTuple

from rmsprop_course.literature._source import SOURCES, Source
from rmsprop_course.literature._table import Table, table

Kind = Literal["method", "system", "analysis"]


class Event(NamedTuple):
    """A publication in the history of RMSProp.

    Attributes
    ----------
    year : int
        Of its publication, or of an earlier version on arXiv.
    name : str
        What happened, in a few words.
    kind : str
        "method", "system" (which was trained with RMSProp) or "analysis".
    what : str
        What it says, or what it did.
    lesson : str
        Two digits of the lesson that takes it up, or "" for this one.
    source : Source
        Where it stands.
    """

    year: int
    name: str
    kind: Kind
    what: str
    lesson: str
    source: Source


EVENTS: tuple[Event, ...] = (
    Event(
        1993,
        "Rprop",
        "method",
        "steps by the sign alone, × 1.2 while it stays, × 0.5 when it changes; needs full batches",
        "01",
        SOURCES["rprop"],
    ),
    Event(
        2011,
        "Adagrad",
        "method",
        "divides by the root of the sum of all squared gradients",
        "03",
        SOURCES["adagrad"],
    ),
    Event(
        2012,
        "RMSProp, on a slide",
        "method",
        "a running average in the place of the sum; a slide of a lecture, never a paper",
        "03",
        SOURCES["lecture"],
    ),
    Event(
        2012,
        "Adadelta",
        "method",
        "the same average, and a second one, of squared steps, that replaces η",
        "",
        SOURCES["adadelta"],
    ),
    Event(
        2013,
        "centered RMSProp",
        "method",
        "subtracts the square of the mean gradient; trains an LSTM with momentum",
        "04",
        SOURCES["graves"],
    ),
    Event(
        2014,
        "Adam",
        "method",
        "an average of g in the numerator, and a bias correction for both averages",
        "03",
        SOURCES["adam"],
    ),
    Event(
        2015,
        "DQN",
        "system",
        "learns to play Atari games, with centered RMSProp",
        "06",
        SOURCES["dqn"],
    ),
    Event(
        2015,
        "Inception v3",
        "system",
        "recognizes images, with ε = 1",
        "",
        SOURCES["inception-v3"],
    ),
    Event(
        2016,
        "Inception v4",
        "system",
        "the same settings for deeper networks",
        "",
        SOURCES["inception-v4"],
    ),
    Event(
        2016,
        "A3C",
        "system",
        "many actors, one shared average of g²",
        "08",
        SOURCES["a3c"],
    ),
    Event(
        2017,
        "worse test errors?",
        "analysis",
        "constructs a task that adaptive methods fit and do not generalize on",
        "09",
        SOURCES["wilson"],
    ),
    Event(
        2017,
        "SC-RMSProp",
        "method",
        "proves regret bounds, and proposes a variant for strongly convex losses",
        "",
        SOURCES["mukkamala"],
    ),
    Event(
        2018,
        "IMPALA",
        "system",
        "actor-critic learning on many machines",
        "",
        SOURCES["impala"],
    ),
    Event(
        2018,
        "counterexample",
        "analysis",
        "a periodic gradient on which RMSProp goes to the wrong end",
        "09",
        SOURCES["reddi"],
    ),
    Event(
        2019,
        "EfficientNet, MobileNetV3",
        "system",
        "recognize images with fewer operations",
        "",
        SOURCES["efficientnet"],
    ),
    Event(
        2021,
        "convergence",
        "analysis",
        "proves that it converges if γ is large enough for the problem",
        "09",
        SOURCES["shi"],
    ),
    Event(
        2022,
        "square-root rule",
        "analysis",
        "how η, γ and ε change with the size of the batch",
        "08",
        SOURCES["malladi"],
    ),
    Event(
        2022,
        "edge of stability",
        "analysis",
        "the preconditioned sharpness settles at a threshold",
        "10",
        SOURCES["edge"],
    ),
    Event(
        2024,
        "class imbalance",
        "analysis",
        "rare classes are where gradient descent falls behind",
        "08",
        SOURCES["kunstner"],
    ),
    Event(
        2024,
        "central flows",
        "analysis",
        "a smooth path that an oscillating optimizer follows on average",
        "10",
        SOURCES["central-flows"],
    ),
    Event(
        2025,
        "sharp rates",
        "analysis",
        "near a minimum RMSProp has the rate of gradient descent, Adam that of momentum",
        "09",
        SOURCES["sharp-rates"],
    ),
    Event(
        2025,
        "covariant gradient descent",
        "method",
        "derives RMSProp and Adam as special limits of one geometric method",
        "",
        SOURCES["covariant"],
    ),
)
"""The events in the order of their years."""


def history_table() -> Table:
    """Return the events as a table.

    Returns
    -------
    Table
        One row an event.

    Examples
    --------
    >>> history_table().rows[2][:2]
    (2012, 'RMSProp, on a slide')
    """
    rows = ((event.year, event.name, event.what, event.lesson, event.source) for event in EVENTS)
    return table(("year", "what", "in a line", "lesson", "source"), rows)
