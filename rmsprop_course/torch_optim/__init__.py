"""RMSProp for PyTorch: a drop-in for ``torch.optim.RMSprop``."""

# A folder, because each way to compute the update is a file of its own: `_single_tensor` reads as
# the formula, `_foreach` does the same for many tensors a call, `_fused` in one pass over memory,
# `_differentiable` lets autograd through. `_rmsprop` holds the class, `_rules` what its settings
# may be, `_tensors` what a step works on.

from rmsprop_course.torch_optim._rmsprop import RMSprop

__all__ = ["RMSprop"]
