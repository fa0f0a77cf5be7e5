"""Exercises `cut` and `loss-floor` of lesson 10, which both add up the entries of a matrix."""

from collections.abc import Callable
from typing import Any

import numpy as np

from rmsprop_course.checks._exercise import Material, Misconception
from rmsprop_course.checks._hard_coded import hard_coded
from rmsprop_course.checks._probes import call

# --- The weight of a cut ---


def _cut(weights: Any, signs: Any) -> Any:
    return (np.sum(weights) - signs @ weights @ signs) / 4


def _of_cut(result: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """Return an attempt that makes something else of the cut and the weight of all edges."""
    return lambda weights, signs: result(_cut(weights, signs), np.sum(weights) / 2)


_CUT_WRONGLY = (
    Misconception(
        "every edge counted twice",
        "`weights` holds each edge twice, as (i, j) and as (j, i); both were counted.",
        "Two nodes, one edge of weight 3, opposite signs: how much is cut?",
        _of_cut(lambda cut, total: 2 * cut),
    ),
    Misconception(
        "the quarter is missing",
        "This is s·Ls; an edge between opposite signs adds (1 - (-1))² = 4 to it.",
        "Two nodes, one edge of weight 3, opposite signs: how much is cut?",
        _of_cut(lambda cut, total: 4 * cut),
    ),
    Misconception(
        "every edge counted eight times",
        "`weights` holds each edge twice, and (sᵢ - sⱼ)² is 4 where the signs are opposite; both "
        "are still in your sum.",
        "Two nodes, one edge of weight 3, opposite signs: how much is cut?",
        _of_cut(lambda cut, total: 8 * cut),
    ),
    Misconception(
        "degrees that count the edges",
        "The degrees on the diagonal of L count edges; they must add up the weights, as the rest "
        "of L does.",
        "How much is cut if all signs are equal?",
        lambda weights, signs: (np.sum(weights != 0) - signs @ weights @ signs) / 4,
    ),
    Misconception(
        "half of the cut",
        "Each edge counts half: one factor ½ too many was taken.",
        "Two nodes, one edge of weight 3, opposite signs: how much is cut?",
        _of_cut(lambda cut, total: cut / 2),
    ),
    Misconception(
        "the edges within the sides",
        "These are the edges between equal signs, which the cut leaves whole.",
        "For which signs of its two ends does an edge cross the cut?",
        _of_cut(lambda cut, total: total - cut),
    ),
    Misconception(
        "the edges within the sides, twice",
        "These are the edges between equal signs, each counted twice.",
        "For which signs of its two ends does an edge cross the cut?",
        _of_cut(lambda cut, total: 2 * (total - cut)),
    ),
    Misconception(
        "all edges",
        "This is the weight of all edges, whatever the signs.",
        "How much is cut if all signs are equal?",
        _of_cut(lambda cut, total: total),
    ),
    Misconception(
        "s·Ws instead of s·Ls",
        "This is s·Ws/4, without the degrees on the diagonal: L is diag(degrees) - W.",
        "How much is cut if all signs are equal?",
        lambda weights, signs: signs @ weights @ signs / 4,
    ),
    Misconception(
        "s·Ws, with the quarter missing, too",
        "This adds the edges between equal signs and subtracts the others, each twice.",
        "How much is cut if all signs are equal?",
        lambda weights, signs: signs @ weights @ signs,
    ),
    Misconception(
        "equal minus opposite",
        "This is the weight between equal signs minus that between opposite ones.",
        "How much is cut if all signs are equal?",
        _of_cut(lambda cut, total: total - 2 * cut),
    ),
    Misconception(
        "opposite minus equal",
        "This is the weight between opposite signs minus that between equal ones.",
        "How much is cut if all signs are equal?",
        _of_cut(lambda cut, total: 2 * cut - total),
    ),
    Misconception(
        "the degrees are left out",
        "This is -s·Ws/4: the part of s·Ls/4 without the degrees.",
        "How much is cut if all signs are equal?",
        _of_cut(lambda cut, total: cut - total / 2),
    ),
    Misconception(
        "the number of edges",
        "Every edge counts 1; each should count its weight.",
        "Two nodes, one edge of weight 3, opposite signs: how much is cut?",
        lambda weights, signs: _cut((weights != 0).astype(float), signs),
    ),
    Misconception(
        "a share of the edges",
        "This is the cut over the weight of all edges; the weight itself is asked for.",
        "In which units is your result?",
        _of_cut(lambda cut, total: cut / total),
    ),
    Misconception(
        "only neighbors in the list",
        "Only edges from a node to the next one count; others may be cut, too.",
        "Is the edge between the first and the third node in your sum?",
        lambda weights, signs: np.sum(np.diag(weights, 1)[signs[:-1] != signs[1:]]),
    ),
    Misconception(
        "node by node",
        "This is the weight that is cut at each node; the cut is one number.",
        "How often does an edge stand in your list?",
        lambda weights, signs: np.sum(weights * (signs[:, np.newaxis] != signs), axis=1),
    ),
    hard_coded("weights", lambda weights, signs: _cut(np.ones_like(weights), signs)),
    hard_coded("signs", lambda weights, signs: _cut(weights, (-1.0) ** np.arange(len(weights)))),
)

_SQUARE = [[0.0, 1.0, 5.0, 2.0], [1.0, 0.0, 3.0, 0.0], [5.0, 3.0, 0.0, 4.0], [2.0, 0.0, 4.0, 0.0]]
_OTHER = [[0.0, 2.0, 1.0, 0.5], [2.0, 0.0, 0.0, 3.0], [1.0, 0.0, 0.0, 1.5], [0.5, 3.0, 1.5, 0.0]]

CUT = Material(
    reference=_cut,
    probes=(
        call([[0.0, 3.0], [3.0, 0.0]], [1.0, -1.0]),
        call(_SQUARE, [1.0, 1.0, -1.0, -1.0]),
        call(_SQUARE, [-1.0, 1.0, 1.0, 1.0], varies="signs"),
        call(_OTHER, [-1.0, 1.0, 1.0, 1.0], varies="weights"),
        call(_SQUARE, [1.0, 1.0, 1.0, 1.0]),
    ),
    misconceptions=_CUT_WRONGLY,
)


# --- The loss at which RMSProp stays ---


def _floor(hessian: Any, gram: Any, learning_rate: Any) -> Any:
    return learning_rate**2 / 8 * np.sum(hessian * gram)


def _of_product(result: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """Return an attempt that makes something else of ⟨H, Z⟩ and η."""
    return lambda hessian, gram, learning_rate: result(np.sum(hessian * gram), learning_rate)


_FLOORED_WRONGLY = (
    Misconception(
        "Z is left out: the trace of H",
        "This takes the coordinates for independent, E[xᵢxⱼ] = 0; RMSProp's swing together.",
        "What do the entries of Z beside the diagonal say of two coordinates?",
        lambda hessian, gram, learning_rate: learning_rate**2 / 8 * np.trace(hessian),
    ),
    Misconception(
        "Z is left out: the sum of H",
        "This lets all coordinates swing with the same sign; Z says which ones do.",
        "What do the entries of Z beside the diagonal say of two coordinates?",
        lambda hessian, gram, learning_rate: learning_rate**2 / 8 * np.sum(hessian),
    ),
    Misconception(
        "the entries of a matrix product",
        "All entries of `hessian @ gram` are added; ⟨H, Z⟩ is the sum of H times Z, entry by "
        "entry, which is the trace of that product.",
        "How many products of two numbers does ⟨H, Z⟩ add up, for n = 2?",
        lambda hessian, gram, learning_rate: learning_rate**2 / 8 * np.sum(hessian @ gram),
    ),
    Misconception(
        "η is not squared",
        "The loss is quadratic: ten times the swing makes a hundred times the loss.",
        "In which units is your result, if x and η are in meters?",
        _of_product(lambda product, rate: rate / 8 * product),
    ),
    Misconception(
        "half a step is not squared",
        "This takes η/2 for E[xᵢ²]; that is the size of x, and its square is η²/4.",
        "In which units is your result, if x and η are in meters?",
        _of_product(lambda product, rate: rate / 4 * product),
    ),
    Misconception(
        "the mean of the entries",
        "The entries of H times Z are averaged; ⟨H, Z⟩ adds them up. The mean in the question is "
        "one over time, and Z has taken it.",
        "By what does your result differ for n = 2, and for n = 3?",
        lambda hessian, gram, learning_rate: learning_rate**2 / 8 * np.mean(hessian * gram),
    ),
    Misconception(
        "the half of the loss is missing",
        "This is the mean of xᵀHx; the loss is half of it.",
        "Which factor stands before xᵀHx in f?",
        _of_product(lambda product, rate: rate**2 / 4 * product),
    ),
    Misconception(
        "η instead of half of it",
        "This lets |x| be η; E[xᵢ²] is η²/4.",
        "How long is the way from x to -x, and how long is a step?",
        _of_product(lambda product, rate: rate**2 / 2 * product),
    ),
    Misconception(
        "Z for the second moment",
        "This takes Z for E[xxᵀ] and leaves out the half; E[xxᵀ] is η²Z/4.",
        "How long is the way from x to -x, and how long is a step?",
        _of_product(lambda product, rate: rate**2 * product),
    ),
    Misconception(
        "divided by 16",
        "One factor ½ too many was taken: ½ is from the loss, ¼ from E[xxᵀ].",
        "Which factors did you multiply?",
        _of_product(lambda product, rate: rate**2 / 16 * product),
    ),
    Misconception(
        "the sum of √v/η",
        "This is ⟨H, Z⟩/2, the prediction for the denominators; the loss is asked for.",
        "Where in your result is the learning rate?",
        _of_product(lambda product, rate: product / 2),
    ),
    Misconception(
        "the sum of √v",
        "This is η⟨H, Z⟩/2, the prediction for the roots; the loss is asked for.",
        "In which units is your result, if x and η are in meters?",
        _of_product(lambda product, rate: rate * product / 2),
    ),
    Misconception(
        "the value of the program",
        "This is ⟨H, Z⟩, without the factors that make a loss of it.",
        "Where in your result is the learning rate?",
        _of_product(lambda product, rate: product),
    ),
    Misconception(
        "entry by entry",
        "This is a matrix; the loss is one number.",
        "What do you do with the entries of H times Z to get ⟨H, Z⟩?",
        lambda hessian, gram, learning_rate: learning_rate**2 / 8 * hessian * gram,
    ),
    Misconception(
        "a matrix product",
        "This is a matrix; the loss is one number, and ⟨H, Z⟩ is the trace of the product.",
        "Which entries of the product belong to ⟨H, Z⟩?",
        lambda hessian, gram, learning_rate: learning_rate**2 / 8 * (hessian @ gram),
    ),
    Misconception(
        "the steepest direction alone",
        "This is n times the largest eigenvalue, which is a bound: Z need not reach it.",
        "Where in your result is Z?",
        lambda hessian, gram, learning_rate: (
            learning_rate**2 / 8 * len(hessian) * np.linalg.eigvalsh(hessian)[-1]
        ),
    ),
    hard_coded("learning_rate", _of_product(lambda product, rate: 0.01**2 / 8 * product)),
)

_BOWL = [[3.0, 1.0], [1.0, 2.0]]
_RING = [[1.0, -0.8], [-0.8, 1.0]]

LOSS_FLOOR = Material(
    reference=_floor,
    probes=(
        call([[4.0]], [[1.0]], 1.0),
        call(_BOWL, [[1.0, 1.0], [1.0, 1.0]], 0.1),
        call(_BOWL, [[1.0, 1.0], [1.0, 1.0]], 0.5, varies="learning_rate"),
        call([[5.0, -2.0], [-2.0, 1.0]], _RING, 0.2),
        call(
            [[2.0, -1.0, 0.5], [-1.0, 3.0, 0.0], [0.5, 0.0, 1.0]],
            [[1.0, -0.6, -0.3], [-0.6, 1.0, -0.2], [-0.3, -0.2, 1.0]],
            0.3,
        ),
    ),
    misconceptions=_FLOORED_WRONGLY,
)
