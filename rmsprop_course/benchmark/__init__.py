"""Times the optimizer's step against the floor that memory sets: ``rmsprop-course bench``.

The JSON of a run is an object with the fields of `Report` as keys: ``device``, ``versions``,
``date``, ``bandwidth_bytes_per_s``, ``copy_bandwidth_bytes_per_s``, ``n_threads``, ``n_rounds``,
``quick``, ``left_out`` (a list of reasons) and ``rows``. Each row is an object with the fields of
`Row`: ``case``, ``optimizer``, ``variant``, ``median_ms``, ``vs_torch``, ``vs_floor`` and
``peak_extra_bytes``. What could not be measured is null.
"""

# A folder, because each question is a file of its own: which parameters (`_cases`), who steps them
# (`_contenders`), where (`_devices`), how the time is taken (`_timing`) and the memory (`_memory`),
# and what comes out (`_results`). `_run` puts them together. `results/` holds what was recorded on
# other machines.

from rmsprop_course.benchmark._cases import CASES, Case, gpt2_shapes, resnet50_shapes
from rmsprop_course.benchmark._results import Report, Row, format_table, load_results
from rmsprop_course.benchmark._run import run
from rmsprop_course.benchmark._timing import measure_bandwidth

__all__ = [
    "CASES",
    "Case",
    "Report",
    "Row",
    "format_table",
    "gpt2_shapes",
    "load_results",
    "measure_bandwidth",
    "resnet50_shapes",
    "run",
]
