"""No mistake of the catalogue passes, each gets its own name, and right answers stay right."""

import copy
import itertools

import numpy as np
import pytest

from rmsprop_course.checks import EXERCISES, check
from rmsprop_course.checks import _diagnosis as diagnosis

DISTINCT = 1e-3  # relative difference that float32 and other orders of adding do not reach

# Parameters after the gradients 1, -2, 3 with η = 0.1, γ = 0.9, ε = 1e-8, begun at 0.
TRACES = {
    "the gradient is not squared": (-0.316228, np.nan, np.nan),
    "absolute value instead of the square": (-0.316228, 0.055163, -0.345371),
    "the root is missing": (-1, -0.591837, -0.815550),
    "1 - γ is missing": (-0.1, -0.009649, -0.091572),
    "γ and 1 - γ swapped": (-0.105409, -0.001293, -0.104381),
    "the average is used before it is updated": (-1000, -999.37, -999.80),
    "a sum instead of an average": (-0.1, -0.010557, -0.090736),
    "bias correction as in Adam": (-0.1, 0.024540, -0.110323),
    "the root of the gradient as well": (-0.316228, -0.114197, -0.263768),
    "multiplies instead of dividing": (-0.031623, 0.108377, -0.239027),
    "it climbs": (0.316228, 0.030513, 0.289577),
    "the gradient is overwritten by its square": (-0.316228, -0.887656, -1.664848),
    "the average starts anew in every step": (-0.316228, 0, -0.316228),
    "gradients add up": (-0.316228, -0.086812, -0.351486),
    "integers in the average": (-1000, 1000, -2000),
    "integers in the parameters": (0, 0, 0),
    "the average starts at 1": (-0.1, 0.075412, -0.133103),
    "no memory: sign descent": (-0.1, 0, -0.1),
    "it never divides: gradient descent": (-0.1, 0.1, -0.2),
    "ε outside the root": (-0.316228, -0.030513, -0.289577),
}


def exercises():
    return [pytest.param(exercise, id=exercise.id) for exercise in EXERCISES.values()]


def mistakes():
    return [
        pytest.param(exercise, mistake, id=f"{exercise.id}: {mistake.name}")
        for exercise in EXERCISES.values()
        for mistake in exercise.material.misconceptions
    ]


@pytest.mark.parametrize("exercise", exercises())
def test_reference_passes(exercise):
    result = check(exercise.id, exercise.reference, record=False)
    assert result.passed, result.message
    assert result.message.startswith("correct")


@pytest.mark.parametrize("exercise", exercises())
def test_no_two_mistakes_and_no_right_answer_behave_alike(exercise):
    names = ["a right answer", *(mistake.name for mistake in exercise.material.misconceptions)]
    outcomes = [diagnosis._expected(exercise), *diagnosis._mistakes(exercise)]
    alike = [
        (one, other)
        for (one, first), (other, second) in itertools.combinations(
            zip(names, outcomes, strict=True), 2
        )
        if first.agrees(second, DISTINCT) or second.agrees(first, DISTINCT)
    ]
    assert not alike


@pytest.mark.parametrize(("exercise", "mistake"), mistakes())
def test_mistake_is_rejected_by_its_name(exercise, mistake):
    result = check(exercise.id, copy.deepcopy(mistake.attempt), record=False)
    assert not result.passed
    assert result.misconception == mistake.name
    assert mistake.explanation in result.message
    assert mistake.hint in result.message
    assert result.evidence.got != result.evidence.expected


@pytest.mark.parametrize("exercise", exercises())
def test_names_are_short_and_explanations_are_sentences(exercise):
    names = [mistake.name for mistake in exercise.material.misconceptions]
    assert len(names) == len(set(names))
    for mistake in exercise.material.misconceptions:
        assert 0 < len(mistake.name) <= 60, mistake.name
        assert mistake.explanation.endswith("."), mistake.explanation
        assert mistake.hint.endswith(("?", ".")), mistake
        assert mistake.hint != mistake.explanation


@pytest.mark.parametrize("exercise", exercises())
def test_each_setting_that_varies_has_its_mistake(exercise):
    named = {mistake.name for mistake in exercise.material.misconceptions}
    varied = {probe.varies for probe in exercise.material.probes if probe.varies}
    assert {f"hard-coded {name}" for name in varied} <= named


@pytest.mark.parametrize(("name", "trace"), TRACES.items())
def test_mistake_of_an_update_moves_as_computed_elsewhere(name, trace):
    mistakes = EXERCISES["rmsprop-step"].material.misconceptions
    attempt = copy.deepcopy(next(mistake.attempt for mistake in mistakes if mistake.name == name))
    params, square_avg, path = np.zeros(1), np.zeros(1), []
    with np.errstate(invalid="ignore"):
        for grad in (1.0, -2.0, 3.0):
            params, square_avg = attempt(
                params, np.array([grad]), square_avg, learning_rate=0.1, decay=0.9, eps=1e-8
            )
            path.append(params.item())
    np.testing.assert_allclose(path, trace, rtol=1e-5, atol=1e-6)


def test_the_catalogue_is_reported(record_property):
    sizes = [len(exercise.material.misconceptions) for exercise in EXERCISES.values()]
    record_property("catalogue", f"{sum(sizes)} misconceptions of {len(sizes)} exercises")
    assert min(sizes) >= 5


@pytest.mark.parametrize("exercise", exercises())
def test_entry_says_what_to_write(exercise):
    assert EXERCISES[exercise.id] is exercise
    assert exercise.lesson in {f"{number:02}" for number in range(12)}
    assert exercise.title
    assert exercise.signature


def test_each_lesson_has_its_exercises():
    lessons = [exercise.lesson for exercise in EXERCISES.values()]
    assert lessons == sorted(lessons)
    assert lessons.count("00") == 1
    assert all(lessons.count(f"{number:02}") >= 3 for number in range(1, 8))
    assert all(lessons.count(f"{number:02}") >= 2 for number in range(8, 12))
