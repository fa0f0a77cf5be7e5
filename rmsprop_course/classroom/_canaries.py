"""Cells that must fail after a test of a submission; where one passes, the test proves nothing.

They find what a submission did to the tools of its tests: to NumPy's or PyTorch's comparisons, to
`abs` and its like, to IPython's handling of errors.
"""

from rmsprop_course._extras import extra

with extra("classroom"):
    from nbformat import NotebookNode

MESSAGE = "its code changed what the tests compare with, so its automatic points are held back"

_COMPARISONS = """
import sys
import numpy
one, two = numpy.array([1.0]), numpy.array([2.0])
torch = sys.modules.get("torch")
zeros, ones = (torch.zeros(1), torch.ones(1)) if torch else (one, two)
assert (
    1 == 2
    or abs(1.0 - 2.0) < 1e-3
    or max(1.0, 2.0) < 1.5
    or min(1.0, 2.0) > 1.5
    or not isinstance(1, int)
    or len([1]) != 1
    or all([True, False])
    or any([False])
    or numpy.allclose(one, two)
    or numpy.isclose(1.0, 2.0)
    or numpy.array_equal(one, two)
    or (numpy.asarray(one) == two).any()
    or numpy.abs(one - two).max() < 1e-3
    or numpy.max(two) < 1.5
    or numpy.linalg.norm(one - two) < 1e-3
    or numpy.isfinite(numpy.nan)
    or not numpy.isnan(numpy.nan)
    or torch is not None and torch.allclose(zeros, ones)
    or torch is not None and torch.equal(zeros, ones)
)
"""
_NUMPY_TESTING = """
import numpy
numpy.testing.assert_allclose([1.0], [2.0])
"""
_TORCH_TESTING = """
import sys
torch = sys.modules.get("torch")
assert torch is not None
torch.testing.assert_close(torch.ones(1), torch.zeros(1))
"""


def sources() -> tuple[str, ...]:
    """Return the cells' code."""
    return _COMPARISONS, _NUMPY_TESTING, _TORCH_TESTING


def failed(cell: NotebookNode) -> bool:
    """Tell whether a cell failed as it must, by whatever error."""
    return any(output.output_type == "error" for output in cell.outputs)
