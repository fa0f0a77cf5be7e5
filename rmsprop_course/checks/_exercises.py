"""The list of all exercises, in the order of the lessons."""

from rmsprop_course.checks._exercise import Exercise

_LISTED = (
    Exercise("mean-square", "00", "The mean square", "(values) -> mean"),
    Exercise("stability-limit", "01", "The stability limit", "(curvatures) -> learning_rate"),
    Exercise(
        "rprop-step",
        "01",
        "Rprop",
        "(params, grad, step_size, previous_grad) -> (params, step_size, grad)",
    ),
    Exercise("net-drift", "01", "The drift", "(grads, divisors) -> drift"),
    Exercise("moving-average", "02", "Write the average", "(values, decay) -> averages"),
    Exercise("decay-from-half-life", "02", "From γ to half-life and back", "(half_life) -> decay"),
    Exercise("unbiased-average", "02", "Start without bias", "(values, decay) -> averages"),
    Exercise("root-mean-square", "02", "Two signals of different scale", "(grad, decay) -> roots"),
    Exercise(
        "first-step",
        "03",
        "The first step",
        "(grad, learning_rate, decay, initial_square_avg) -> change",
    ),
    Exercise("decay-from-two-steps", "03", "γ from two steps", "(first, second) -> decay"),
    Exercise(
        "eps-that-slows", "03", "Make ε matter", "(grad_size, slowdown, eps_inside_sqrt) -> eps"
    ),
    Exercise(
        "rmsprop-step",
        "04",
        "The update",
        "(params, grad, square_avg, *, learning_rate, decay, eps) -> (params, square_avg)",
    ),
    Exercise(
        "step-all",
        "04",
        "A memory for every coordinate",
        "(params, grads, square_avgs, **settings) -> (params, square_avgs), each a dict",
    ),
    Exercise(
        "momentum-step",
        "04",
        "Momentum in both places",
        "(params, grad, (square_avg, buffer), *, learning_rate, momentum, lr_in_momentum)"
        " -> (params, (square_avg, buffer))",
    ),
    Exercise(
        "centered-step",
        "04",
        "Centered variance",
        "(params, grad, (square_avg, grad_avg), *, learning_rate, decay, eps)"
        " -> (params, (square_avg, grad_avg))",
    ),
    Exercise(
        "find-the-bug",
        "04",
        "Find the bug",
        "four functions (params, grad, square_avg, *, learning_rate) -> (params, square_avg)",
    ),
    Exercise(
        "steps-when-turned",
        "05",
        "Rotate the valley",
        "(optimizer, learning_rate, degrees) -> n_steps",
    ),
    Exercise("momentum-map", "05", "Draw a map", "(learning_rates, masses) -> n_steps"),
    Exercise(
        "amplitude", "05", "Predict the amplitude", "(learning_rate, curvature, eps) -> amplitude"
    ),
    Exercise(
        "torch-rmsprop", "06", "The step", "class (params, lr, alpha, eps) of torch.optim.Optimizer"
    ),
    Exercise("parameter-groups", "06", "A second parameter group", "(network) -> groups"),
    Exercise(
        "state-that-survives",
        "06",
        "State that survives a reload",
        "class (params, lr, alpha, eps) of torch.optim.Optimizer",
    ),
    Exercise("largest-lost-gradient", "06", "Why float16 explodes", "(alpha) -> grad_size"),
    Exercise(
        "bytes-of-a-step",
        "07",
        "Momentum, centering, half precision",
        "(n_averages, param_bytes, average_bytes) -> n_bytes",
    ),
    Exercise(
        "sign-descent-kernel",
        "07",
        "A kernel for sign descent",
        "(params, grads, lr), which Numba compiles and which changes params",
    ),
    Exercise("gain", "07", "Predict, then measure", "(share, speed_up) -> gain"),
    Exercise(
        "tune",
        "08",
        "Tune under a budget",
        "(run, low, high, n_runs, n_seeds) -> learning_rate",
    ),
    Exercise("eps-that-breaks", "08", "Break it with ε", "(frequency, n_classes, decay) -> eps"),
    Exercise(
        "scale-with-batch",
        "08",
        "Another batch size",
        "(factor, learning_rate, decay, eps) -> (learning_rate, decay, eps)",
    ),
    Exercise(
        "critical-curvature",
        "09",
        "Where does it converge?",
        "(learning_rate, eps, eps_inside_sqrt, momentum) -> curvature",
    ),
    Exercise("periodic-drift", "09", "The drift of a period", "(grads, decay) -> drift"),
    Exercise("longest-period", "09", "Which γ is enough?", "(decay) -> period"),
    Exercise(
        "precondition", "10", "Precondition a Hessian", "(hessian, square_avg, eps) -> matrix"
    ),
    Exercise("loss-floor", "10", "The loss floor", "(hessian, gram, learning_rate) -> loss"),
    Exercise("cut", "10", "The weight of a cut", "(weights, signs) -> weight"),
    Exercise(
        "settings-for-pytorch",
        "11",
        "Translate a paper's settings",
        "(learning_rate, decay, momentum, eps) -> (lr, alpha, eps, momentum)",
    ),
    Exercise("decay-from-tau", "11", "γ from an averaging time", "(tau) -> decay"),
    Exercise("steps-until-alike", "11", "How long is it false?", "(decay, tolerance) -> n_steps"),
)

EXERCISES = {exercise.id: exercise for exercise in _LISTED}
"""All exercises by their id, in the order of the lessons."""
