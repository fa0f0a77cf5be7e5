"""The checks of settings: what passes unchanged, and messages of setting, rule and value."""

import re

import numpy as np
import pytest

from rmsprop_course._extras import extra
from rmsprop_course._settings import (
    as_float_array,
    as_numbers,
    broadcast_shape,
    in_range,
    is_count,
    is_flag,
)


def raises(error, message):
    return pytest.raises(error, match=f"^{re.escape(message)}$")


# Arrays of floats


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble, ">f4"])
def test_float_arrays_pass_as_they_are(dtype):
    array = np.ones((2, 3), dtype=dtype)
    assert as_float_array("params", array) is array


@pytest.mark.parametrize("value", [1.0, [1.0, 2], [[0.5]], np.float32(1), []])
def test_what_numpy_reads_as_floats_becomes_an_array(value):
    array = as_float_array("params", value)
    np.testing.assert_array_equal(array, np.array(value))
    assert array.dtype == np.asarray(value).dtype


@pytest.mark.parametrize(
    ("value", "dtype"),
    [([1, 2], "int64"), (True, "bool"), (1j, "complex128"), ("a", "<U1"), (None, "object")],
)
def test_other_dtypes_are_refused_by_name(value, dtype):
    array = np.asarray(value, dtype=dtype)
    with raises(TypeError, f"grad must hold floating-point numbers, got dtype {dtype}"):
        as_float_array("grad", array)


@pytest.mark.parametrize("check", [as_float_array, as_numbers])
def test_rows_of_different_length_are_refused(check):
    with raises(ValueError, "grad must have rows of one length, got [[1.0], [1.0, 2.0]]"):
        check("grad", [[1.0], [1.0, 2.0]])


# Numbers


@pytest.mark.parametrize(
    "value", [3, 0.5, np.int8(-3), np.uint64(2**40), [1, 2.5], np.ones(2, "f2")]
)
def test_real_numbers_become_float64(value):
    array = as_numbers("eps", value)
    assert array.dtype == np.float64
    np.testing.assert_array_equal(array, value)


@pytest.mark.parametrize(
    "value",
    ["1", b"1", None, True, np.True_, 1j, [1, None], ["1"], {}, {1}, np.timedelta64(1)],
)
def test_what_is_not_a_real_number_is_refused(value):
    with raises(TypeError, f"eps must be a number or an array of numbers, got {value!r}"):
        as_numbers("eps", value)


# Ranges


@pytest.mark.parametrize("value", [0, 0.0, 0.5, 1 - 2**-53, [0, 0.5], np.array([[0.25]]), []])
def test_values_in_range_come_back_unchanged(value):
    array = in_range("decay", value, 0, 1)
    np.testing.assert_array_equal(array, np.asarray(value, dtype=np.float64))
    assert array.shape == np.shape(value)


@pytest.mark.parametrize(
    ("value", "got"),
    [
        (1, "1"),
        (1.5, "1.5"),
        (-0.5, "-0.5"),
        (1.0000001, "1.0000001"),
        (-1e-30, "-1e-30"),
        (np.nan, "nan"),
        (np.inf, "inf"),
        ([0.5, 1.5, -7], "1.5"),
        (np.array([[0.5], [np.nan]]), "nan"),
    ],
)
def test_values_out_of_range_are_named(value, got):
    with raises(ValueError, f"decay must be in [0, 1), got {got}"):
        in_range("decay", value, 0, 1)


def test_a_range_may_include_its_upper_end():
    assert in_range("share", 1, 0, 1, closed=True) == 1
    with raises(ValueError, "share must be in [0, 1], got 1.25"):
        in_range("share", 1.25, 0, 1, closed=True)


def test_a_range_may_exclude_its_lower_end():
    assert in_range("steps", 5e-324, 0, positive=True) == 5e-324
    with raises(ValueError, "steps must be in (0, inf), got 0"):
        in_range("steps", 0, 0, positive=True)


def test_a_range_of_other_ends_is_written_out():
    with raises(ValueError, "increase must be in [1, 2.5), got 0.5"):
        in_range("increase", 0.5, 1, 2.5)


def test_ranges_are_for_numbers():
    with raises(TypeError, "decay must be a number or an array of numbers, got '0.5'"):
        in_range("decay", "0.5", 0, 1)


# Flags, counts, shapes


@pytest.mark.parametrize("value", [True, False, np.True_, np.False_])
def test_flags_become_bool(value):
    assert is_flag("centered", value) is bool(value)


@pytest.mark.parametrize("value", [1, 0, 1.0, "True", None, np.array(True), [True]])
def test_other_truths_are_refused(value):
    with raises(TypeError, f"centered must be True or False, got {value!r}"):
        is_flag("centered", value)


@pytest.mark.parametrize("value", [0, 3, np.int32(3), np.uint8(3), 10**15])
def test_counts_become_int(value):
    assert is_count("n_steps", value) == value
    assert type(is_count("n_steps", value)) is int


@pytest.mark.parametrize("value", [2.5, 3.0, "3", None, True, np.True_, [3], np.array(3)])
def test_what_is_no_whole_number_is_refused(value):
    with raises(TypeError, f"n_steps must be a whole number, got {value!r}"):
        is_count("n_steps", value)


def test_negative_counts_are_refused():
    with raises(ValueError, "n_steps must be in [0, inf), got -1"):
        is_count("n_steps", -1)


def test_shapes_broadcast_together():
    settings = {"decay": np.ones(()), "eps": np.ones((3, 1, 1)), "rate": np.ones((4, 1))}
    assert broadcast_shape((2,), **settings) == (3, 4, 2)
    assert broadcast_shape((2,)) == (2,)


def test_the_setting_that_does_not_broadcast_is_named():
    with raises(ValueError, "eps must broadcast against shape (4, 2), got (3,)"):
        broadcast_shape((2,), decay=np.ones((4, 1)), eps=np.ones(3), rate=np.ones(7))


# Extras


def test_a_missing_package_names_the_extra_that_brings_it():
    message = 'not_a_package is not installed: pip install "rmsprop-course[course]"'
    with raises(ModuleNotFoundError, message), extra("course"):
        import not_a_package.submodule  # noqa: F401


def test_a_missing_module_of_the_course_itself_is_no_missing_extra():
    with raises(ModuleNotFoundError, "No module named 'rmsprop_course.nowhere'"), extra("course"):
        import rmsprop_course.nowhere  # noqa: F401


def test_other_errors_of_an_import_pass():
    with raises(ImportError, "broken"), extra("course"):
        raise ImportError("broken")
    with extra("course"):
        import json  # noqa: F401
