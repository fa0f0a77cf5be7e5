"""An actor-critic agent that learns to balance a pole, and what it showed with four optimizers.

The agent takes any ``torch.optim.Optimizer``; optimizers are in `torch_optim`, networks for
images in `torch_networks`.
"""

# A folder, because the arithmetic of returns, the play in the environments, the learning and the
# stored comparison are each read on their own.

from rmsprop_course.reinforcement._actor_critic import (
    ActorCriticRun,
    actor_critic_loss,
    train_actor_critic,
)
from rmsprop_course.reinforcement._episodes import finished_episodes, learning_curve
from rmsprop_course.reinforcement._results import Comparison, Contender, load_results
from rmsprop_course.reinforcement._returns import n_step_returns
from rmsprop_course.reinforcement._rollouts import Rollout, cart_poles, rollouts

__all__ = [
    "ActorCriticRun",
    "Comparison",
    "Contender",
    "Rollout",
    "actor_critic_loss",
    "cart_poles",
    "finished_episodes",
    "learning_curve",
    "load_results",
    "n_step_returns",
    "rollouts",
    "train_actor_critic",
]
