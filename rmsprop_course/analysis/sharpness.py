"""The largest curvature of a torch loss, as an optimizer that divides by something meets it.

It comes from Hessian-vector products: no Hessian of a network is ever built. Needs torch and SciPy,
and is therefore not imported with `analysis`. Runs that are measured so are in `edge`.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rmsprop_course._extras import extra
from rmsprop_course._settings import in_range, is_count

with extra("torch"):
    import torch
    from torch import Tensor

with extra("course"):
    from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigsh

Loss = Callable[[], Tensor]  # computes the loss at the parameters as they are, as a scalar
Vector = NDArray[np.float64]

_DENSE_UP_TO = 20  # parameters; ARPACK needs more room than so small a matrix has
_LANCZOS_VECTORS = 10  # kept between restarts: enough for one eigenvalue, begun nearby


class Curvature(NamedTuple):
    """The largest eigenvalue of a Hessian, preconditioned or not.

    Attributes
    ----------
    value : float
        The eigenvalue: the largest one, not the largest in magnitude.
    vector : ndarray, shape (n_params,)
        Its eigenvector, of length 1; a good `start` for the next search nearby.
    """

    value: float
    vector: Vector


def preconditioned_sharpness(
    loss: Loss,
    params: Iterable[Tensor],
    denominators: Iterable[Tensor] | None = None,
    *,
    rtol: float = 1e-3,
    max_products: int = 2000,
    start: Vector | None = None,
) -> Curvature:
    r"""Find the largest curvature that steps with these denominators meet.

    Parameters
    ----------
    loss : callable
        Takes nothing and returns the loss at the present parameters, a scalar tensor.
    params : iterable of torch.Tensor
        Real tensors that require a gradient, such as ``network.parameters()``.
    denominators : iterable of torch.Tensor, optional
        What the optimizer divides each gradient by, of the shapes of `params` and positive:
        √v + ε for RMSProp. Missing, it is 1: then this is the sharpness of gradient descent.
    rtol : float
        Relative accuracy of the eigenvalue, in (0, 1).
    max_products : int
        About how many Hessian-vector products to spend at most.
    start : ndarray, shape (n_params,), optional
        Where the search begins, not 0; a fixed pattern if missing.

    Returns
    -------
    Curvature
        The largest eigenvalue, in units of the loss over those of η g / denominator times g, and
        its eigenvector.

    Raises
    ------
    ValueError
        If there is no parameter, the loss is no scalar, a denominator does not fit or is not
        positive, a setting is out of its range, or the curvature is not finite.
    RuntimeError
        If the eigenvalue has not converged after `max_products`.

    Notes
    -----
    With the denominators in the diagonal matrix R, a step is θ ← θ - η R⁻¹ g. In the coordinates
    R^½ θ it is gradient descent, and the Hessian H there is

    .. math:: R^{-1/2} H R^{-1/2},

    which is symmetric and has the eigenvalues of :math:`R^{-1} H`. A product with H is the
    gradient of g·z with respect to θ (Pearlmutter). ARPACK's Lanczos method does the rest; up to
    20 parameters the matrix is built from its columns instead.

    References
    ----------
    Cohen et al. (2022), Adaptive gradient methods at the edge of stability, arXiv:2207.14484.
    Pearlmutter (1994), Fast exact multiplication by the Hessian, Neural Computation 6,
    doi:10.1162/neco.1994.6.1.147.

    Examples
    --------
    >>> x = torch.tensor([1.0, 1.0], dtype=torch.float64, requires_grad=True)
    >>> curvatures = torch.tensor([1.0, 100.0], dtype=torch.float64)
    >>> bowl = lambda: (curvatures * x**2).sum() / 2
    >>> round(preconditioned_sharpness(bowl, [x]).value, 6)
    100.0
    >>> round(preconditioned_sharpness(bowl, [x], [curvatures]).value, 6)
    1.0
    """
    tensors = list(params)
    if not tensors or sum(tensor.numel() for tensor in tensors) == 0:
        raise ValueError("params must hold at least one number, got none")
    rtol = float(in_range("rtol", rtol, 0, 1, positive=True))
    scale = _inverse_roots(tensors, denominators)
    hessian = _hessian_product(loss, tensors)

    def product(vector: Vector) -> Vector:
        return scale * hessian(scale * np.reshape(vector, -1))

    if len(scale) <= _DENSE_UP_TO:
        values, vectors = np.linalg.eigh(np.stack([product(row) for row in np.eye(len(scale))]))
        return Curvature(float(values[-1]), vectors[:, -1])
    return _largest_by_lanczos(product, _checked_start(start, len(scale)), rtol, max_products)


def _inverse_roots(params: Sequence[Tensor], denominators: Iterable[Tensor] | None) -> Vector:
    """Diagonal of R^(-1/2), one number a parameter."""
    if denominators is None:
        return np.ones(sum(param.numel() for param in params))
    divisors = list(denominators)
    shapes = [tuple(divisor.shape) for divisor in divisors]
    wanted = [tuple(param.shape) for param in params]
    if shapes != wanted:
        raise ValueError(f"denominators must have the shapes {wanted}, got {shapes}")
    flat = _flat(divisors)
    in_range("denominators", flat, 0, positive=True)
    return flat**-0.5


def _hessian_product(loss: Loss, params: Sequence[Tensor]) -> Callable[[Vector], Vector]:
    """Return the map from z to H z at the present parameters."""
    value = loss()
    if value.numel() != 1:
        raise ValueError(f"loss must return a scalar, got shape {tuple(value.shape)}")
    grads = torch.autograd.grad(value.sum(), params, create_graph=True, materialize_grads=True)
    curved = [index for index, grad in enumerate(grads) if grad.requires_grad]
    sizes = [param.numel() for param in params]

    def product(vector: Vector) -> Vector:
        parts = torch.split(torch.as_tensor(vector), sizes)
        along = [parts[index].view_as(grads[index]).to(grads[index]) for index in curved]
        if not curved:  # a loss that is linear everywhere
            return np.zeros_like(vector)
        result = _flat(
            torch.autograd.grad(
                [grads[index] for index in curved],
                params,
                along,
                retain_graph=True,
                materialize_grads=True,
            )
        )
        if not np.isfinite(result).all():
            raise ValueError("loss must have a finite curvature at params: has the run diverged?")
        return result

    return product


def _largest_by_lanczos(
    product: Callable[[Vector], Vector], start: Vector, rtol: float, max_products: int
) -> Curvature:
    """Ask ARPACK for the largest eigenvalue of a symmetric matrix that is known by its products."""
    n_params = len(start)
    if not product(start).any():  # ARPACK begins with a product, and cannot begin with 0
        start = _checked_start(None, n_params)
        if not product(start).any():
            return Curvature(0.0, start / np.linalg.norm(start))
    n_restarts = max(1, is_count("max_products", max_products) // _LANCZOS_VECTORS)
    matrix = LinearOperator((n_params, n_params), matvec=product, dtype=np.float64)
    try:
        values, vectors = eigsh(
            matrix, k=1, which="LA", v0=start, tol=rtol, maxiter=n_restarts, ncv=_LANCZOS_VECTORS
        )
    except ArpackNoConvergence:
        raise RuntimeError(
            f"the largest eigenvalue did not converge within {max_products} Hessian-vector "
            "products: raise max_products or rtol"
        ) from None
    return Curvature(float(values[0]), vectors[:, 0])


def _checked_start(start: Vector | None, n_params: int) -> Vector:
    """Return the start of the search; the fixed pattern has no symmetry of a network."""
    if start is None:
        return np.random.default_rng(0).standard_normal(n_params)
    vector = np.asarray(start, dtype=np.float64)
    if vector.shape != (n_params,) or not np.isfinite(vector).all() or not vector.any():
        raise ValueError(f"start must be a vector of {n_params} numbers, finite and not all 0")
    return vector


def _flat(tensors: Iterable[Tensor]) -> Vector:
    """All numbers of some tensors in one array of float64."""
    return np.concatenate([t.detach().double().cpu().numpy().reshape(-1) for t in tensors])
