"""The stored comparison of optimizers on CartPole: what was tuned, how, and what came out.

``tools/actor_critic_results.py`` in the course's repository makes it.
"""

import json
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np

from rmsprop_course._settings import FloatArray

_STORED = Path(__file__).parent / "results"


class Contender(NamedTuple):
    """One optimizer, tuned and then run with fresh seeds.

    Attributes
    ----------
    name : str
        Of the optimizer, as a figure shows it.
    settings : dict of str to float or bool
        Settings of the optimizer besides its learning rate.
    learning_rates : ndarray, shape (n_rates,)
        The rates that were tried, ascending.
    tuning : ndarray, shape (n_rates, n_tuning_seeds)
        Mean of the learning curve of each run.
    learning_rate : float
        The rate with the best mean over the tuning seeds.
    curves : ndarray, shape (n_windows, n_seeds)
        Learning curve at that rate for each evaluation seed: mean return of the episodes that
        ended in each window.
    """

    name: str
    settings: dict[str, Any]
    learning_rates: FloatArray
    tuning: FloatArray
    learning_rate: float
    curves: FloatArray

    @property
    def overall(self) -> FloatArray:
        """Mean of each evaluation seed's learning curve, shape (n_seeds,)."""
        return np.asarray(self.curves.mean(axis=0))

    @property
    def final(self) -> FloatArray:
        """Mean return in the last window of each evaluation seed, shape (n_seeds,)."""
        return np.asarray(self.curves[-1])


class Comparison(NamedTuple):
    """Several optimizers on one task, under one protocol.

    Attributes
    ----------
    date : str
        Day of the runs, such as 2026-01-31.
    versions : dict of str to str
        Of Python and of the packages that compute.
    max_grad_norm : float
        To which gradients were clipped; infinite if they were not.
    n_env_steps : int
        Length of a run: steps of all environments together.
    tuning_seeds, seeds : tuple of int
        What the learning rates were chosen on, and what the curves are of.
    contenders : tuple of Contender
        In the order in which a figure shows them.
    """

    date: str
    versions: dict[str, str]
    max_grad_norm: float
    n_env_steps: int
    tuning_seeds: tuple[int, ...]
    seeds: tuple[int, ...]
    contenders: tuple[Contender, ...]

    @property
    def env_steps(self) -> FloatArray:
        """Steps at the end of each window of the curves, shape (n_windows,)."""
        n_windows = len(self.contenders[0].curves)
        return np.arange(1, n_windows + 1) * (self.n_env_steps / n_windows)

    def to_json(self) -> str:
        """Return the comparison as JSON, with returns to one digit after the point."""
        fields = self._asdict() | {
            "max_grad_norm": str(self.max_grad_norm),  # JSON has no infinity
            "contenders": [_plain(contender) for contender in self.contenders],
        }
        return json.dumps(fields, indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the comparison that `to_json` wrote."""
        fields = json.loads(text)
        contenders = [
            entry | {name: np.array(entry[name]) for name in _ARRAYS}
            for entry in fields["contenders"]
        ]
        return cls(
            **fields
            | {
                "max_grad_norm": float(fields["max_grad_norm"]),
                "tuning_seeds": tuple(fields["tuning_seeds"]),
                "seeds": tuple(fields["seeds"]),
                "contenders": tuple(Contender(**entry) for entry in contenders),
            }
        )


_ARRAYS = ("learning_rates", "tuning", "curves")


def _plain(contender: Contender) -> dict[str, Any]:
    return contender._asdict() | {
        "learning_rates": contender.learning_rates.tolist(),
        "tuning": np.round(contender.tuning, 1).tolist(),
        "curves": np.round(contender.curves, 1).tolist(),
    }


def load_results() -> dict[str, Comparison]:
    """Return the comparisons that come with the course.

    Returns
    -------
    dict of str to Comparison
        "clipped": gradients clipped to the norm of 0.5. "unclipped": the same without clipping.

    Examples
    --------
    >>> results = load_results()
    >>> sorted(results)
    ['clipped', 'unclipped']
    >>> [contender.name for contender in results["clipped"].contenders]
    ['Gradient descent (SGD)', 'RMSProp', 'RMSProp, ε = 0.1', 'Adam']
    """
    files = sorted(_STORED.glob("*.json"))
    return {file.stem: Comparison.from_json(file.read_text(encoding="utf-8")) for file in files}
