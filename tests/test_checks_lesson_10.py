"""Lesson 10: right answers pass in every style, and learners' mistakes are named."""

import itertools
import math

import numpy as np
import pytest
import torch
from attempts import rights_pass, wrongs_are_named

from rmsprop_course.analysis import cut_weight, graph_laplacian
from rmsprop_course.checks import check

# --- Precondition a Hessian ---


def precondition_by_matrices(hessian, square_avg, eps):
    scale = np.diag((np.sqrt(square_avg) + eps) ** -0.5)
    return scale @ hessian @ scale


def precondition_in_loops(hessian, square_avg, eps):
    roots = [math.sqrt(v) + eps for v in square_avg]
    size = len(roots)
    return [
        [hessian[i][j] / math.sqrt(roots[i] * roots[j]) for j in range(size)] for i in range(size)
    ]


def precondition_single(hessian, square_avg, eps):
    scale = (1 / np.sqrt(np.sqrt(square_avg) + eps)).astype(np.float32)
    return np.float32(scale[:, None]) * np.float32(hessian) * scale[None, :]


def precondition_by_torch(hessian, square_avg, eps, **unused):
    scale = torch.rsqrt(torch.tensor(square_avg).sqrt() + eps)
    return torch.einsum("i,ij,j->ij", scale, torch.tensor(hessian), scale)


def precondition_in_place(hessian, square_avg, eps):
    result = hessian.copy()
    scale = np.sqrt(np.sqrt(square_avg) + eps)
    result /= scale
    result /= scale[:, np.newaxis]
    return result


def precondition_by_inverting_a_root(hessian, square_avg, eps):
    scale = np.linalg.inv(np.sqrt(np.diag(np.sqrt(square_avg) + eps)))
    return scale @ hessian @ scale


def precondition_by_fourth_roots(hessian, square_avg, eps):
    roots = [v**0.5 + eps for v in square_avg]
    return tuple(
        tuple(entry * (a * b) ** -0.5 for entry, b in zip(row, roots, strict=True))
        for row, a in zip(hessian, roots, strict=True)
    )


def precondition_rows(hessian, square_avg, eps):
    return np.diag(1 / (np.sqrt(square_avg) + eps)) @ hessian


def precondition_by_solving(hessian, square_avg, eps):
    return np.linalg.solve(np.diag(np.sqrt(square_avg) + eps), hessian)


def precondition_by_broadcasting(hessian, square_avg, eps):
    return hessian / (np.sqrt(square_avg) + eps)


def precondition_without_the_root_of_d(hessian, square_avg, eps):
    scale = np.diag(1 / (np.sqrt(square_avg) + eps))
    return scale @ hessian @ scale


def precondition_by_v(hessian, square_avg, eps):
    scale = np.diag((square_avg + eps) ** -0.5)
    return scale @ hessian @ scale


def precondition_with_eps_inside(hessian, square_avg, eps):
    scale = np.diag((square_avg + eps) ** -0.25)
    return scale @ hessian @ scale


def precondition_by_stars(hessian, square_avg, eps):
    scale = np.diag((np.sqrt(square_avg) + eps) ** -0.5)
    return scale * hessian * scale


def precondition_half_done(hessian, square_avg, eps):
    return np.diag((np.sqrt(square_avg) + eps) ** -0.5) @ hessian


def precondition_the_wrong_way(hessian, square_avg, eps):
    scale = np.diag(np.sqrt(np.sqrt(square_avg) + eps))
    return scale @ hessian @ scale


def precondition_late_eps(hessian, square_avg, eps):
    scale = np.diag(1 / (square_avg**0.25 + eps))
    return scale @ hessian @ scale


def precondition_without_eps(hessian, square_avg, eps):
    scale = np.diag((np.sqrt(square_avg) + 1e-12) ** -0.5)
    return scale @ hessian @ scale


def precondition_then_eigenvalue(hessian, square_avg, eps):
    return np.linalg.eigvalsh(precondition_by_matrices(hessian, square_avg, eps)).max()


def precondition_then_eigenvalues(hessian, square_avg, eps):
    return np.linalg.eigvalsh(precondition_by_matrices(hessian, square_avg, eps))


def precondition_by_powers_of_zeros(hessian, square_avg, eps):
    scale = np.diag(np.sqrt(square_avg) + eps) ** -0.5
    return scale @ hessian @ scale


def precondition_made_symmetric(hessian, square_avg, eps):
    half_done = np.diag(1 / (np.sqrt(square_avg) + eps)) @ hessian
    return (half_done + half_done.T) / 2


def precondition_by_the_denominators(hessian, square_avg, eps):
    scale = np.diag(np.sqrt(square_avg) + eps)
    return scale @ hessian @ scale


def precondition_without_any_root(hessian, square_avg, eps):
    scale = 1 / (square_avg + eps)
    return scale[:, None] * hessian * scale


def precondition_with_d_squared(hessian, square_avg, eps):
    scale = np.diag(1 / np.sqrt(np.sqrt(square_avg) + eps))
    return hessian @ scale @ scale


def precondition_with_one_index(hessian, square_avg, eps):
    roots, result = np.sqrt(square_avg) + eps, np.zeros_like(hessian)
    for i in range(len(roots)):
        for j in range(len(roots)):
            result[i, j] = hessian[i, j] / math.sqrt(roots[i] * roots[i])
    return result


def precondition_above_the_diagonal(hessian, square_avg, eps):
    roots, result = np.sqrt(square_avg) + eps, np.zeros_like(hessian)
    for i in range(len(roots)):
        for j in range(i, len(roots)):
            result[i, j] = hessian[i, j] / math.sqrt(roots[i] * roots[j])
    return result


def precondition_with_eps_in_d(hessian, square_avg, eps):
    scale = square_avg**-0.25 + eps
    return scale[:, None] * hessian * scale


# --- The weight of a cut ---


def cut_in_loops(weights, signs):
    total = 0.0
    for i in range(len(signs)):
        for j in range(i):
            if signs[i] != signs[j]:
                total += weights[i][j]
    return total


def cut_by_laplacian(weights, signs):
    return signs @ (np.diag(weights.sum(axis=0)) - weights) @ signs / 4


def cut_by_masks(weights, signs):
    return weights[signs > 0][:, signs < 0].sum()


def cut_by_the_library(weights, signs):
    return np.float32(cut_weight(weights, signs))


def cut_of_the_upper_triangle(weights, signs):
    i, j = np.triu_indices(len(signs), k=1)
    return np.dot(weights[i, j], signs[i] * signs[j] < 0)


def cut_by_squared_differences(weights, signs):
    return float(np.sum(weights * (signs[:, None] - signs) ** 2) / 8)


def cut_by_pairs(weights, signs):
    pairs = itertools.combinations(range(len(signs)), 2)
    return sum(weights[i][j] for i, j in pairs if signs[i] * signs[j] < 0)


def cut_twice(weights, signs):
    return sum(
        weights[i, j] for i in range(len(signs)) for j in range(len(signs)) if signs[i] != signs[j]
    )


def cut_without_quarter(weights, signs):
    return signs @ graph_laplacian(weights) @ signs


def cut_halved_twice(weights, signs):
    return np.sum(weights * (1 - np.outer(signs, signs))) / 8


def cut_within(weights, signs):
    return sum(weights[i, j] for i in range(len(signs)) for j in range(i) if signs[i] == signs[j])


def cut_by_weights_for_laplacian(weights, signs):
    return signs @ weights @ signs / 4


def cut_counted(weights, signs):
    return np.sum((weights > 0) & (signs[:, None] * signs < 0)) // 2


def cut_along_the_list(weights, signs):
    return sum(weights[k, k + 1] for k in range(len(signs) - 1) if signs[k] * signs[k + 1] < 0)


def cut_by_node(weights, signs):
    return (weights * (np.outer(signs, signs) < 0)).sum(axis=0)


def cut_of_everything(weights, signs):
    return np.triu(weights).sum()


def cut_of_squared_differences(weights, signs):
    return np.sum(weights * (signs[:, None] - signs) ** 2)


def cut_by_absolute_differences(weights, signs):
    return np.sum(weights * np.abs(signs[:, None] - signs)) / 2


def cut_with_a_plus(weights, signs):
    return np.sum(weights * (1 + np.outer(signs, signs))) / 4


def cut_by_counted_degrees(weights, signs):
    laplacian = np.diag((weights > 0).sum(axis=1)) - weights
    return signs @ laplacian @ signs / 4


def cut_of_the_largest(weights, signs):
    return max(
        cut_in_loops(weights, others) for others in itertools.product([-1, 1], repeat=len(signs))
    )


def cut_around_the_ring(weights, signs):
    return sum(weights[k, k - 1] for k in range(len(signs)) if signs[k] != signs[k - 1])


def cut_in_whole_numbers(weights, signs):
    return int(np.sum(weights * (1 - np.outer(signs, signs)))) // 4


# --- The loss floor ---


def floor_by_trace(hessian, gram, learning_rate):
    return 0.5 * np.trace(hessian @ (learning_rate**2 / 4 * gram))


def floor_in_loops(hessian, gram, learning_rate):
    n, total = len(hessian), 0.0
    for i in range(n):
        for j in range(n):
            total += hessian[i][j] * gram[i][j]
    return learning_rate * learning_rate * total / 8


def floor_single(hessian, gram, learning_rate):
    return np.float32(learning_rate**2 / 8) * np.einsum("ij,ij", hessian, gram).astype(np.float32)


def floor_by_vdot(hessian, gram, learning_rate, **unused):
    return float(np.vdot(hessian, gram)) * (learning_rate / 2) ** 2 / 2


def floor_from_the_roots(hessian, gram, learning_rate):
    roots = (hessian * gram).sum(axis=1) / 2  # √v / η of each coordinate
    return learning_rate**2 / 4 * roots.sum()


def floor_from_points(hessian, gram, learning_rate):
    values, vectors = np.linalg.eigh(gram)
    points = vectors * np.sqrt(np.maximum(values, 0)) * learning_rate / 2  # with second moment Σ
    return sum(0.5 * point @ hessian @ point for point in points.T)


def floor_by_tensors(hessian, gram, learning_rate):
    return (torch.tensor(hessian) * torch.tensor(gram)).sum() * learning_rate**2 / 8


def floor_of_coordinates_alone(hessian, gram, learning_rate):
    return learning_rate**2 * np.diag(hessian).sum() / 8


def floor_of_a_product_summed(hessian, gram, learning_rate):
    return learning_rate**2 / 8 * (hessian @ gram).sum()


def floor_linear(hessian, gram, learning_rate):
    return learning_rate / 8 * np.trace(hessian @ gram)


def floor_without_half(hessian, gram, learning_rate):
    return np.trace(hessian @ gram) * learning_rate**2 / 4


def floor_with_whole_steps(hessian, gram, learning_rate):
    return np.trace(hessian @ gram) * learning_rate**2 / 2


def floor_matrix(hessian, gram, learning_rate):
    return learning_rate**2 / 8 * hessian * gram


def floor_product(hessian, gram, learning_rate):
    return learning_rate**2 / 8 * np.dot(hessian, gram)


def floor_of_sum(hessian, gram, learning_rate):
    return learning_rate**2 / 8 * hessian.sum()


def floor_at_one_rate(hessian, gram, learning_rate):
    return 0.1**2 / 8 * np.sum(hessian * gram)


def floor_that_is_the_program(hessian, gram, learning_rate):
    return np.sum(hessian * gram)


def floor_of_half_a_step(hessian, gram, learning_rate):
    return 0.5 * (learning_rate / 2) * np.sum(hessian * gram)


def floor_of_mean_entries(hessian, gram, learning_rate):
    return learning_rate**2 / 8 * np.mean(hessian * gram)


def floor_of_eigenvalues(hessian, gram, learning_rate):
    return learning_rate**2 / 8 * np.linalg.eigvalsh(hessian).sum()


def floor_of_sizes(hessian, gram, learning_rate):
    return learning_rate**2 / 8 * np.sum(np.abs(hessian * gram))


def floor_of_the_upper_triangle(hessian, gram, learning_rate):
    return learning_rate**2 / 8 * np.sum(np.triu(hessian * gram))


def floor_of_the_first_row_of_signs(hessian, gram, learning_rate):
    signs = np.sign(gram[0])
    return learning_rate**2 / 8 * signs @ hessian @ signs


RIGHT = {
    "precondition": [
        precondition_by_matrices,
        precondition_in_loops,
        precondition_single,
        precondition_by_torch,
        precondition_in_place,
        precondition_by_inverting_a_root,
        precondition_by_fourth_roots,
    ],
    "cut": [
        cut_in_loops,
        cut_by_laplacian,
        cut_by_masks,
        cut_by_the_library,
        cut_of_the_upper_triangle,
        cut_by_squared_differences,
        cut_by_pairs,
    ],
    "loss-floor": [
        floor_by_trace,
        floor_in_loops,
        floor_single,
        floor_by_vdot,
        floor_from_the_roots,
        floor_from_points,
        floor_by_tensors,
    ],
}

WRONG = {
    "precondition": {
        precondition_rows: "only the rows are divided",
        precondition_by_solving: "only the rows are divided",
        precondition_by_broadcasting: "only the columns are divided",
        precondition_without_the_root_of_d: "divided by the whole denominator on both sides",
        precondition_by_v: "the root of v is missing",
        precondition_with_eps_inside: "ε inside the root",
        precondition_by_stars: "only the diagonal is left",
        precondition_half_done: "D on the left only",
        precondition_the_wrong_way: "multiplied instead of divided",
        precondition_late_eps: "ε is added to the root of the denominator",
        precondition_without_eps: "hard-coded eps",
        precondition_then_eigenvalue: "the largest eigenvalue",
        precondition_then_eigenvalues: "the eigenvalues",
        precondition_by_powers_of_zeros: "a power of the zeros, too",
        precondition_made_symmetric: "made symmetric afterwards",
        precondition_by_the_denominators: "R instead of D",
        precondition_without_any_root: "no root at all",
        precondition_with_d_squared: "only the columns are divided",
        precondition_with_one_index: "only the rows are divided",
    },
    "cut": {
        cut_twice: "every edge counted twice",
        cut_without_quarter: "the quarter is missing",
        cut_halved_twice: "half of the cut",
        cut_within: "the edges within the sides",
        cut_by_weights_for_laplacian: "s·Ws instead of s·Ls",
        cut_counted: "the number of edges",
        cut_along_the_list: "only neighbors in the list",
        cut_by_node: "node by node",
        cut_of_everything: "all edges",
        cut_of_squared_differences: "every edge counted eight times",
        cut_by_absolute_differences: "every edge counted twice",
        cut_with_a_plus: "the edges within the sides",
        cut_by_counted_degrees: "degrees that count the edges",
        cut_of_the_largest: "hard-coded signs",
    },
    "loss-floor": {
        floor_of_coordinates_alone: "Z is left out: the trace of H",
        floor_of_a_product_summed: "the entries of a matrix product",
        floor_linear: "η is not squared",
        floor_without_half: "the half of the loss is missing",
        floor_with_whole_steps: "η instead of half of it",
        floor_matrix: "entry by entry",
        floor_product: "a matrix product",
        floor_of_sum: "Z is left out: the sum of H",
        floor_at_one_rate: "hard-coded learning_rate",
        floor_that_is_the_program: "the value of the program",
        floor_of_half_a_step: "half a step is not squared",
        floor_of_mean_entries: "the mean of the entries",
        floor_of_eigenvalues: "Z is left out: the trace of H",
    },
}


test_right_attempt_passes = rights_pass(RIGHT)
test_wrong_attempt_is_named = wrongs_are_named(WRONG)


@pytest.mark.parametrize(
    ("exercise", "attempt"),
    [
        ("precondition", precondition_above_the_diagonal),
        ("precondition", precondition_with_eps_in_d),
        ("cut", cut_around_the_ring),
        ("cut", cut_in_whole_numbers),
        ("loss-floor", floor_of_sizes),
        ("loss-floor", floor_of_the_upper_triangle),
        ("loss-floor", floor_of_the_first_row_of_signs),
    ],
)
def test_wrong_attempt_without_a_name_is_shown_where_it_fails(exercise, attempt):
    result = check(exercise, attempt, record=False)
    assert not result.passed
    assert result.misconception is None, result
    assert result.evidence.expected != result.evidence.got


def test_one_sided_division_is_shown_on_the_first_matrix_that_tells():
    result = check("precondition", precondition_rows, record=False)
    assert result.evidence == (
        "hessian = [[4, 2], [2, 9]], square_avg = [16, 81], eps = 0",
        "[[1, 0.3333333], [0.3333333, 1]]",
        "[[1, 0.5], [0.2222222, 1]]",
    )


def test_edge_counted_twice_is_shown_on_a_single_edge():
    result = check("cut", cut_twice, record=False)
    assert result.evidence == ("weights = [[0, 3], [3, 0]], signs = [1, -1]", "3", "6")


def test_hessian_that_is_changed_in_place_is_noticed():
    def careless(hessian, square_avg, eps):
        scale = np.sqrt(np.sqrt(square_avg) + eps)
        hessian /= np.outer(scale, scale)
        return hessian.copy()

    result = check("precondition", careless, record=False)
    assert not result.passed
    assert "changes its argument hessian" in result.message
