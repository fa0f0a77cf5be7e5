"""Says which extra to install when a module's optional package is missing."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def extra(name: str) -> Iterator[None]:
    """Turn a missing package inside the block into a message that names the extra.

    Parameters
    ----------
    name : str
        The extra of ``rmsprop-course`` that brings the packages imported inside the block.

    Raises
    ------
    ModuleNotFoundError
        If an import inside the block fails because the package is not installed.

    Examples
    --------
    >>> with extra("course"):
    ...     import not_a_package
    Traceback (most recent call last):
        ...
    ModuleNotFoundError: not_a_package is not installed: pip install "rmsprop-course[course]"
    """
    try:
        yield
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package == "rmsprop_course":
            raise
        raise ModuleNotFoundError(
            f'{package} is not installed: pip install "rmsprop-course[{name}]"', name=error.name
        ) from None
