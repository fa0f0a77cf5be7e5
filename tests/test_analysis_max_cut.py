"""Max-cut, its relaxation and RMSProp's swing agree with closed forms, proofs and brute force."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rmsprop_course.analysis import (
    cut_weight,
    cycle_graph,
    graph_laplacian,
    max_cut,
    max_cut_sdp,
    oscillate,
    random_graph,
    round_gram,
)
from rmsprop_course.numpy_optimizers import rmsprop


def random_symmetric(n, seed):
    factor = np.random.default_rng(seed).standard_normal((n, n))
    return factor + factor.T


# --- The relaxation ---


def test_ring_of_five_has_its_closed_form():
    solution = max_cut_sdp(graph_laplacian(cycle_graph(5)))
    assert solution.value == pytest.approx(10 * (1 + np.cos(np.pi / 5)), rel=1e-8)  # 18.090
    # Neighbors are 144 degrees apart, as in a pentagram.
    np.testing.assert_allclose(np.diag(solution.gram, 1), np.cos(np.deg2rad(144)), atol=1e-4)


@pytest.mark.parametrize("n", [3, 4, 7])
def test_complete_graph_has_its_closed_form(n):
    laplacian = graph_laplacian(np.ones((n, n)) - np.eye(n))  # best: the vectors sum to 0
    assert max_cut_sdp(laplacian).value == pytest.approx(n**2, rel=1e-8)


def test_even_ring_is_cut_completely():
    solution = max_cut_sdp(graph_laplacian(cycle_graph(6)))
    assert solution.value / 4 == pytest.approx(6, rel=1e-8)


@pytest.mark.parametrize("diagonal", [[3.0], [1.0, 4.0], [2.0, -5.0, 0.0]])
def test_diagonal_matrix_gives_its_trace(diagonal):
    solution = max_cut_sdp(np.diag(diagonal))
    assert solution.value == pytest.approx(sum(diagonal))
    np.testing.assert_allclose(solution.dual, diagonal)
    assert solution.gap == pytest.approx(0, abs=1e-12)


def test_matrix_of_rank_one_gives_the_square_of_the_sum_of_sizes():
    vector = np.array([1.0, -2.0, 0.5, 3.0])
    solution = max_cut_sdp(np.outer(vector, vector))
    assert solution.value == pytest.approx(np.abs(vector).sum() ** 2, rel=1e-7)
    np.testing.assert_allclose(solution.gram, np.sign(np.outer(vector, vector)), atol=1e-3)


@pytest.mark.parametrize("seed", range(4))
def test_two_by_two_gives_the_trace_and_twice_the_size_of_the_other_entry(seed):
    matrix = random_symmetric(2, seed)
    expected = np.trace(matrix) + 2 * abs(matrix[0, 1])
    assert max_cut_sdp(matrix).value == pytest.approx(expected, rel=1e-9)


@settings(max_examples=25)
@given(n=st.integers(1, 9), seed=st.integers(0, 10_000))
def test_solution_is_feasible_and_proved(n, seed):
    matrix = random_symmetric(n, seed)
    solution = max_cut_sdp(matrix)
    np.testing.assert_array_equal(np.diag(solution.gram), 1)
    assert np.linalg.eigvalsh(solution.gram)[0] > -1e-12
    assert np.sum(matrix * solution.gram) == pytest.approx(solution.value, rel=1e-10, abs=1e-12)
    shifted = solution.dual + solution.gap / n
    assert np.linalg.eigvalsh(np.diag(shifted) - matrix)[0] > -1e-10 * np.abs(matrix).sum()
    assert 0 <= solution.gap <= 1e-8 * np.abs(matrix).sum()


@settings(max_examples=25)
@given(n=st.integers(2, 8), seed=st.integers(0, 10_000))
def test_bound_lies_above_every_sign_vector(n, seed):
    matrix = random_symmetric(n, seed)
    signs = np.array(list(itertools.product([-1.0, 1.0], repeat=n)))
    best = np.einsum("si,ij,sj->s", signs, matrix, signs).max()
    solution = max_cut_sdp(matrix)
    assert best <= solution.value + solution.gap + 1e-10 * np.abs(matrix).sum()


def test_result_does_not_depend_on_where_the_search_begins():
    matrix = random_symmetric(10, 3)
    values = [max_cut_sdp(matrix, seed=seed).value for seed in range(5)]
    np.testing.assert_allclose(values, values[0], rtol=1e-7)


def test_seed_chooses_where_the_search_begins():
    grams = [max_cut_sdp(np.zeros((3, 3)), seed=seed).gram for seed in (0, 0, 1)]  # all are best
    np.testing.assert_array_equal(grams[0], grams[1])
    assert np.abs(grams[0] - grams[2]).max() > 0.01


def test_node_without_edges_does_not_disturb_the_others():
    weights = np.zeros((6, 6))
    weights[:5, :5] = cycle_graph(5)
    value = max_cut_sdp(graph_laplacian(weights)).value
    assert value == pytest.approx(10 * (1 + np.cos(np.pi / 5)), rel=1e-7)


def test_search_that_has_not_converged_says_so():
    with pytest.raises(RuntimeError, match=r"the gap is .* after 2 sweeps"):
        max_cut_sdp(random_symmetric(12, 0), max_sweeps=2)


@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (np.ones((2, 3)), r"matrix must have shape \(n, n\), got \(2, 3\)"),
        (np.zeros((0, 0)), r"matrix must have shape \(n, n\)"),
        ([[0.0, 1.0], [2.0, 0.0]], r"matrix must be symmetric, got 1 and 2 at \(0, 1\)"),
        ([[0.0, 1e-9], [2e-9, 0.0]], r"matrix must be symmetric, got 1e-09 and 2e-09 at \(0, 1\)"),
        ([[np.nan]], "matrix must be finite, got nan"),
    ],
)
def test_matrix_that_is_none_is_refused(matrix, message):
    with pytest.raises(ValueError, match=message):
        max_cut_sdp(matrix)


def test_rtol_outside_its_range_is_refused():
    with pytest.raises(ValueError, match=r"rtol must be in \(0, 1\), got 0"):
        max_cut_sdp(np.eye(2), rtol=0)


# --- Cuts ---


@pytest.mark.parametrize("seed", range(3))
def test_largest_cut_is_that_of_brute_force(seed):
    weights = np.triu(np.random.default_rng(seed).uniform(-1, 2, (7, 7)), 1)
    weights = weights + weights.T
    cuts = [
        sum(weights[i, j] for i in range(7) for j in range(i) if signs[i] != signs[j])
        for signs in itertools.product([-1, 1], repeat=7)
    ]
    assert max_cut(weights) == pytest.approx(max(cuts))


@pytest.mark.parametrize(("n", "largest"), [(3, 2), (4, 4), (5, 4), (8, 8)])
def test_largest_cut_of_a_ring_is_known(n, largest):
    assert max_cut(cycle_graph(n)) == largest


@pytest.mark.parametrize("center", range(4))
def test_largest_cut_parts_the_center_of_a_star_from_all_others(center):
    weights = np.zeros((4, 4))
    weights[center] = weights[:, center] = [0.0 if node == center else 1.0 for node in range(4)]
    assert max_cut(weights) == 3


def test_graph_of_twenty_nodes_is_still_searched():
    assert max_cut(cycle_graph(20)) == 20


def test_sign_of_zero_counts_as_plus():
    assert cut_weight([[0, 3], [3, 0]], [[0.0, 1.0], [0.0, -1.0]]).tolist() == [0, 3]


def test_graph_of_one_node_has_no_cut():
    assert max_cut([[0.0]]) == 0


def test_cut_counts_edges_between_opposite_signs_once():
    weights = [[0, 2, 0], [2, 0, 5], [0, 5, 0]]
    np.testing.assert_allclose(cut_weight(weights, [[1, -1, -1], [1, -1, 1], [1, 1, 1]]), [2, 7, 0])
    assert cut_weight(weights, [0.3, -7.0, -0.1]) == 2  # only signs count


def test_cut_is_a_quarter_of_the_laplacian_form():
    weights = random_graph(9, 0.5, np.random.default_rng(1))
    signs = np.random.default_rng(2).choice([-1.0, 1.0], (20, 9))
    forms = np.einsum("si,ij,sj->s", signs, graph_laplacian(weights), signs) / 4
    np.testing.assert_allclose(cut_weight(weights, signs), forms)


def test_random_graph_is_simple_and_has_its_share_of_edges():
    weights = random_graph(60, 0.3, np.random.default_rng(0))
    np.testing.assert_array_equal(weights, weights.T)
    assert set(np.unique(weights)) == {0.0, 1.0} and not np.diag(weights).any()
    assert weights.sum() / (60 * 59) == pytest.approx(0.3, abs=0.03)


def test_refused_graphs():
    with pytest.raises(ValueError, match="weights must be 0 on the diagonal"):
        graph_laplacian(np.eye(3))
    with pytest.raises(ValueError, match="at most 20 nodes, got 21"):
        max_cut(cycle_graph(21))
    with pytest.raises(ValueError, match="n_nodes must be 3 or more, got 2"):
        cycle_graph(2)
    with pytest.raises(ValueError, match=r"signs must have shape \(\.\.\., 5\), got \(4,\)"):
        cut_weight(cycle_graph(5), np.ones(4))
    with pytest.raises(ValueError, match=r"signs must have shape \(\.\.\., 5\), got \(\)"):
        cut_weight(cycle_graph(5), 1.0)
    with pytest.raises(ValueError, match=r"edge_share must be in \[0, 1\], got 2"):
        random_graph(3, 2, np.random.default_rng(0))


def test_hyperplanes_part_two_nodes_as_often_as_their_angle_says():
    cosine = np.cos(2.0)
    signs = round_gram([[1.0, cosine], [cosine, 1.0]], 40_000, np.random.default_rng(0))
    apart = np.mean(signs[:, 0] != signs[:, 1])
    assert apart == pytest.approx(2.0 / np.pi, abs=0.01)  # of Goemans and Williamson's proof


@pytest.mark.parametrize("seed", range(3))
def test_rounding_keeps_its_promise_on_graphs(seed):
    rng = np.random.default_rng(seed)
    weights = random_graph(12, 0.5, rng)
    solution = max_cut_sdp(graph_laplacian(weights))
    cuts = cut_weight(weights, round_gram(solution.gram, 4000, rng))
    assert 0.87856 * solution.value / 4 < cuts.mean() + 4 * cuts.std() / np.sqrt(4000)
    assert cuts.mean() <= max_cut(weights) <= solution.value / 4 + 1e-6


# --- RMSProp's swing ---


def test_swing_is_that_of_the_optimizer_of_the_course():
    matrix = random_symmetric(3, 0) @ random_symmetric(3, 0)
    run = oscillate(matrix, start=[0.3, -0.2, 0.1], learning_rate=0.1, n_steps=40, n_averaged=40)
    params = np.array([0.3, -0.2, 0.1])
    state = rmsprop.init(params, initial_square_avg=(matrix @ params) ** 2)
    for point in run.points:
        np.testing.assert_allclose(point, params, rtol=1e-9, atol=1e-12)
        grad = matrix @ params
        params, state = rmsprop.step(params, grad, state, learning_rate=0.1, decay=0.999, eps=0.0)


def test_averages_are_those_of_the_points():
    matrix = np.array([[3.0, 1.0], [1.0, 2.0]])
    run = oscillate(matrix, start=[0.7, 0.1], n_steps=500, n_averaged=200)
    assert run.points.shape == (200, 2)
    np.testing.assert_allclose(run.second_moment, run.points.T @ run.points / 200)
    losses = np.einsum("ti,ij,tj->t", run.points, matrix, run.points) / 2
    assert run.loss == pytest.approx(losses.mean())


def test_averages_are_over_the_second_half_unless_told():
    whole = oscillate(np.eye(2), start=[0.3, 0.8], n_steps=11, n_averaged=11)
    half = oscillate(np.eye(2), start=[0.3, 0.8], n_steps=11)
    np.testing.assert_array_equal(half.points, whole.points[-6:])


def test_one_step_is_enough_to_average_over():
    np.testing.assert_array_equal(oscillate([[1.0]], start=[0.3], n_steps=1).points, [[0.3]])


def test_eigenvalue_that_rounding_puts_below_0_is_accepted():
    vectors = np.random.default_rng(0).standard_normal((20, 6))
    matrices = np.einsum("ki,kj->kij", vectors, vectors)  # of rank one
    assert (np.linalg.eigvalsh(matrices)[:, 0] < 0).any()
    assert oscillate(matrices, start=np.ones((20, 6)), n_steps=2).points.shape == (1, 20, 6)


def test_two_coordinates_end_as_worked_out_by_hand():
    run = oscillate([[3.0, 1.0], [1.0, 2.0]], start=[0.7, 0.1], learning_rate=0.5, n_steps=20_000)
    np.testing.assert_allclose(run.roots, [2.0, 1.5], rtol=1e-4)  # g = H (η/2, η/2)
    np.testing.assert_allclose(np.abs(run.points[-1]), 0.25, rtol=0.01)
    assert run.loss == pytest.approx(0.25 / 8 * 7, rel=0.01)  # η²/8 (3 + 2 + 2·1)


@pytest.mark.parametrize("n", [2, 5, 8])
def test_roots_floor_and_squares_follow_the_relaxation(n):
    factor = np.random.default_rng(n).standard_normal((n, n))
    matrix = factor @ factor.T / n + 0.1 * np.eye(n)
    run = oscillate(matrix, start=np.random.default_rng(0).standard_normal(n))
    value = max_cut_sdp(matrix).value
    assert run.roots.sum() == pytest.approx(value / 2, rel=0.002)
    assert run.loss == pytest.approx(value / 8, rel=0.005)
    np.testing.assert_allclose(np.diag(run.second_moment), 0.25, rtol=0.02)


def test_error_of_the_roots_fades_with_the_length_of_the_memory():
    factor = np.random.default_rng(102).standard_normal((16, 16))
    matrix = factor @ factor.T / 16 + 0.1 * np.eye(16)
    starts = np.random.default_rng(0).standard_normal((8, 16))
    copies, half = np.broadcast_to(matrix, (8, 16, 16)), max_cut_sdp(matrix).value / 2
    short, long = (
        1 - oscillate(copies, start=starts, decay=decay, n_steps=n_steps).roots.sum(axis=1) / half
        for decay, n_steps in ((0.99, 10_000), (0.999, 40_000))
    )
    assert (short > 0).all() and (long > 0).all()
    assert long.mean() < short.mean() / 5


def test_a_stack_of_matrices_runs_as_each_of_them():
    matrices = np.array([np.eye(2), [[2.0, 1.0], [1.0, 2.0]]])
    starts = np.array([[0.4, 0.2], [0.1, 0.9]])
    both = oscillate(matrices, start=starts, n_steps=50)
    for index in range(2):
        one = oscillate(matrices[index], start=starts[index], n_steps=50)
        np.testing.assert_allclose(both.roots[index], one.roots)
        np.testing.assert_allclose(both.points[:, index], one.points)


def test_a_coordinate_without_curvature_stays_where_it_is():
    run = oscillate(np.diag([1.0, 0.0]), start=[0.8, 0.8], n_steps=100)
    assert (run.points[:, 1] == 0.8).all() and run.roots[1] == 0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"matrix": [[0.0, 1.0], [1.0, 0.0]]}, "no negative eigenvalue, got -1"),
        ({"matrix": [[1.0, 0.5], [0.0, 1.0]]}, "matrix must be symmetric"),
        ({"matrix": np.ones(2)}, r"matrix must have shape \(\.\.\., n, n\), got \(2,\)"),
        ({"start": np.ones(3)}, r"start must have shape \(2,\), got \(3,\)"),
        ({"decay": 1.0}, r"decay must be in \[0, 1\), got 1"),
        ({"learning_rate": 0.0}, r"learning_rate must be in \(0, inf\), got 0"),
        ({"n_steps": 0}, "n_steps must be at least 1, got 0"),
        ({"n_averaged": 0}, r"n_averaged must be in \[1, 10\], got 0"),
        ({"n_averaged": 11}, r"n_averaged must be in \[1, 10\], got 11"),
    ],
)
def test_refused_runs(changes, message):
    settings = {"matrix": np.eye(2), "start": np.ones(2), "n_steps": 10, **changes}
    with pytest.raises(ValueError, match=message):
        oscillate(settings.pop("matrix"), **settings)
