"""The optimizer class: its settings, its state, and which path computes the step."""

from collections.abc import Callable
from typing import Any, Self

from rmsprop_course._extras import extra
from rmsprop_course.conventions import torch_settings
from rmsprop_course.torch_optim import _checkpoints, _paths, _state
from rmsprop_course.torch_optim._fused import Fused, Step
from rmsprop_course.torch_optim._rules import ADDED_TO_TORCH, NOT_IN_TORCH, check_settings
from rmsprop_course.torch_optim._scaling import scaling_of
from rmsprop_course.torch_optim._tensors import Tensors

with extra("torch"):
    import torch
    from torch import Tensor
    from torch.optim.optimizer import (
        Optimizer,
        ParamsT,
        _use_grad_for_differentiable,
    )


class RMSprop(Optimizer):
    r"""RMSProp with the interface of ``torch.optim.RMSprop``, and every convention in use.

    Replace ``torch.optim.RMSprop`` by this class and nothing else changes: arguments, defaults,
    state and checkpoints are the same, and so are the numbers. Beyond it stand the settings after
    ``fused``, sound arithmetic where PyTorch's gives NaN or infinity, and checks.

    Parameters
    ----------
    params : iterable of Tensor, of (str, Tensor) or of dict
        Parameters θ, or groups of them with settings of their own.
    lr : float or Tensor of one number
        Learning rate η, in units of the parameters.
    alpha : float
        Decay γ of the averages, dimensionless, in [0, 1).
    eps : float
        ε, in units of g, or of g² with `eps_inside_sqrt`.
    weight_decay : float
        λ: adds λθ to the gradient, or see `decoupled_weight_decay`.
    momentum : float
        μ, dimensionless, in [0, 1).
    centered : bool
        Divide by the standard deviation of the gradient instead of its root mean square.
    capturable : bool
        Keep the count of steps on the parameter's device, so that a CUDA graph can hold the step.
    foreach : bool, optional
        Compute by calls that take lists of tensors. None: where all parameters are on a GPU.
    maximize : bool
        Ascend: the gradient is negated first.
    differentiable : bool
        Let autograd through the step, also with respect to an `lr` that requires a gradient.
    fused : bool, optional
        Compute all parameters in one pass over memory. None: on the CPU, from 2¹⁸ numbers in a
        group on, unless `foreach` is given.
    eps_inside_sqrt : bool
        Denominator √(v + ε) instead of √v + ε.
    initial_square_avg : float
        v₀, in units of g².
    lr_in_momentum : bool
        Momentum collects η u instead of u, which differs when the learning rate changes.
    decoupled_weight_decay : bool
        Take ηλθ from the parameter before the step; the gradient is left alone.
    nesterov : bool
        Step by u + μb instead of b.
    bias_correction : bool
        Divide the averages by 1 - γᵗ, the sum of their weights.
    state_dtype : torch.dtype, optional
        Of the averages: float16, bfloat16, float32 or float64. None: float32 for parameters in
        float16 or bfloat16, and the parameter's dtype otherwise.

    Raises
    ------
    TypeError
        If a setting is of another type.
    ValueError
        If a setting is out of its range, NaN, or undefined together with another, as below.
    RuntimeError
        If two ways to compute are asked for at once.

    Notes
    -----
    One step, for each number of a parameter (a complex number counts as two):

    .. math::
        g &\leftarrow \pm\nabla L + \lambda\theta \\
        v &\leftarrow \gamma v + (1-\gamma)\, g^2, \qquad m \leftarrow \gamma m + (1-\gamma)\, g \\
        u &= g / (\sqrt{\tilde v} + \varepsilon) \\
        b &\leftarrow \mu b + u \\
        \theta &\leftarrow \theta - \eta\, b

    Every combination of switches is defined by this table, read from the top; a row holds whatever
    the other rows say.

    ========================  ==================================================================
    switch                    what it changes
    ========================  ==================================================================
    maximize                  -∇L for ∇L
    decoupled_weight_decay    θ ← θ - ηλθ first, and no λθ in g
    bias_correction           v/(1-γᵗ) and m/(1-γᵗ) for v and m in ṽ; t counts this parameter's
                              steps. With `centered` the first ṽ is 0 up to rounding, so choose ε
                              as large as the noise of g²
    centered                  ṽ = max(v - m², 0) for ṽ = v
    eps_inside_sqrt           √(ṽ + ε) for √ṽ + ε
    momentum = 0              no b: θ ← θ - ηu; `lr_in_momentum` then changes nothing
    lr_in_momentum            b ← μb + ηu and θ ← θ - b
    nesterov                  u + μb for b in the last line (ηu + μb with `lr_in_momentum`)
    ========================  ==================================================================

    Undefined, and refused: `nesterov` without momentum, `bias_correction` with v₀ ≠ 0,
    `differentiable` with `foreach` or `fused`, and `foreach` with `fused`.

    **Fused.** Every switch is: on the CPU by Numba, on CUDA and ROCm by Triton, in one launch a
    step and dtype, half types in float32. What follows is computed by the other paths; with
    ``fused=True`` a warning says so, once:

    ==========================================  ================================================
    not fused                                   why
    ==========================================  ================================================
    other devices; Numba or Triton missing      there is no kernel
    float16, bfloat16, complex32 on the CPU     there is no kernel for them
    gradient or state of another dtype, CPU     the kernel there works in one dtype
    different strides of gradient or state      a number must have the same place in all
    numbers with gaps between them              a kernel goes from one end of memory to the other
    views that negate or conjugate lazily       memory holds another number than the view shows
    tensors that share memory                   they are stepped one after another
    DTensors that are placed differently        their parts here do not belong together
    other subclasses of Tensor, inference       their memory may not be what it seems
    forked children, if Numba's threads ran     the threads do not survive
    a compiled step                             the compiler fuses itself; it does not warn
    ==========================================  ================================================

    **Where g = 0, u = 0**, also where ε is 0 or too small for the dtype. With such an ε a g whose
    square underflows still divides by 0.

    **Dtypes.** The step is computed in the dtype that holds both the parameter and its state, and
    the result is rounded once to the parameter's. State keeps its dtype until it is loaded again.

    **Switched on in mid-training**, momentum and centering start from 0 then.

    **State.** ``"step"``, ``"square_avg"``, ``"grad_avg"`` if centered, ``"momentum_buffer"`` with
    momentum.

    **Rounding.** The same path gives PyTorch's numbers to the last bit, but for complex
    parameters with weight decay without foreach, where PyTorch adds λθ in complex arithmetic, and
    for `differentiable` and the fused step, which are paths of their own here and differ in last
    bits.

    References
    ----------
    Tieleman and Hinton (2012), lecture 6.5, for RMSProp; Graves (2013), arXiv:1308.0850, for the
    centered form; Loshchilov and Hutter (2019), arXiv:1711.05101, for decoupled weight decay; the
    documentation of PyTorch, TensorFlow, Keras and Optax for their conventions.

    Examples
    --------
    >>> weight = torch.nn.Parameter(torch.zeros(1))
    >>> optimizer = RMSprop([weight], lr=0.1, alpha=0.9)
    >>> for grad in (1.0, -2.0, 3.0):
    ...     weight.grad = torch.tensor([grad])
    ...     _ = optimizer.step()
    ...     print(round(weight.item(), 6))
    -0.316228
    -0.030513
    -0.289577
    """

    _fused: Fused | None = None  # neither copied nor pickled: it knows addresses

    def __init__(
        self,
        params: ParamsT,
        lr: float | Tensor = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        *,
        fused: bool | None = None,
        eps_inside_sqrt: bool = False,
        initial_square_avg: float = 0.0,
        lr_in_momentum: bool = False,
        decoupled_weight_decay: bool = False,
        nesterov: bool = False,
        bias_correction: bool = False,
        state_dtype: torch.dtype | None = None,
    ) -> None:
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "alpha": alpha,
            "eps": eps,
            "centered": centered,
            "weight_decay": weight_decay,
            "capturable": capturable,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "fused": fused,
            "eps_inside_sqrt": eps_inside_sqrt,
            "initial_square_avg": initial_square_avg,
            "lr_in_momentum": lr_in_momentum,
            "decoupled_weight_decay": decoupled_weight_decay,
            "nesterov": nesterov,
            "bias_correction": bias_correction,
            "state_dtype": state_dtype,
        }
        check_settings(defaults)
        super().__init__(params, defaults)

    @classmethod
    def from_convention(cls, params: ParamsT, name: str, **overrides: Any) -> Self:
        """Return an optimizer that follows a named convention.

        Parameters
        ----------
        params : iterable
            As for the class.
        name : str
            A key of `rmsprop_course.conventions.CONVENTIONS`.
        **overrides
            Settings of the class that replace those of the convention, such as `lr`.

        Returns
        -------
        RMSprop
            What the convention leaves open is lr 1e-3, alpha 0.9, eps 1e-8.

        Raises
        ------
        TypeError
            If an override is no setting of the class.
        ValueError
            If there is no such convention, or a setting is not allowed in it.

        Examples
        --------
        >>> weight = torch.nn.Parameter(torch.ones(3))
        >>> optimizer = RMSprop.from_convention([weight], "tensorflow1", lr=0.01)
        >>> optimizer.defaults["eps_inside_sqrt"], optimizer.defaults["initial_square_avg"]
        (True, 1.0)
        """
        return cls(params, **torch_settings(name, **overrides))

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group of parameters; a group that is refused is not added.

        Parameters
        ----------
        param_group : dict
            Its "params", and the settings in which it differs from the optimizer's.

        Raises
        ------
        TypeError, ValueError, RuntimeError
            As the class does, and as PyTorch does for parameters that it cannot take.
        """
        super().add_param_group(param_group)
        try:
            check_settings(self.param_groups[-1])
        except (TypeError, ValueError, RuntimeError):
            del self.param_groups[-1]
            raise

    @_use_grad_for_differentiable
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Take one step with the gradients in the parameters' ``grad``.

        Parameters
        ----------
        closure : callable, optional
            Computes the loss and its gradients again and returns the loss.

        Returns
        -------
        Tensor or None
            What `closure` returned.

        Raises
        ------
        RuntimeError
            If a gradient is sparse or does not fit its parameter, or a state does not.
        TypeError, ValueError
            If a setting of a group is not allowed, as the class says.
        AssertionError
            If a group is capturable and its parameters are on a device that cannot capture.

        Notes
        -----
        All groups are checked before anything changes: a step that raises one of these errors
        leaves every parameter and every state as it was.
        """
        self._accelerator_graph_capture_health_check()
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        scaling = scaling_of(self)
        ready: dict[int, Step] = {}
        if not torch.compiler.is_compiling():
            self._fused = self._fused or Fused()
            ready = _paths.checked(self.param_groups, self.state, self._fused)
        for number, group in enumerate(self.param_groups):
            if number in ready:
                ready[number](_paths.settings(group), scaling)
                continue
            tensors = Tensors([], [], [], [], [])
            steps: list[Tensor] = []
            self._init_group(group, *tensors, steps)
            if steps:
                path = _paths.choose(number, group, tensors, steps, self._fused)
                path(tensors, steps, _paths.settings(group), scaling)
        return loss

    @property
    def _step_supports_amp_scaling(self) -> bool:
        """Whether ``torch.amp.GradScaler`` may leave the scale on: it knows this name."""
        return all(group["fused"] for group in self.param_groups)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over settings and state from a checkpoint of this class or of PyTorch's.

        The tensors are copied. Averages get the dtype that ``state_dtype`` gives them here, which
        PyTorch's own `load_state_dict` would cast to the parameter's. Settings that a checkpoint
        of PyTorch cannot hold stay as they are here.

        Parameters
        ----------
        state_dict : dict
            From ``state_dict()``.

        Raises
        ------
        ValueError, TypeError, RuntimeError
            If the groups do not match, a setting is not allowed, or an average has not its
            parameter's shape. The optimizer is then as it was.
        """
        loaded: list[dict[str, Any]] = []

        def complete(_: Optimizer, given: dict[str, Any]) -> dict[str, Any]:
            loaded.append(_checkpoints.completed(self, given))
            return loaded[0]

        first = self.register_load_state_dict_pre_hook(complete)  # after the user's
        last = self.register_load_state_dict_post_hook(
            lambda _: _checkpoints.copy_state(self, loaded[0]), prepend=True
        )
        try:
            super().load_state_dict(state_dict)
        finally:
            first.remove()
            last.remove()

    def to_torch(self) -> torch.optim.RMSprop:
        """Return the ``torch.optim.RMSprop`` that goes on as this optimizer would.

        Returns
        -------
        torch.optim.RMSprop
            Over the same parameters, with the same settings and a copy of the state.

        Raises
        ------
        ValueError
            If PyTorch cannot express a setting or the state; it says which.

        Examples
        --------
        >>> weight = torch.nn.Parameter(torch.ones(3))
        >>> RMSprop([weight], alpha=0.9).to_torch().defaults["alpha"]
        0.9
        >>> RMSprop([weight], eps_inside_sqrt=True).to_torch()
        Traceback (most recent call last):
            ...
        ValueError: torch.optim.RMSprop cannot express eps_inside_sqrt=True
        """
        return _checkpoints.to_torch(self)

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            for name, default in (ADDED_TO_TORCH | NOT_IN_TORCH).items():
                group.setdefault(name, default)
            for param in group["params"]:
                kept = self.state.get(param, {})
                if "step" in kept and not isinstance(kept["step"], Tensor):
                    kept["step"] = _state.new_step(param, group, float(kept["step"]))

    def _init_group(self, group: dict[str, Any], *lists: list[Tensor]) -> None:
        """Fill the lists with what the step needs; PyTorch's compiler knows this method by name."""
        *tensors, steps = lists
        _state.fill(group, self.state, Tensors(*tensors), steps)
