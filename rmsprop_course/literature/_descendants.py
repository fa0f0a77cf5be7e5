"""Methods that grew out of RMSProp: what each changes, and what its authors say of it."""

from typing import NamedTuple

from rmsprop_course.literature._source import SOURCES, Source
from rmsprop_course.literature._table import Table, table


class Descendant(NamedTuple):
    """A method that grew out of RMSProp.

    Attributes
    ----------
    name : str
        Its name.
    change : str
        What it changes in the update of RMSProp.
    claim : str
        What its authors say of it, which is no result of this course; "" if nothing is noted.
    source : Source
        Where it stands.
    """

    name: str
    change: str
    claim: str
    source: Source


DESCENDANTS: tuple[Descendant, ...] = (
    Descendant(
        "centered RMSProp",
        "v - m² in the place of v, with m the average of g",
        "",
        SOURCES["graves"],
    ),
    Descendant(
        "Adam",
        "m in the place of g, both averages divided by the sum of their weights, ε outside",
        "combines the advantages of Adagrad and RMSProp",
        SOURCES["adam"],
    ),
    Descendant(
        "AMSGrad",
        "the largest v so far in the place of v (in Adam)",
        "repairs the convergence that the same paper's counterexample breaks",
        SOURCES["reddi"],
    ),
    Descendant(
        "AdamW",
        "weight decay taken from the parameters directly (in Adam)",
        "makes the best weight decay independent of the learning rate",
        SOURCES["adamw"],
    ),
    Descendant(
        "SC-RMSProp",
        "no root: divides by t v plus a small number, and v has the decay 1 - c/t at step t",
        "a logarithmic regret bound for strongly convex losses",
        SOURCES["mukkamala"],
    ),
    Descendant(
        "covariant gradient descent",
        "a matrix of averages of products of gradients in the place of v",
        "contains RMSProp, Adam and AdaBelief as special limits",
        SOURCES["covariant"],
    ),
)
"""The methods in the order of their years."""


def descendants_table() -> Table:
    """Return the descendants as a table.

    Returns
    -------
    Table
        One row a method.

    Examples
    --------
    >>> descendants_table().rows[1][0]
    'Adam'
    """
    return table(("method", "what it changes", "what its authors say", "source"), DESCENDANTS)
