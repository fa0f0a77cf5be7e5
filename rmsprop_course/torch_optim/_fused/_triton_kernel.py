"""What Triton compiles: the step of one chunk, in the order in which it reads and writes memory.

Everything in capitals is known when it is compiled: a flag that is off leaves no trace.
"""

from rmsprop_course._extras import extra

with extra("course"):
    import triton
    import triton.language as tl


@triton.jit(do_not_specialize=["n_tensors"])
def step(
    places,
    chunks,
    n_tensors,
    numbers,
    lr,
    finished,  # None: the steps were counted on the CPU
    corrections,  # None: found from the count of steps
    grad_scale,
    found_inf,
    PARAM: tl.constexpr,
    GRAD: tl.constexpr,
    SQUARE_AVG: tl.constexpr,
    GRAD_AVG: tl.constexpr,
    BUFFER: tl.constexpr,
    STEP: tl.constexpr,
    COMPUTED: tl.constexpr,
    MAXIMIZE: tl.constexpr,
    WEIGHT_DECAY: tl.constexpr,
    DECOUPLED: tl.constexpr,
    BIAS_CORRECTION: tl.constexpr,
    CENTERED: tl.constexpr,
    EPS_INSIDE_SQRT: tl.constexpr,
    EPS_VANISHES: tl.constexpr,
    MOMENTUM: tl.constexpr,
    LR_IN_MOMENTUM: tl.constexpr,
    NESTEROV: tl.constexpr,
    ALIGNED: tl.constexpr,
    CHUNK: tl.constexpr,
    BLOCK: tl.constexpr,
):
    """Step one chunk, each program its own."""
    if found_inf is not None:
        if tl.load(found_inf) != 0:
            return
    chunk = chunks + 4 * tl.program_id(0).to(tl.int64)
    tensor, first = tl.load(chunk), tl.multiple_of(tl.load(chunk + 1), CHUNK)
    size, n_chunks = tl.load(chunk + 2).to(tl.int32), tl.load(chunk + 3)
    place = places + tensor
    param = _start(place, PARAM, ALIGNED) + first
    grad = _start(place + n_tensors, GRAD, ALIGNED) + first
    square_avg = _start(place + 2 * n_tensors, SQUARE_AVG, ALIGNED) + first
    grad_avg = _start(place + 3 * n_tensors, GRAD_AVG, ALIGNED) + first
    buffer = _start(place + 4 * n_tensors, BUFFER, ALIGNED) + first

    rate, weight_decay = tl.load(lr).to(tl.float64), tl.load(numbers + 4)
    keep = (1 - rate * weight_decay).to(COMPUTED)
    rate, weight_decay = rate.to(COMPUTED), weight_decay.to(COMPUTED)
    alpha, share = tl.load(numbers + 1).to(COMPUTED), tl.load(numbers + 2).to(COMPUTED)
    eps, momentum = tl.load(numbers + 3).to(COMPUTED), tl.load(numbers + 5).to(COMPUTED)
    if finished is not None:
        counter = _start(place + 5 * n_tensors, STEP, False)
        count = tl.load(counter).to(tl.float64) + 1
    if not BIAS_CORRECTION:
        correction = keep  # is not read
    elif corrections is not None:
        correction = tl.load(corrections + tensor).to(COMPUTED)
    else:
        correction = (-1 / _expm1(count * tl.load(numbers + 6))).to(COMPUTED)

    # fmt: off
    if size == CHUNK:  # without a mask four numbers are read at once
        for begin in range(0, CHUNK, BLOCK):
            _update(
                param, grad, square_avg, grad_avg, buffer, begin + tl.arange(0, BLOCK), None,
                rate, alpha, share, eps, momentum, weight_decay, keep, correction, grad_scale,
                COMPUTED, MAXIMIZE, WEIGHT_DECAY, DECOUPLED, BIAS_CORRECTION, CENTERED,
                EPS_INSIDE_SQRT, EPS_VANISHES, MOMENTUM, LR_IN_MOMENTUM, NESTEROV,
            )
    else:
        for begin in range(0, size, BLOCK):
            numbers_here = begin + tl.arange(0, BLOCK)
            _update(
                param, grad, square_avg, grad_avg, buffer, numbers_here, numbers_here < size,
                rate, alpha, share, eps, momentum, weight_decay, keep, correction, grad_scale,
                COMPUTED, MAXIMIZE, WEIGHT_DECAY, DECOUPLED, BIAS_CORRECTION, CENTERED,
                EPS_INSIDE_SQRT, EPS_VANISHES, MOMENTUM, LR_IN_MOMENTUM, NESTEROV,
            )
    # fmt: on

    if finished is not None:
        tl.debug_barrier()  # all threads have read the count
        if tl.atomic_add(finished + tensor, 1) == n_chunks - 1:  # the last of this tensor's
            tl.store(counter, count.to(STEP))
            tl.store(finished + tensor, 0)


# fmt: off
@triton.jit
def _update(
    param_at, grad_at, square_avg_at, grad_avg_at, buffer_at, here, inside,
    rate, alpha, share, eps, momentum, weight_decay, keep, correction, grad_scale,
    COMPUTED: tl.constexpr, MAXIMIZE: tl.constexpr, WEIGHT_DECAY: tl.constexpr,
    DECOUPLED: tl.constexpr, BIAS_CORRECTION: tl.constexpr, CENTERED: tl.constexpr,
    EPS_INSIDE_SQRT: tl.constexpr, EPS_VANISHES: tl.constexpr, MOMENTUM: tl.constexpr,
    LR_IN_MOMENTUM: tl.constexpr, NESTEROV: tl.constexpr,
):
    # fmt: on
    """Step the numbers `here`: line by line the arithmetic of `_single_tensor`."""
    param = tl.load(param_at + here, inside).to(COMPUTED)
    grad = tl.load(grad_at + here, inside).to(COMPUTED)
    square_avg = tl.load(square_avg_at + here, inside).to(COMPUTED)
    if grad_scale is not None:
        grad = _ratio(grad, tl.load(grad_scale).to(COMPUTED))
        _store(grad_at + here, grad, inside)
    if MAXIMIZE:
        grad = -grad
    if WEIGHT_DECAY:
        grad += weight_decay * param
    if DECOUPLED:
        param *= keep

    square_avg = alpha * square_avg + share * grad * grad
    _store(square_avg_at + here, square_avg, inside)
    variance = square_avg
    if BIAS_CORRECTION:
        variance *= correction
    if CENTERED:
        mean = tl.load(grad_avg_at + here, inside).to(COMPUTED)
        way = grad - mean
        mean = tl.where(share < 0.5, mean + share * way, grad - alpha * way)
        _store(grad_avg_at + here, mean, inside)
        if BIAS_CORRECTION:
            mean *= correction
        variance -= mean * mean
        variance = tl.where(variance < 0, 0.0, variance)  # a NaN stays

    if EPS_INSIDE_SQRT:
        denominator = _sqrt(variance + eps)
    else:
        denominator = _sqrt(variance) + eps
    if EPS_VANISHES:
        denominator = tl.where(grad == 0, 1.0, denominator)  # no gradient, no step
    move = _ratio(grad, denominator)
    if MOMENTUM:
        if LR_IN_MOMENTUM:
            move *= rate
        buffer = momentum * tl.load(buffer_at + here, inside).to(COMPUTED) + move
        _store(buffer_at + here, buffer, inside)
        if NESTEROV:
            move += momentum * buffer
        else:
            move = buffer
    if not (MOMENTUM and LR_IN_MOMENTUM):
        move *= rate
    _store(param_at + here, param - move, inside)


@triton.jit
def _store(at, numbers, inside):
    """Round to the dtype that is kept."""
    tl.store(at, numbers.to(at.dtype.element_ty), inside)


@triton.jit
def _start(place, DTYPE: tl.constexpr, ALIGNED: tl.constexpr):
    """Take an address for that of a number."""
    pointer = tl.load(place).to(tl.pointer_type(DTYPE))
    if ALIGNED:
        pointer = tl.multiple_of(pointer, 16)
    return pointer


@triton.jit
def _sqrt(x):
    """Round correctly: in float32 the plain root is approximate."""
    if x.dtype == tl.float64:
        return tl.sqrt(x)
    else:
        return tl.sqrt_rn(x)


@triton.jit
def _ratio(x, y):
    """Round correctly: in float32 the plain ratio is approximate."""
    if x.dtype == tl.float64:
        return x / y
    else:
        return tl.div_rn(x, y)


@triton.jit
def _expm1(x):
    """Return exp(x) - 1 without loss near 0: Kahan's formula."""
    power = tl.exp(x)
    return tl.where(power == 1, x, (power - 1) * x / tl.log(power))
