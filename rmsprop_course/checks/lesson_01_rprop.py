"""A step of rprop, and wrong ones; what it hands back has a module of its own, for length."""

from collections.abc import Callable
from typing import Any

import numpy as np

from rmsprop_course.checks._exercise import Misconception
from rmsprop_course.checks._hard_coded import hard_coded
from rmsprop_course.checks._trial import Attempt

# From the new gradient and the previous one: 1 where signs agree, -1 where they differ, else 0.
Judgment = Callable[[Any, Any], Any]
# From params, grad, judgment, new and old step sizes: new params and the gradient to remember.
Move = Callable[[Any, Any, Any, Any, Any], tuple[Any, Any]]


def judge_signs(grad: Any, previous_grad: Any) -> Any:
    """Return 1 where the signs agree, -1 where they are opposite, and 0 beside a 0."""
    return np.sign(grad) * np.sign(previous_grad)


def _move(params: Any, grad: Any, agree: Any, new: Any, old: Any) -> tuple[Any, Any]:
    remembered = np.where(agree < 0, 0.0, grad)
    return params - new * np.sign(remembered), remembered


def rprop_step(
    *, judge: Judgment = judge_signs, grow: float = 1.2, shrink: float = 0.5, move: Move = _move
) -> Attempt:
    """Return a step of rprop; as it is without arguments, it is right."""

    def step(params: Any, grad: Any, step_size: Any, previous_grad: Any) -> tuple[Any, Any, Any]:
        agree = judge(grad, previous_grad)
        new = step_size * np.where(agree > 0, grow, np.where(agree < 0, shrink, 1.0))
        params, remembered = move(params, grad, agree, new, step_size)
        return params, new, remembered

    return step


RIGHT_STEP = rprop_step()


def wrong_rprop_steps() -> tuple[Misconception, ...]:
    """Return steps that judge, size or move wrongly, or do not use the step size."""
    return (
        *_wrong_judgments(),
        *_wrong_sizes(),
        *_wrong_moves(),
        hard_coded(
            "step_size",
            lambda params, grad, step_size, previous_grad: RIGHT_STEP(
                params, grad, 0.1, previous_grad
            ),
        ),
    )


def _wrong_judgments() -> tuple[Misconception, ...]:
    """Return steps that compare the gradients wrongly."""

    def compare_numbers(grad: Any, previous_grad: Any) -> Any:
        return np.where(grad == previous_grad, 1, -1)

    def compare_signs(grad: Any, previous_grad: Any) -> Any:
        return np.where(np.sign(grad) == np.sign(previous_grad), 1, -1)

    def one_zero_is_opposite(grad: Any, previous_grad: Any) -> Any:
        agree = judge_signs(grad, previous_grad)
        return np.where(np.sign(grad) != np.sign(previous_grad), -1, agree)

    def two_zeros_agree(grad: Any, previous_grad: Any) -> Any:
        both = (grad == 0) & (previous_grad == 0)
        return np.where(both, 1, judge_signs(grad, previous_grad))

    def positive_at_0(grad: Any, previous_grad: Any) -> Any:
        return np.where((grad >= 0) == (previous_grad >= 0), 1, -1)

    def compare_sizes(grad: Any, previous_grad: Any) -> Any:
        return np.where(np.abs(grad) > np.abs(previous_grad), 1, -1)

    return (
        Misconception(
            "same and opposite are swapped",
            "The step size shrinks where the sign stays and grows where it changes.",
            "You pass the minimum: should the next step be longer or shorter?",
            rprop_step(judge=lambda grad, previous_grad: -judge_signs(grad, previous_grad)),
        ),
        Misconception(
            "a 0 counts as the same sign",
            "Where one of the two gradients is 0, the step size grows; it should stay.",
            "What does your condition say when the product of the two is 0?",
            rprop_step(judge=lambda grad, prev: np.where(judge_signs(grad, prev) >= 0, 1, -1)),
        ),
        Misconception(
            "a 0 counts as an opposite sign",
            "Where one of the two gradients is 0, the step size shrinks and the weight rests; the "
            "size should stay and the weight move.",
            "What does your condition say when the product of the two is 0?",
            rprop_step(judge=lambda grad, prev: np.where(judge_signs(grad, prev) > 0, 1, -1)),
        ),
        Misconception(
            "unequal signs count as opposite",
            "Wherever the signs are not equal, the step size shrinks and the weight rests; next to "
            "a 0 they are unequal, but not opposite.",
            "What is the sign of 0, and is it opposite to that of 3?",
            rprop_step(judge=compare_signs),
        ),
        Misconception(
            "a single 0 counts as an opposite sign",
            "Where only one of the two gradients is 0, the step size shrinks and the weight rests; "
            "the size should stay.",
            "What is the sign of 0, and is it opposite to that of 3?",
            rprop_step(judge=one_zero_is_opposite),
        ),
        Misconception(
            "two gradients of 0 count as the same sign",
            "Where both gradients are 0, the step size grows; it should stay.",
            "A weight has the gradient 0 for 1000 steps: what becomes of its step size?",
            rprop_step(judge=two_zeros_agree),
        ),
        Misconception(
            "a 0 counts as positive",
            "A gradient of 0 is taken for a positive one; it has no sign, and the step size should "
            "stay.",
            "Does your condition hold for the gradients 3 and 0? And for -3 and 0?",
            rprop_step(judge=positive_at_0),
        ),
        Misconception(
            "the gradients are compared, not their signs",
            "Gradients of the same sign but another size count as a change.",
            "Does your condition hold for the gradients 3 and 1?",
            rprop_step(judge=compare_numbers),
        ),
        Misconception(
            "the sizes are compared, not the signs",
            "The step size grows where the gradient has become larger; only signs should count.",
            "Does your condition hold for the gradients 1 and 3? And for 3 and -1?",
            rprop_step(judge=compare_sizes),
        ),
        Misconception(
            "one decision for all weights",
            "All weights grow or shrink together; each should follow its own signs.",
            "What do two weights do, of which one changes sign and the other does not?",
            rprop_step(judge=lambda grad, prev: np.sign(np.sum(grad * prev)) + 0 * grad),
        ),
    )


def _wrong_sizes() -> tuple[Misconception, ...]:
    """Return steps with wrong step sizes."""

    def halved_at_0(params: Any, grad: Any, step_size: Any, previous_grad: Any) -> Any:
        agree = judge_signs(grad, previous_grad)
        new = step_size * np.where(agree > 0, 1.2, 0.5)
        params, remembered = _move(params, grad, agree, new, step_size)
        return params, new, remembered

    def set_anew(params: Any, grad: Any, step_size: Any, previous_grad: Any) -> Any:
        agree = judge_signs(grad, previous_grad)
        new = np.where(agree > 0, 1.2, np.where(agree < 0, 0.5, step_size))
        params, remembered = _move(params, grad, agree, new, step_size)
        return params, new, remembered

    def added(params: Any, grad: Any, step_size: Any, previous_grad: Any) -> Any:
        agree = judge_signs(grad, previous_grad)
        new = step_size + np.where(agree > 0, 1.2, np.where(agree < 0, -0.5, 0.0))
        params, remembered = _move(params, grad, agree, new, step_size)
        return params, new, remembered

    return (
        Misconception(
            "1.2 is added and 0.5 subtracted",
            "1.2 is added to the step size and 0.5 is subtracted from it; these are factors.",
            "Can your step size become negative?",
            added,
        ),
        Misconception(
            "divided by 0.5",
            "Where the sign changes, the step size is divided by 0.5, which doubles it.",
            "What becomes of a step size of 0.1 where the sign changes?",
            rprop_step(shrink=2.0),
        ),
        Misconception(
            "set to 1.2 or 0.5, not multiplied",
            "The step size becomes 1.2 or 0.5, whatever it was; these are factors.",
            "What becomes of a step size of 0.1 where the sign stays?",
            set_anew,
        ),
        Misconception(
            "a 0 halves the step size",
            "Where one of the two gradients is 0, the step size shrinks; it should stay.",
            "Which of the three cases does your `else` stand for?",
            halved_at_0,
        ),
        Misconception(
            "the step size does not grow",
            "Where the sign stays, the step size stays too; it should grow.",
            "What becomes of a step size of 0.1 where the sign stays?",
            rprop_step(grow=1.0),
        ),
        Misconception(
            "the step size does not shrink",
            "Where the sign changes, the step size stays; it should shrink.",
            "What becomes of a step size of 0.1 where the sign changes?",
            rprop_step(shrink=1.0),
        ),
        Misconception(
            "the step size never changes",
            "The step size stays as it is, so this is sign descent with a rest where signs change.",
            "What becomes of a step size of 0.1 where the sign stays?",
            rprop_step(grow=1.0, shrink=1.0),
        ),
        Misconception(
            "shrinks by 1/1.2",
            "A change of sign only takes the last growth back; the factor should be 0.5.",
            "What becomes of a step size of 0.1 where the sign changes?",
            rprop_step(shrink=1 / 1.2),
        ),
        Misconception(
            "1.2 and 0.5 swapped",
            "The step size is halved where the sign stays and grows where it changes.",
            "You pass the minimum: should the next step be longer or shorter?",
            rprop_step(grow=0.5, shrink=1.2),
        ),
    )


def _wrong_moves() -> tuple[Misconception, ...]:
    """Return steps that move the weight wrongly."""

    def moved(move: Callable[[Any, Any, Any, Any, Any], Any]) -> Attempt:
        """Return a step that moves wrongly and remembers rightly."""
        return rprop_step(
            move=lambda params, grad, agree, new, old: (
                move(params, grad, agree, new, old),
                np.where(agree < 0, 0.0, grad),
            )
        )

    def back(params: Any, grad: Any, agree: Any, new: Any, old: Any) -> Any:
        # where the sign has changed, the previous gradient had the opposite one
        return np.where(agree < 0, params - old * np.sign(grad), params - new * np.sign(grad))

    return (
        Misconception(
            "it moves where the sign changes",
            "Where the sign changes, the weight takes a shorter step; it should rest.",
            "Print the weight before and after a change of sign: is it the same?",
            moved(lambda params, grad, agree, new, old: params - new * np.sign(grad)),
        ),
        Misconception(
            "the last step is taken back",
            "Where the sign changes, the weight goes back by the old step size, as in another "
            "version of rprop; here it rests.",
            "Print the weight before and after a change of sign: is it the same?",
            moved(back),
        ),
        Misconception(
            "the old step size moves",
            "The weight moves by the step size that it had; it should move by the new one.",
            "Which comes first, the new step size or the move?",
            moved(
                lambda params, grad, agree, new, old: (
                    params - old * np.sign(np.where(agree < 0, 0.0, grad))
                )
            ),
        ),
        Misconception(
            "times the gradient, not its sign",
            "The step is the step size times the gradient; the size of the gradient should not "
            "matter.",
            "If the gradient becomes ten times as large, what should become of the step?",
            moved(
                lambda params, grad, agree, new, old: params - new * np.where(agree < 0, 0.0, grad)
            ),
        ),
        Misconception(
            "it climbs",
            "The weight moves along the sign of the gradient; descent moves against it.",
            "The gradient is positive: on which side is the minimum?",
            moved(
                lambda params, grad, agree, new, old: (
                    params + new * np.sign(np.where(agree < 0, 0.0, grad))
                )
            ),
        ),
        Misconception(
            "always downward",
            "The step size is subtracted whatever the sign of the gradient is.",
            "In which direction should a negative gradient carry the weight?",
            moved(lambda params, grad, agree, new, old: params - new * (agree >= 0)),
        ),
        Misconception(
            "it rests where a gradient is 0, too",
            "The weight moves only where the signs agree, so it rests again after each rest.",
            "What does your weight do in the very first step, when the previous gradient is 0?",
            moved(lambda params, grad, agree, new, old: params - new * np.sign(grad) * (agree > 0)),
        ),
        Misconception(
            "sign descent",
            "The step size never changes and the weight never rests, as in sign descent; both "
            "should follow from the signs.",
            "Where in your code is `previous_grad`?",
            lambda params, grad, step_size, previous_grad: (
                params - step_size * np.sign(grad),
                step_size,
                grad,
            ),
        ),
        Misconception(
            "the weight never moves",
            "The parameters come back as they were.",
            "Which line of your code changes the parameters?",
            moved(lambda params, grad, agree, new, old: params),
        ),
    )
