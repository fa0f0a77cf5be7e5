"""The bibliography of the history, of the famous settings and of the papers, each source once."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Source(NamedTuple):
    """A publication, a lecture or a page.

    Attributes
    ----------
    authors : str
        As a text cites them.
    year : int
        Of the publication.
    title : str
        In full.
    url : str
        Where to read it; "" if it is not online under a lasting address.
    """

    authors: str
    year: int
    title: str
    url: str = ""

    def __str__(self) -> str:
        """Return authors, year and title.

        Examples
        --------
        >>> str(Source("Graves", 2013, "Generating Sequences"))
        'Graves (2013), Generating Sequences'
        """
        return f"{self.authors} ({self.year}), {self.title}"

    def markdown(self) -> str:
        """Return the same with the title as a link.

        Examples
        --------
        >>> Source("Graves", 2013, "Sequences", "https://example.org").markdown()
        'Graves (2013), [*Sequences*](https://example.org)'
        """
        title = f"*{self.title}*"
        return f"{self.authors} ({self.year}), " + (f"[{title}]({self.url})" if self.url else title)


_ARXIV = "https://arxiv.org/abs/"

SOURCES: Mapping[str, Source] = MappingProxyType(
    {
        "rprop": Source(
            "Riedmiller and Braun",
            1993,
            "A direct adaptive method for faster backpropagation learning: the RPROP algorithm",
        ),
        "adagrad": Source(
            "Duchi, Hazan and Singer",
            2011,
            "Adaptive Subgradient Methods for Online Learning and Stochastic Optimization",
            "https://jmlr.org/papers/v12/duchi11a.html",
        ),
        "lecture": Source(
            "Tieleman and Hinton",
            2012,
            "Lecture 6.5: rmsprop: Divide the gradient by a running average of its recent "
            "magnitude",
            "https://www.cs.toronto.edu/~tijmen/csc321/slides/lecture_slides_lec6.pdf",
        ),
        "adadelta": Source(
            "Zeiler", 2012, "ADADELTA: An Adaptive Learning Rate Method", _ARXIV + "1212.5701"
        ),
        "graves": Source(
            "Graves",
            2013,
            "Generating Sequences With Recurrent Neural Networks",
            _ARXIV + "1308.0850",
        ),
        "adam": Source(
            "Kingma and Ba",
            2015,
            "Adam: A Method for Stochastic Optimization",
            _ARXIV + "1412.6980",
        ),
        "dqn": Source(
            "Mnih and others",
            2015,
            "Human-level control through deep reinforcement learning",
            "https://doi.org/10.1038/nature14236",
        ),
        "inception-v3": Source(
            "Szegedy and others",
            2016,
            "Rethinking the Inception Architecture for Computer Vision",
            _ARXIV + "1512.00567",
        ),
        "inception-v4": Source(
            "Szegedy, Ioffe, Vanhoucke and Alemi",
            2016,
            "Inception-v4, Inception-ResNet and the Impact of Residual Connections on Learning",
            _ARXIV + "1602.07261",
        ),
        "a3c": Source(
            "Mnih and others",
            2016,
            "Asynchronous Methods for Deep Reinforcement Learning",
            _ARXIV + "1602.01783",
        ),
        "wilson": Source(
            "Wilson and others",
            2017,
            "The Marginal Value of Adaptive Gradient Methods in Machine Learning",
            _ARXIV + "1705.08292",
        ),
        "mukkamala": Source(
            "Mukkamala and Hein",
            2017,
            "Variants of RMSProp and Adagrad with Logarithmic Regret Bounds",
            _ARXIV + "1706.05507",
        ),
        "impala": Source(
            "Espeholt and others",
            2018,
            "IMPALA: Scalable Distributed Deep-RL with Importance Weighted Actor-Learner "
            "Architectures",
            _ARXIV + "1802.01561",
        ),
        "reddi": Source(
            "Reddi, Kale and Kumar",
            2018,
            "On the Convergence of Adam and Beyond",
            _ARXIV + "1904.09237",
        ),
        "adamw": Source(
            "Loshchilov and Hutter",
            2019,
            "Decoupled Weight Decay Regularization",
            _ARXIV + "1711.05101",
        ),
        "mobilenet-v3": Source(
            "Howard and others", 2019, "Searching for MobileNetV3", _ARXIV + "1905.02244"
        ),
        "efficientnet": Source(
            "Tan and Le",
            2019,
            "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks",
            _ARXIV + "1905.11946",
        ),
        "shi": Source(
            "Shi, Li, Hong and Sun",
            2021,
            "RMSprop converges with proper hyper-parameter",
            "https://openreview.net/forum?id=3UDSdyIcBDA",
        ),
        "malladi": Source(
            "Malladi, Lyu, Panigrahi and Arora",
            2022,
            "On the SDEs and Scaling Rules for Adaptive Gradient Algorithms",
            _ARXIV + "2205.10287",
        ),
        "edge": Source(
            "Cohen and others",
            2022,
            "Adaptive Gradient Methods at the Edge of Stability",
            _ARXIV + "2207.14484",
        ),
        "kunstner": Source(
            "Kunstner and others",
            2024,
            "Heavy-Tailed Class Imbalance and Why Adam Outperforms Gradient Descent on Language "
            "Models",
            _ARXIV + "2402.19449",
        ),
        "central-flows": Source(
            "Cohen and others",
            2024,
            "Understanding Optimization in Deep Learning with Central Flows",
            _ARXIV + "2410.24206",
        ),
        "covariant": Source(
            "Guskov and Vanchurin", 2025, "Covariant Gradient Descent", _ARXIV + "2504.05279"
        ),
        "sharp-rates": Source(
            "Dereich, Jentzen and Riekert",
            2025,
            "Sharp higher order convergence rates for the Adam optimizer",
            _ARXIV + "2504.19426",
        ),
        "definition": Source(
            "Papers with Code",
            2025,
            "RMSProp (method page; data under CC BY-SA 4.0)",
            "https://paperswithcode2.com/method/2612",
        ),
    }
)
"""The sources by a key, in the order of their years."""
