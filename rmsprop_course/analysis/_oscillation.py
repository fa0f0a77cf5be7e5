"""Where RMSProp ends on a quadratic ½ xᵀHx: it never rests, and its averages settle."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from rmsprop_course._settings import FloatArray, as_numbers, in_range, is_count

_TINY = np.finfo(np.float64).tiny


class Oscillation(NamedTuple):
    """Averages over the last steps of a run; leading axes are those of the matrices.

    Attributes
    ----------
    roots : ndarray, shape (..., n)
        Mean of √v / η, in units of the curvature: the diagonal of P.
    second_moment : ndarray, shape (..., n, n)
        Mean of x xᵀ, in units of x².
    loss : ndarray, shape (...)
        Mean of ½ xᵀHx, in units of the loss.
    points : ndarray, shape (n_averaged, ..., n)
        The points x themselves.
    """

    roots: FloatArray
    second_moment: FloatArray
    loss: FloatArray
    points: FloatArray


def oscillate(
    matrix: ArrayLike,
    *,
    start: ArrayLike,
    learning_rate: float = 1.0,
    decay: float = 0.999,
    n_steps: int = 60_000,
    n_averaged: int | None = None,
) -> Oscillation:
    r"""Run RMSProp on ½ xᵀHx, with ε = 0, and average over the last steps.

    A stack of matrices is one run.

    Parameters
    ----------
    matrix : array_like, shape (..., n, n)
        H, symmetric and without negative eigenvalues.
    start : array_like, shape (..., n)
        x₀, about as large as η: from far away, coordinates can underflow to 0 on the way and stay
        there.
    learning_rate : float
        η, positive; in units of x.
    decay : float
        γ, dimensionless, in [0, 1). The predictions below need a long memory.
    n_steps : int
        Steps to take, 1 or more.
    n_averaged : int, optional
        How many of the last steps to average over; half of them if missing.

    Returns
    -------
    Oscillation

    Raises
    ------
    TypeError
        If an argument does not hold numbers.
    ValueError
        If shapes do not fit, a matrix has a negative eigenvalue, or a setting is out of its range.

    Notes
    -----
    The average starts at v₀ = g₀². Cohen et al. show what P minimizes when it is stationary: its
    trace under 2P - H ⪰ 0, where the mean gradient is 0 as here. From its dual, the relaxation of
    `max_cut_sdp`, we derive, for γ → 1,

    .. math::
        \sum_i \sqrt{v_i} / \eta = \tfrac12 \max \langle H, Z \rangle, \quad
        E[x x^T] = \tfrac{\eta^2}{4} Z, \quad
        E[f] = \tfrac{\eta^2}{8} \max \langle H, Z \rangle.

    Where H has an eigenvalue 0, as a Laplacian has, nothing brings x to 0 along its eigenvector:
    there the second equation is about x minus its mean.

    The points take 8 bytes a number and averaged step.

    References
    ----------
    Cohen, Damian, Talwalkar, Kolter and Lee (2024), Understanding optimization in deep learning
    with central flows, arXiv:2410.24206.

    Examples
    --------
    >>> one = oscillate([[3.0]], start=[0.8], decay=0.9, n_steps=1000)
    >>> one.roots.round(6), one.second_moment.round(6)  # x = ±½, v = (3/2)²
    (array([1.5]), array([[0.25]]))
    """
    hessian = _positive_semidefinite(matrix)
    rate = float(in_range("learning_rate", learning_rate, 0, positive=True))
    share = 1 - float(in_range("decay", decay, 0, 1))
    n_steps = is_count("n_steps", n_steps)
    if n_steps < 1:
        raise ValueError(f"n_steps must be at least 1, got {n_steps}")
    n_averaged = -(-n_steps // 2) if n_averaged is None else is_count("n_averaged", n_averaged)
    if not 1 <= n_averaged <= n_steps:
        raise ValueError(f"n_averaged must be in [1, {n_steps}], got {n_averaged}")
    try:
        x = np.array(np.broadcast_to(as_numbers("start", start), hessian.shape[:-1]))
    except ValueError:
        shape = hessian.shape[:-1]
        raise ValueError(f"start must have shape {shape}, got {np.shape(start)}") from None

    points, roots = np.empty((n_averaged, *x.shape)), np.zeros_like(x)
    grad = _product(hessian, x)
    square_avg = grad**2
    for step in range(n_steps):
        square_avg += share * (grad**2 - square_avg)
        root = np.sqrt(square_avg)
        if step >= n_steps - n_averaged:
            points[step - n_steps] = x
            roots += root
        x = x - rate * grad / np.maximum(root, _TINY)  # 0 / 0 where nothing ever moved
        grad = _product(hessian, x)
    second_moment = np.einsum("t...i,t...j->...ij", points, points) / n_averaged
    loss = np.einsum("...ij,...ij->...", hessian, second_moment) / 2
    return Oscillation(roots / (n_averaged * rate), second_moment, loss, points)


def _product(matrix: FloatArray, x: FloatArray) -> FloatArray:
    """H x, for one matrix or a stack."""
    result: FloatArray = (matrix @ x[..., np.newaxis])[..., 0]
    return result


def _positive_semidefinite(matrix: ArrayLike) -> FloatArray:
    """Return the matrices in float64, or raise."""
    hessian = as_numbers("matrix", matrix)
    if hessian.ndim < 2 or hessian.shape[-1] != hessian.shape[-2] or hessian.size == 0:
        raise ValueError(f"matrix must have shape (..., n, n), got {hessian.shape}")
    if not np.allclose(hessian, np.swapaxes(hessian, -1, -2)):
        raise ValueError("matrix must be symmetric: H and its transpose differ")
    lowest = np.linalg.eigvalsh(hessian)[..., 0]
    scale = np.abs(hessian).max(axis=(-1, -2))
    below = lowest < -1e-10 * scale
    if below.any():
        worst = float(lowest[below].flat[0])
        raise ValueError(f"matrix must have no negative eigenvalue, got {worst:.6g}")
    return hessian
