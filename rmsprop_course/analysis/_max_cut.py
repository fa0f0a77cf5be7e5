"""Max-cut and its semidefinite relaxation, for graphs and matrices small enough to look at.

Large ones need a solver of their own; here one coordinate after the other is set to its best.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from rmsprop_course._settings import FloatArray, as_numbers, in_range, is_count

_SWEEPS_BETWEEN_CHECKS = 25
_LARGEST_GRAPH = 20  # nodes: half a million cuts


class MaxCutSDP(NamedTuple):
    """A solution of the relaxation, and the proof of how good it is.

    Attributes
    ----------
    value : float
        ⟨H, Z⟩ that was reached, in units of the matrix.
    gram : ndarray, shape (n, n)
        Z: positive semidefinite, with ones on the diagonal.
    dual : ndarray, shape (n,)
        y of the conditions below; their sum is `value`.
    gap : float
        The largest value lies between `value` and `value` + `gap`.
    """

    value: float
    gram: FloatArray
    dual: FloatArray
    gap: float


def max_cut_sdp(
    matrix: ArrayLike, *, rtol: float = 1e-8, max_sweeps: int = 100_000, seed: int = 0
) -> MaxCutSDP:
    r"""Maximize ⟨H, Z⟩ over the positive semidefinite Z with ones on the diagonal.

    Parameters
    ----------
    matrix : array_like, shape (n, n)
        H, symmetric.
    rtol : float
        Where to stop: the gap relative to Σ|H|, in (0, 1).
    max_sweeps : int
        Sweeps through all coordinates to spend at most.
    seed : int
        Of the vectors to begin with.

    Returns
    -------
    MaxCutSDP

    Raises
    ------
    TypeError
        If `matrix` does not hold numbers.
    ValueError
        If `matrix` is not symmetric and finite, or a setting is out of its range.
    RuntimeError
        If the gap is still larger after `max_sweeps`.

    Notes
    -----
    Z = V Vᵀ with rows of length 1. In one row v_i, with the others fixed, ⟨H, Z⟩ is linear, so
    the best v_i points along :math:`\sum_{j \ne i} H_{ij} v_j`; a sweep does this for each row.
    Rows of √(2n) numbers are long enough.

    Any y with diag(y) - H ⪰ 0 proves that no Z is better than Σy, for ⟨diag(y) - H, Z⟩ ≥ 0. The
    rows give :math:`y_i = \sum_j H_{ij} Z_{ij}`; where the smallest eigenvalue of diag(y) - H is
    -δ, y + δ is such a proof. The gap is n δ.

    References
    ----------
    Goemans and Williamson (1995), Improved approximation algorithms for maximum cut and
    satisfiability problems using semidefinite programming, doi:10.1145/227683.227684.
    Burer and Monteiro (2003), A nonlinear programming algorithm for solving semidefinite programs
    via low-rank factorization, doi:10.1007/s10107-002-0352-8.

    Examples
    --------
    >>> solution = max_cut_sdp(graph_laplacian([[0, 1, 1], [1, 0, 1], [1, 1, 0]]))
    >>> round(solution.value, 6), solution.gram.round(3).tolist()[0]  # three vectors at 120 degrees
    (9.0, [1.0, -0.5, -0.5])
    """
    weights = _symmetric("matrix", matrix)
    rtol = float(in_range("rtol", rtol, 0, 1, positive=True))
    n_rows = len(weights)
    others = weights - np.diag(np.diag(weights))
    rows = np.random.default_rng(seed).standard_normal((n_rows, int(np.sqrt(2 * n_rows)) + 1))
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    allowed, solution = rtol * np.abs(weights).sum(), _judged(weights, rows)
    for sweep in range(is_count("max_sweeps", max_sweeps)):
        if sweep % _SWEEPS_BETWEEN_CHECKS == 0:
            solution = _judged(weights, rows)
            if solution.gap <= allowed:
                return solution
        for i in range(n_rows):
            pull = others[i] @ rows
            length = np.linalg.norm(pull)
            if length > 0:
                rows[i] = pull / length
    solution = _judged(weights, rows)
    if solution.gap > allowed:
        raise RuntimeError(
            f"the gap is {solution.gap:.2g} after {max_sweeps} sweeps, {allowed:.2g} is allowed: "
            "raise max_sweeps or rtol"
        )
    return solution


def graph_laplacian(weights: ArrayLike) -> FloatArray:
    """Return the Laplacian of a graph: degrees on the diagonal, minus the weights elsewhere.

    Parameters
    ----------
    weights : array_like, shape (n, n)
        Weight of the edge between each two nodes, symmetric, 0 where there is none.

    Returns
    -------
    ndarray, shape (n, n)
        L, with s·Ls / 4 the cut of signs s.

    Raises
    ------
    ValueError
        If `weights` is not symmetric and finite, or a node has an edge to itself.

    Examples
    --------
    >>> graph_laplacian([[0, 2], [2, 0]])
    array([[ 2., -2.],
           [-2.,  2.]])
    """
    edges = _edges(weights)
    laplacian: FloatArray = np.diag(edges.sum(axis=1)) - edges
    return laplacian


def cut_weight(weights: ArrayLike, signs: ArrayLike) -> FloatArray:
    """Return the weight of the edges between nodes of opposite signs.

    Parameters
    ----------
    weights : array_like, shape (n, n)
        As in `graph_laplacian`.
    signs : array_like, shape (..., n)
        +1 or -1 for each node; 0 counts as +1.

    Returns
    -------
    ndarray, shape (...)
        One cut for each row of signs.

    Raises
    ------
    ValueError
        If the shapes do not fit, or `weights` is not as in `graph_laplacian`.

    Examples
    --------
    >>> triangle = [[0, 1, 1], [1, 0, 1], [1, 1, 0]]
    >>> cut_weight(triangle, [[1, 1, -1], [1, 1, 1]])
    array([2., 0.])
    """
    edges, sides = _edges(weights), as_numbers("signs", signs)
    if sides.ndim == 0 or sides.shape[-1] != len(edges):
        raise ValueError(f"signs must have shape (..., {len(edges)}), got {sides.shape}")
    sides = np.where(sides < 0, -1.0, 1.0)
    inner: FloatArray = np.einsum("...i,...i->...", sides @ edges, sides)
    cut: FloatArray = (edges.sum() - inner) / 4
    return cut


def max_cut(weights: ArrayLike) -> float:
    """Return the largest cut of a small graph, by trying all of them.

    Parameters
    ----------
    weights : array_like, shape (n, n)
        As in `graph_laplacian`, of at most 20 nodes.

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If there are more nodes, or `weights` is not as in `graph_laplacian`.

    Examples
    --------
    >>> max_cut(cycle_graph(5))
    4.0
    """
    edges = _edges(weights)
    if len(edges) > _LARGEST_GRAPH:
        raise ValueError(f"weights must have at most {_LARGEST_GRAPH} nodes, got {len(edges)}")
    codes = np.arange(2 ** (len(edges) - 1))[:, np.newaxis]  # the last node stays on its side
    signs = 1.0 - 2 * (codes >> np.arange(len(edges)) & 1)
    return float(cut_weight(edges, signs).max())


def cycle_graph(n_nodes: int) -> FloatArray:
    """Return the weights of a ring of nodes, each joined to the next by an edge of weight 1.

    Parameters
    ----------
    n_nodes : int
        3 or more.

    Returns
    -------
    ndarray, shape (n_nodes, n_nodes)

    Raises
    ------
    ValueError
        If there are fewer than 3 nodes.

    Examples
    --------
    >>> cycle_graph(4)[0]
    array([0., 1., 0., 1.])
    """
    if is_count("n_nodes", n_nodes) < 3:
        raise ValueError(f"n_nodes must be 3 or more, got {n_nodes}")
    step = np.roll(np.eye(n_nodes), 1, axis=1)
    return step + step.T


def random_graph(n_nodes: int, edge_share: float, rng: np.random.Generator) -> FloatArray:
    """Return the weights of a graph in which each edge is there by chance, with weight 1.

    Parameters
    ----------
    n_nodes : int
        Number of nodes.
    edge_share : float
        Probability of an edge, in [0, 1].
    rng : numpy.random.Generator
        Source of the edges.

    Returns
    -------
    ndarray, shape (n_nodes, n_nodes)

    Examples
    --------
    >>> random_graph(3, 1.0, np.random.default_rng(0))[0]
    array([0., 1., 1.])
    """
    share = in_range("edge_share", edge_share, 0, 1, closed=True)
    drawn = rng.random((is_count("n_nodes", n_nodes),) * 2) < share
    upper: FloatArray = np.triu(drawn, k=1).astype(float)
    weights: FloatArray = upper + upper.T
    return weights


def round_gram(gram: ArrayLike, n_samples: int, rng: np.random.Generator) -> FloatArray:
    """Round a solution of the relaxation to signs, by random hyperplanes.

    Parameters
    ----------
    gram : array_like, shape (n, n)
        Z, symmetric and positive semidefinite.
    n_samples : int
        How many hyperplanes to draw.
    rng : numpy.random.Generator
        Source of the hyperplanes.

    Returns
    -------
    ndarray, shape (n_samples, n)
        +1 or -1 for each node.

    Raises
    ------
    ValueError
        If `gram` is not symmetric and finite.

    Notes
    -----
    With Z = V Vᵀ, row i of V says on which side of a hyperplane through 0 node i lies. For a
    graph without negative weights the mean cut is at least 0.878 of the relaxation's value.

    References
    ----------
    Goemans and Williamson (1995), doi:10.1145/227683.227684.

    Examples
    --------
    >>> together = round_gram(np.ones((2, 2)), 5, np.random.default_rng(0))
    >>> bool((together[:, 0] == together[:, 1]).all())
    True
    """
    values, vectors = np.linalg.eigh(_symmetric("gram", gram))
    normals = rng.standard_normal((is_count("n_samples", n_samples), len(values)))
    places = normals @ (vectors * np.sqrt(np.maximum(values, 0))).T
    signs: FloatArray = np.where(places < 0, -1.0, 1.0)
    return signs


def _judged(weights: FloatArray, rows: FloatArray) -> MaxCutSDP:
    """Return what the rows reach, and the bound that they prove."""
    gram = rows @ rows.T
    np.fill_diagonal(gram, 1.0)
    dual = np.einsum("ij,ij->i", weights, gram)
    lowest = float(np.linalg.eigvalsh(np.diag(dual) - weights)[0])
    return MaxCutSDP(float(dual.sum()), gram, dual, len(dual) * max(0.0, -lowest))


def _edges(weights: ArrayLike) -> FloatArray:
    edges = _symmetric("weights", weights)
    if np.diag(edges).any():
        raise ValueError("weights must be 0 on the diagonal: no node has an edge to itself")
    return edges


def _symmetric(name: str, matrix: ArrayLike) -> FloatArray:
    """Return a symmetric matrix in float64, or raise."""
    array = as_numbers(name, matrix)
    if array.ndim != 2 or array.shape[0] != array.shape[1] or array.size == 0:
        raise ValueError(f"{name} must have shape (n, n), got {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite, got {array[~np.isfinite(array)][0]:g}")
    like = np.isclose(array, array.T, rtol=1e-10, atol=1e-12 * np.abs(array).max())
    if not like.all():
        row, column = np.argwhere(~like)[0]
        raise ValueError(
            f"{name} must be symmetric, got {array[row, column]:g} and {array[column, row]:g} at "
            f"({row}, {column}) and ({column}, {row})"
        )
    even: FloatArray = (array + array.T) / 2
    return even
