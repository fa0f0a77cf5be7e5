"""Exercises of lesson 07, the speed of a step: its bytes, a kernel, and what a faster one gains."""

from rmsprop_course.checks._exercise import Material, Misconception
from rmsprop_course.checks._hard_coded import hard_coded
from rmsprop_course.checks._probes import call
from rmsprop_course.checks.lesson_07_kernel import run, sign_descent, wrong_kernels


def _bytes_of_a_step(n_averages: int, param_bytes: int, average_bytes: int) -> int:
    return 3 * param_bytes + 2 * n_averages * average_bytes


def _wrong_bytes() -> tuple[Misconception, ...]:
    return (
        Misconception(
            "averages are only read",
            "Each average is counted once; it is read and written.",
            "Where is the new average after the step?",
            lambda n, p, a: 3 * p + n * a,
        ),
        Misconception(
            "the gradient is written too",
            "The gradient is counted twice; a step only reads it.",
            "Does the step change the gradient?",
            lambda n, p, a: 4 * p + 2 * n * a,
        ),
        Misconception(
            "the gradient is left out",
            "Parameter and gradient make two trips here; there is a third.",
            "What has to be read, besides the parameter, and what is written?",
            lambda n, p, a: 2 * p + 2 * n * a,
        ),
        Misconception(
            "nothing is written",
            "Only what is read is counted; the step changes the parameter and the averages.",
            "Which numbers are others after the step than before?",
            lambda n, p, a: 2 * p + n * a,
        ),
        Misconception(
            "averages as large as parameters",
            "An average is counted with the bytes of a parameter; it has a size of its own.",
            "How many bytes has v, if the weights are bfloat16 and v is float32?",
            lambda n, p, a: (3 + 2 * n) * p,
        ),
        Misconception(
            "parameters as large as averages",
            "Parameter and gradient are counted with the bytes of an average.",
            "How many bytes has a weight in bfloat16, if v is float32?",
            lambda n, p, a: (3 + 2 * n) * a,
        ),
        Misconception(
            "the sizes are swapped",
            "The parameter has the bytes of an average here, and the averages have its bytes.",
            "Which of the two sizes belongs to what is there `n_averages` times?",
            lambda n, p, a: 3 * a + 2 * n * p,
        ),
        Misconception(
            "numbers, not bytes",
            "This is how many numbers are moved; each has several bytes.",
            "In which unit is what you return?",
            lambda n, p, a: 3 + 2 * n,
        ),
        Misconception(
            "bits, not bytes",
            "This is eight times too much.",
            "In which unit is what you return?",
            lambda n, p, a: 8 * (3 * p + 2 * n * a),
        ),
        Misconception(
            "one average less",
            "v itself is left out: momentum and centering come on top of it.",
            "Plain RMSProp has one average: how many bytes does your function give for 1?",
            lambda n, p, a: 3 * p + 2 * (n - 1) * a,
        ),
        Misconception(
            "one average too many",
            "`n_averages` counts all of them; v is in it.",
            "Plain RMSProp has one average: how many bytes does your function give for 1?",
            lambda n, p, a: 3 * p + 2 * (n + 1) * a,
        ),
        Misconception(
            "all trips for every average",
            "Parameter and gradient are counted anew for each average; they move once.",
            "With three averages, how often is the parameter read?",
            lambda n, p, a: n * (3 * p + 2 * a),
        ),
        hard_coded("n_averages", lambda n, p, a: 3 * p + 2 * a),
        hard_coded("param_bytes", lambda n, p, a: 3 * 4 + 2 * n * a),
        hard_coded("average_bytes", lambda n, p, a: 3 * p + 2 * n * 4),
    )


def _gain(share: float, speed_up: float) -> float:
    return 1 / (1 - share + share / speed_up)


def _wrong_gains() -> tuple[Misconception, ...]:
    return (
        Misconception(
            "the new time instead of the gain",
            "This is how long the step takes afterwards, if it took 1 before.",
            "Half the time: how many times as fast is that?",
            lambda p, s: 1 - p + p / s,
        ),
        Misconception(
            "the time saved",
            "This is the part of the time that is saved; the gain compares old time and new.",
            "What would be returned if the whole became twice as fast?",
            lambda p, s: p - p / s,
        ),
        Misconception(
            "the rest takes no time",
            "Only the optimizer's new time is counted; the rest keeps its own.",
            "What else happens in a training step, and how long does it take now?",
            lambda p, s: s / p,
        ),
        Misconception(
            "all becomes that fast",
            "The whole is `speed_up` times as fast here; only a share of it is.",
            "What is the gain if the share is 0?",
            lambda p, s: s,
        ),
        Misconception(
            "the limit for an optimizer without cost",
            "The optimizer takes no time here; it still takes a part of what it took.",
            "What is the gain if `speed_up` is 1?",
            lambda p, s: 1 / (1 - p),
        ),
        Misconception(
            "a mean of gains",
            "The gains are averaged; what adds up is times.",
            "Share 1/2, four times as fast: how long do both halves take together?",
            lambda p, s: 1 - p + p * s,
        ),
        Misconception(
            "the optimizer's time is multiplied",
            "The optimizer takes `speed_up` times as long here.",
            "What becomes of a time of 1 s, if something gets four times as fast?",
            lambda p, s: 1 / (1 - p + p * s),
        ),
        Misconception(
            "the optimizer's time above the fraction bar",
            "Only 1 - `share` stands below the fraction bar; the optimizer's new time is added "
            "to the result.",
            "What does Python compute first in `1 / a + b`?",
            lambda p, s: 1 / (1 - p) + p / s,
        ),
        Misconception(
            "the share is lost",
            "The optimizer's new time is 1/`speed_up` here; it is that part of its share.",
            "The share is 0.8 and it becomes four times as fast: how long does it take now?",
            lambda p, s: 1 / (1 - p + 1 / s),
        ),
        Misconception(
            "the rest is counted whole",
            "The optimizer's new time is added to the whole old time.",
            "What do both parts sum to if `speed_up` is 1?",
            lambda p, s: 1 / (1 + p / s),
        ),
        Misconception(
            "the shares are swapped",
            "The rest becomes faster here, and the optimizer stays as it was.",
            "Which part does `share` belong to?",
            lambda p, s: 1 / (p + (1 - p) / s),
        ),
        Misconception(
            "the arguments are swapped",
            "`share` comes first and `speed_up` second.",
            "In which order does the signature name them?",
            lambda p, s: _gain(s, p),
        ),
        Misconception(
            "by how much more, not how many times",
            "1 is subtracted: twice as fast is a gain of 2.",
            "What should be returned if nothing becomes faster?",
            lambda p, s: _gain(p, s) - 1,
        ),
        Misconception(
            "percent",
            "This is a hundred times too much.",
            "What should be returned if nothing becomes faster?",
            lambda p, s: 100 * _gain(p, s),
        ),
        hard_coded("share", lambda p, s: _gain(0.5, s)),
        hard_coded("speed_up", lambda p, s: _gain(p, 2.0)),
    )


MATERIAL = {
    "bytes-of-a-step": Material(
        reference=_bytes_of_a_step,
        probes=(
            call(1, 4, 4),
            call(3, 4, 4, varies="n_averages"),
            call(3, 2, 4, varies="param_bytes"),
            call(3, 2, 8, varies="average_bytes"),
            call(0, 4, 2),
        ),
        misconceptions=_wrong_bytes(),
        returns="n_bytes",
    ),
    "sign-descent-kernel": Material(
        reference=sign_descent,
        probes=(
            run([1.0, 1.0, 1.0], [2.0, -0.5, 0.0], 0.25, anew=True),
            run([1.0, 1.0, 1.0], [2.0, -0.5, 0.0], 0.5, varies="lr"),
            run([5.0, -3.0, 0.5, 0.0, 2.0], [1e-20, 100.0, -1e-20, 0.0, -0.25], 0.125),
        ),
        misconceptions=wrong_kernels(),
        seconds=30.0,  # the first compilation of all takes long on a busy machine
    ),
    "gain": Material(
        reference=_gain,
        probes=(
            call(0.5, 2.0),
            call(0.5, 4.0, varies="speed_up"),
            call(0.8, 4.0, varies="share"),
            call(0.2, 3.0),
            call(0.25, 1.0),
        ),
        misconceptions=_wrong_gains(),
        returns="gain",
    ),
}
