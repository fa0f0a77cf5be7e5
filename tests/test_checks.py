"""Whatever an attempt does, its check says so in a clear message, and the notebook goes on."""

import contextlib
import signal
import sys
import threading
import time
import warnings

import numpy as np
import pytest

from rmsprop_course import progress
from rmsprop_course.checks import EXERCISES, Result, check
from rmsprop_course.checks import _diagnosis as diagnosis
from rmsprop_course.checks import _report as report
from rmsprop_course.checks._time_limit import TimeLimitError, run_within

SETTINGS = {"learning_rate": 0.1, "decay": 0.9, "eps": 1e-8}


def right(params, grad, square_avg, *, learning_rate, decay, eps):
    square_avg = decay * square_avg + (1 - decay) * grad**2
    return params - learning_rate * grad / np.sqrt(square_avg + eps), square_avg


def judged(attempt, exercise_id="rmsprop-step"):
    result = check(exercise_id, attempt, record=False)
    assert isinstance(result, Result)
    return result


def after(do):
    """An attempt that is right, but does something before."""

    def attempt(params, grad, square_avg, **settings):
        do()
        return right(params, grad, square_avg, **settings)

    return attempt


def giving(change):
    """An attempt that is right up to a change of what it returns."""
    return lambda *args, **settings: change(*right(*args, **settings))


def keeps_count(params, grad, square_avg, *, count=[0], **settings):  # noqa: B006
    count[0] += 1
    params, square_avg = right(params, grad, square_avg, **settings)
    return params + count[0], square_avg


def endless():
    while True:
        pass


def endless_that_catches_all():
    while True:
        try:  # noqa: SIM105
            time.sleep(0)
        except:  # noqa: E722
            pass


def endless_in_with():
    with contextlib.nullcontext():
        endless()


def endless_after_finally():
    while True:
        try:
            pass
        finally:
            continue  # noqa: B012


def endless_that_waits():
    threading.Event().wait()


ENDLESS = [
    endless,
    endless_that_catches_all,
    endless_in_with,
    endless_after_finally,
]


class TestRight:
    def test_passes_and_says_so(self, capsys):
        assert judged(right) == Result(True, None, "correct", None)
        assert capsys.readouterr().out == "correct\n"

    def test_in_place_passes_and_is_mentioned(self):
        def in_place(params, grad, square_avg, *, learning_rate, decay, eps):
            square_avg *= decay
            square_avg += (1 - decay) * grad**2
            params -= learning_rate * grad / np.sqrt(square_avg + eps)
            return params, square_avg

        result = judged(in_place)
        assert result.passed
        assert "in place: whoever calls it loses the old params and square_avg" in result.message

    def test_printing_passes_is_mentioned_and_kept_short(self, capsys):
        result = judged(after(lambda: print("step! " * 100_000)))
        assert result.passed
        assert "also prints (“step! step!" in result.message
        assert len(capsys.readouterr().out) < 200

    def test_of_lists_and_loops_passes(self):
        def loops(params, grad, square_avg, *, learning_rate, decay, eps):
            average = [decay * v + (1 - decay) * g * g for v, g in zip(square_avg, grad)]  # noqa: B905
            moved = [
                w - learning_rate * g / (v + eps) ** 0.5
                for w, g, v in zip(params, grad, average)  # noqa: B905
            ]
            return [moved, average]

        assert judged(loops).passed

    @pytest.mark.parametrize("dtype", ["float32", "float64", "longdouble"])
    def test_of_any_precision_passes(self, dtype):
        assert judged(giving(lambda *parts: [part.astype(dtype) for part in parts])).passed

    def test_with_more_parameters_passes(self):
        def more(params, grad, square_avg, learning_rate, decay, eps, momentum=0, verbose=False):
            return right(
                params, grad, square_avg, learning_rate=learning_rate, decay=decay, eps=eps
            )

        assert judged(more).passed

    def test_method_of_an_object_passes(self):
        class Optimizer:
            def step(self, *args, **settings):
                return right(*args, **settings)

            __call__ = step

        assert judged(Optimizer().step).passed
        assert judged(Optimizer()).passed

    def test_is_kept_only_if_recorded(self):
        judged(right)
        assert not progress.load().passed
        check("rmsprop-step", right)
        assert list(progress.load().passed) == ["exercise/rmsprop-step"]

    def test_that_fails_is_not_kept(self):
        check("rmsprop-step", lambda params, grad, square_avg, **settings: (params, square_avg))
        assert not progress.load().passed


def untouched(params, grad, square_avg, *, learning_rate, decay, eps): ...


def untouched_with_docstring(params, grad, square_avg, *, learning_rate, decay, eps):
    """Return new parameters and the new average."""


def untouched_result(params, grad, square_avg, *, learning_rate, decay, eps):
    return ...


def half_untouched(params, grad, square_avg, *, learning_rate, decay, eps):
    return params - learning_rate * grad, ...


def computes_with_dots(params, grad, square_avg, *, learning_rate, decay, eps):
    square_avg = ...
    return params - grad / np.sqrt(square_avg + eps), square_avg


def says_not_implemented(params, grad, square_avg, *, learning_rate, decay, eps):
    raise NotImplementedError


@pytest.mark.parametrize(
    "attempt",
    [
        untouched,
        untouched_with_docstring,
        untouched_result,
        half_untouched,
        computes_with_dots,
        says_not_implemented,
        ...,
    ],
)
def test_untouched_skeleton_is_not_attempted(attempt, capsys):
    assert judged(attempt) == Result(False, None, "not attempted", None)
    assert capsys.readouterr().out == "not attempted\n"


FAULTS = {
    "an error": (after(lambda: 1 / 0), "raises ZeroDivisionError: division by zero"),
    "an unknown name": (after(lambda: undefined_name), "name 'undefined_name' is not"),  # noqa: F821
    "sys.exit": (after(lambda: sys.exit("bye")), "raises SystemExit: bye"),
    "endless recursion": (
        lambda *args, **settings: FAULTS["endless recursion"][0](*args, **settings),
        "RecursionError",
    ),
    "too few parameters": (lambda params: params, "raises TypeError"),
    "nothing": (giving(lambda params, average: None), "returned nothing (None): is there a `re"),
    "one of two": (giving(lambda params, average: params), "must return params, square_avg; it"),
    "three": (giving(lambda params, average: (params, average, 0)), "it returned a tuple of 3"),
    "None inside": (giving(lambda params, average: (params, None)), "square_avg is None"),
    "a generator": (giving(lambda *parts: iter(parts)), "a value of type tuple_iterator"),
    "words": (giving(lambda params, average: ("one", average)), "params must hold numbers, got"),
    "truths": (giving(lambda params, average: (params > 0, average)), "params must hold numbers"),
    "complex numbers": (giving(lambda p, v: (p + 0j, v)), "complex: is there a root of a negative"),
    "ragged lists": (giving(lambda p, v: ([[1], [1, 2]], v)), "params must hold numbers"),
    "a wrong shape": (giving(lambda p, v: (p[None], v)), "params must have shape (1,), got (1, 1)"),
    "NaN": (giving(lambda p, v: (p * np.nan, v)), "params is [nan], where finite numbers are"),
    "infinity": (giving(lambda p, v: (p, v + np.inf)), "square_avg is [inf], where finite num"),
    "a changed argument": (
        lambda p, g, v, **settings: (*right(p, g, v, **settings), g.fill(7))[:2],
        "it changes its argument grad: it was [1] before the call and is [7] after it",
    ),
    "memory between calls": (keeps_count, "made twice, gave different results"),
    "chance": (giving(lambda p, v: (p + np.random.random(), v)), "or draw random numbers?"),  # noqa: NPY002
}


@pytest.mark.parametrize(("attempt", "message"), FAULTS.values(), ids=FAULTS)
def test_fault_has_a_message(attempt, message):
    result = judged(attempt)
    assert not result.passed
    assert result.misconception is None
    assert message in result.message
    assert result.evidence.given.startswith("params = [")


def test_error_names_the_line_of_the_learner():
    result = judged(after(lambda: int("no")))
    assert 'in the line `result = judged(after(lambda: int("no")))`' in result.message


@pytest.mark.parametrize("attempt", [3, None, "text", (np.zeros(1), np.zeros(1))])
def test_what_cannot_be_called_is_no_attempt(attempt):
    assert "hand over the function itself, without calling it" in judged(attempt).message


def test_unknown_exercise_is_an_error_that_helps():
    with pytest.raises(ValueError, match=r"got 'rms-prop': did you mean 'rmsprop-step'\?"):
        check("rms-prop", right)
    with pytest.raises(ValueError, match="got 3: one of mean-square, stability-limit, "):
        check(3, right)
    with pytest.raises(ValueError, match=r"got \['rmsprop-step'\]: did you mean 'rmsprop-step'\?"):
        check(["rmsprop-step"], right)


def test_what_else_an_attempt_changes_is_put_back(capsys):
    def changes():
        np.seterr(all="raise")
        warnings.simplefilter("error")
        sys.stdout = sys.stderr

    stdout, errors, filters = sys.stdout, np.geterr(), list(warnings.filters)
    judged(after(changes))
    assert (sys.stdout, np.geterr(), list(warnings.filters)) == (stdout, errors, filters)
    assert sys.gettrace() is None or "coverage" in repr(sys.gettrace())


class TestTimeLimit:
    @pytest.fixture
    def short(self, monkeypatch):
        """An exercise that gives up sooner."""
        material = EXERCISES["rmsprop-step"].material
        quick = type(material)(**{**vars(material), "seconds": 0.2})
        monkeypatch.setitem(vars(EXERCISES["rmsprop-step"]), "material", quick)
        diagnosis._expected.cache_clear()

    @pytest.mark.parametrize("endless", [*ENDLESS, endless_that_waits])
    @pytest.mark.usefixtures("short")
    def test_endless_attempt_ends_with_a_message(self, endless):
        started = time.monotonic()
        result = judged(after(endless))
        assert time.monotonic() - started < 3
        assert not result.passed
        assert result.message == "it did not end within 0.2 seconds: does a loop go on for ever?"
        assert result.evidence.got == "no end"
        assert sys.exc_info() == (None, None, None)
        assert judged(right).passed  # the next cell
        assert "ZeroDivisionError" in judged(after(lambda: 1 / 0)).message

    @pytest.mark.parametrize("endless", [endless, endless_in_with, endless_after_finally])
    def test_ends_outside_the_main_thread_too(self, endless):
        caught = []

        def run():
            with pytest.raises(TimeLimitError) as error:
                run_within(0.2, endless)
            caught.append(error)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        thread.join(10)
        assert caught

    @pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="there is no alarm on Windows")
    def test_alarm_and_its_handler_are_as_before(self):
        before = signal.getsignal(signal.SIGALRM)
        run_within(60, lambda: None)
        assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
        assert signal.getsignal(signal.SIGALRM) is before

    def test_what_ends_in_time_returns_and_what_it_raises_gets_out(self):
        done = []
        run_within(60, lambda: done.append(1))
        assert done == [1]
        with pytest.raises(ZeroDivisionError):
            run_within(60, lambda: 1 / 0)

    def test_interrupt_by_the_learner_gets_out(self):
        def interrupted():
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            judged(after(interrupted))


class TestHtml:
    def test_escapes_what_a_learner_wrote(self):
        result = judged(after(lambda: int("<script>alert(1)</script>")))
        assert "<script>" in report.as_text(result)
        assert "<script>" not in report.as_html(result)
        assert "&lt;script&gt;" in report.as_html(result)

    def test_says_the_same_as_the_text(self):
        result = judged(lambda p, g, v, **settings: right(p, g, v, **settings)[::-1])
        for words in (result.misconception, result.message, *result.evidence):
            assert words in report.as_text(result)
            assert words in report.as_html(result)
