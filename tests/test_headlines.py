"""The headline numbers: each agrees with its prediction, and the table tells when one does not."""

import dataclasses
import math

import numpy as np
import pytest

from rmsprop_course.explorers._lessons import LESSONS
from rmsprop_course.headlines import HEADLINES, Headline, _cuts, _edge, format_table


@pytest.mark.parametrize("headline", HEADLINES, ids=[headline.id for headline in HEADLINES])
def test_measured_as_predicted(headline):
    outcome = headline.run()
    assert outcome.agrees, (
        f"{headline.claim}: predicted {headline.predicted:.6g} ± {headline.tolerance:.2g}, "
        f"measured {outcome.measured:.6g}"
    )


def test_each_headline_has_a_name_of_its_own_a_lesson_and_a_source():
    assert len({headline.id for headline in HEADLINES}) == len(HEADLINES)
    assert len({headline.claim for headline in HEADLINES}) == len(HEADLINES)
    for headline in HEADLINES:
        assert headline.lesson in LESSONS
        assert headline.source
        assert 0 < headline.tolerance < math.inf


def test_headlines_stand_in_the_order_of_the_lessons():
    lessons = [headline.lesson for headline in HEADLINES]
    assert lessons == sorted(lessons)


@pytest.mark.parametrize("ratios", [[1.001, 0.99, 1.004], [1.004, 0.999, 0.99]])
def test_of_many_matrices_the_worst_is_shown(monkeypatch, ratios):
    monkeypatch.setattr(_cuts, "_ratios", lambda: _cuts._Ratios(np.array(ratios), None, None))
    assert _cuts._worst("root") == 0.99


def test_of_the_seeds_the_farthest_from_2_is_shown(monkeypatch):
    monkeypatch.setattr(_edge, "_settled", lambda seed, *_: [2.01, 1.9, 2.05, 2.0, 2.02][seed])
    assert _edge._farthest_seed() == 1.9
    assert _edge._mean_of_seeds() == pytest.approx(1.996)


HALF = Headline("half", "02", "a half", 0.5, 0.01, "we compute", lambda: 0.505)


@pytest.mark.parametrize(
    ("measured", "agrees"), [(0.505, True), (0.5, True), (0.52, False), (math.nan, False)]
)
def test_a_number_agrees_if_it_lies_within_the_tolerance(measured, agrees):
    assert dataclasses.replace(HALF, measure=lambda: measured).run().agrees is agrees


def test_the_table_marks_and_counts_what_is_off():
    off = dataclasses.replace(HALF, lesson="03", claim="another half", measure=lambda: 0.7)
    lines = format_table([HALF.run(), off.run()]).splitlines()
    (good,) = (line for line in lines if line.startswith("  a half"))
    (bad,) = (line for line in lines if line.startswith("  another half"))
    assert good.split() == ["a", "half", "0.5", "0.505", "0.005", "0.01", "✓", "we", "compute"]
    assert bad.split()[2:7] == ["0.5", "0.7", "0.2", "0.01", "✗"]
    assert [line.split()[1] for line in lines if line.startswith("lesson")] == ["02", "03"]
    assert lines[-1] == "1 of 2 as predicted"
