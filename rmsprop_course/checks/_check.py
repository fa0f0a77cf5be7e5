"""What lessons call: finds the exercise, judges the attempt, shows and keeps the result."""

from difflib import get_close_matches

from rmsprop_course import progress
from rmsprop_course.checks._diagnosis import NOT_ATTEMPTED, Result, diagnose
from rmsprop_course.checks._exercises import EXERCISES
from rmsprop_course.checks._report import show
from rmsprop_course.checks._trial import Attempt


def check(exercise_id: str, attempt: Attempt, *, record: bool = True) -> Result:
    """Say whether an attempt at an exercise is right, and if not, which mistake it makes.

    Parameters
    ----------
    exercise_id : str
        A key of `EXERCISES`.
    attempt : callable
        The function itself, not what it returns; in some exercises a class or several functions.
    record : bool
        Whether an attempt that passes is kept in the learner's progress.

    Returns
    -------
    Result
        Also shown: as HTML in a notebook, printed elsewhere. Whatever the attempt does, no
        exception of its own gets out but KeyboardInterrupt.

    Raises
    ------
    ValueError
        If there is no such exercise.

    Examples
    --------
    >>> def moving_average(values, decay):
    ...     average, averages = 0.0, []
    ...     for value in values:
    ...         average = (1 - decay) * average + decay * value
    ...         averages.append(average)
    ...     return averages
    >>> result = check("moving-average", moving_average)  # doctest: +ELLIPSIS
    γ and 1 - γ swapped: ...
      given     values = [4], decay = 0.9
      expected  [0.4]
      got       [3.6]
    >>> result.passed
    False
    """
    if not isinstance(exercise_id, str) or exercise_id not in EXERCISES:
        close = get_close_matches(str(exercise_id), EXERCISES, n=1)
        names = f"did you mean {close[0]!r}?" if close else f"one of {', '.join(EXERCISES)}"
        raise ValueError(f"exercise_id must name an exercise, got {exercise_id!r}: {names}")
    exercise = EXERCISES[exercise_id]
    if attempt is ...:
        result = NOT_ATTEMPTED
    elif callable(exercise.reference) and not callable(attempt):
        kind = type(attempt).__name__
        message = f"hand over the function itself, without calling it; got a value of type {kind}"
        result = Result(False, None, message, None)
    else:
        result = diagnose(exercise, attempt)
    note = progress.keep(f"exercise/{exercise_id}") if result.passed and record else ""
    show(result, note)
    return result
