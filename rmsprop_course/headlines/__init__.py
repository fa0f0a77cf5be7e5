"""The course's headline numbers: what is predicted, and what an experiment measures.

Each `Headline` states a claim, its source, a prediction with a tolerance, and the experiment. The
command ``rmsprop-course verify`` runs all of them. Whatever a lesson needs as well stands in
`analysis` and is only called here.
"""

# A folder, because each subject has experiments of its own.

from rmsprop_course.headlines._batches import BATCHES
from rmsprop_course.headlines._classes import CLASSES
from rmsprop_course.headlines._cuts import CUTS
from rmsprop_course.headlines._cycles import CYCLES
from rmsprop_course.headlines._edge import EDGE
from rmsprop_course.headlines._headline import Headline, Outcome, format_table
from rmsprop_course.headlines._rates import RATES
from rmsprop_course.headlines._reddi import REDDI
from rmsprop_course.headlines._saddles import SADDLES

__all__ = ["HEADLINES", "Headline", "Outcome", "format_table"]

HEADLINES: tuple[Headline, ...] = (
    *SADDLES,
    *CLASSES,
    *BATCHES,
    *CYCLES,
    *RATES,
    *REDDI,
    *EDGE,
    *CUTS,
)
"""All headlines, in the order of the lessons."""
