"""The twenty papers that the definition's page lists, each with only what is known of it.

The list is that of the Papers with Code page of RMSProp, whose data is under CC BY-SA 4.0. The page
gave titles and dates; what links a paper to RMSProp was looked up in its title and abstract.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from rmsprop_course.literature._source import SOURCES, Source
from rmsprop_course.literature._table import Table, table

EVIDENCE: Mapping[str, str] = MappingProxyType(
    {
        "named": "its abstract names RMSProp",
        "EfficientNet": "its title or abstract names EfficientNet, whose authors trained with "
        "RMSProp; whether this paper did is not verified",
        "IMPALA": "it compares with IMPALA, whose code uses RMSProp; whether this paper did is "
        "not verified",
        "none": "no link to RMSProp is verified",
    }
)
"""What links a paper to RMSProp, by a key."""

LIST_SOURCE: Source = SOURCES["definition"]
"""Whose list it is."""

TAGGED_PAPERS = 519
"""How many papers the page says are tagged with RMSProp; it shows twenty."""


class ListedPaper(NamedTuple):
    """A paper on the page.

    Attributes
    ----------
    date : str
        As listed, ISO 8601.
    subject : str
        Its title, or its subject where only that was at hand.
    evidence : str
        A key of `EVIDENCE`.
    known : str
        What its abstract says of RMSProp; "" where it does not name it.
    url : str
        Its page on arXiv, where that was verified; else "".
    """

    date: str
    subject: str
    evidence: str
    known: str = ""
    url: str = ""


_ARXIV = "https://arxiv.org/abs/"

PAPERS: tuple[ListedPaper, ...] = (
    ListedPaper(
        "2025-06-22",
        "Hindsight-Guided Momentum (HGM) Optimizer: An Approach to Adaptive Learning Rate",
        "named",
        "a variant of Adam; RMSProp and Adam are what it contrasts itself with",
        _ARXIV + "2506.22479",
    ),
    ListedPaper(
        "2025-05-28",
        "Deep Learning-Based BMD Estimation from Radiographs with Conformal Uncertainty "
        "Quantification",
        "EfficientNet",
    ),
    ListedPaper(
        "2025-05-27",
        "Intelligent Incident Hypertension Prediction in Obstructive Sleep Apnea",
        "EfficientNet",
    ),
    ListedPaper(
        "2025-05-24",
        "Deep Learning for Breast Cancer Detection: Comparative Analysis of ConvNeXT and "
        "EfficientNet",
        "EfficientNet",
    ),
    ListedPaper(
        "2025-05-22",
        "SuperPure: Efficient Purification of Localized and Distributed Adversarial Patches via "
        "Super-Resolution GAN Models",
        "none",
    ),
    ListedPaper(
        "2025-05-20",
        "Vulnerability of Transfer-Learned Neural Networks to Data Reconstruction Attacks in "
        "Small-Data Regime",
        "EfficientNet",
    ),
    ListedPaper(
        "2025-05-15",
        "Defect Detection in Photolithographic Patterns Using Deep Learning Models",
        "none",
    ),
    ListedPaper("2025-05-15", "Brain-computer interfaces with fNIRS", "EfficientNet"),
    ListedPaper(
        "2025-05-12",
        "Trial and Trust: Addressing Byzantine Attacks with Comprehensive Defense Strategy",
        "named",
        "a defense for distributed training, adapted to Adam and RMSProp",
        _ARXIV + "2505.07614",
    ),
    ListedPaper(
        "2025-05-08",
        "V-EfficientNets: Vector-Valued Efficiently Scaled Convolutional Neural Network Models",
        "EfficientNet",
        url=_ARXIV + "2505.05659",
    ),
    ListedPaper(
        "2025-05-06",
        "AnomalyMatch: Discovering Rare Objects of Interest with Semi-supervised and Active "
        "Learning",
        "EfficientNet",
        url=_ARXIV + "2505.03509",
    ),
    ListedPaper("2025-05-04", "CSASN, for images of the thyroid", "EfficientNet"),
    ListedPaper("2025-05-04", "Conformal prediction for indoor positioning", "none"),
    ListedPaper(
        "2025-04-28",
        "Sharp higher order convergence rates for the Adam optimizer",
        "named",
        "Adam converges at the rate of momentum, RMSProp only at that of gradient descent "
        "(lesson 09)",
        _ARXIV + "2504.19426",
    ),
    ListedPaper(
        "2025-04-21",
        "Some Optimizers are More Equal: Understanding the Role of Optimizers in Group Fairness",
        "named",
        "compares RMSProp and Adam with SGD in fairness between groups",
        _ARXIV + "2504.14882",
    ),
    ListedPaper(
        "2025-04-07",
        "Covariant Gradient Descent",
        "named",
        "RMSProp and Adam are special limits of its method",
        _ARXIV + "2504.05279",
    ),
    ListedPaper("2025-04-01", "Frozen DINOv2 for measurements of the eyelid", "none"),
    ListedPaper("2025-03-28", "Classification of roof types", "EfficientNet"),
    ListedPaper(
        "2025-03-26",
        "World Model Agents with Change-Based Intrinsic Motivation",
        "IMPALA",
        url=_ARXIV + "2503.21047",
    ),
    ListedPaper("2025-03-24", "Precipitation clouds from all-sky cameras", "EfficientNet"),
)
"""The papers as the page lists them, the newest first."""


def papers_table() -> Table:
    """Return the papers as a table.

    Returns
    -------
    Table
        One row a paper.

    Examples
    --------
    >>> papers_table().rows[15][:2]
    ('2025-04-07', 'Covariant Gradient Descent')
    """
    rows = ((paper.date, paper.subject, paper.evidence, paper.known, paper.url) for paper in PAPERS)
    return table(
        ("date", "title or subject", "link", "what its abstract says of it", "arXiv"), rows
    )
