"""Settings of RMSProp that well-known systems were trained with, each with its source."""

from typing import NamedTuple

from rmsprop_course.literature._source import SOURCES, Source
from rmsprop_course.literature._table import Table, table


class FamousSettings(NamedTuple):
    """With which RMSProp a system was trained; None where its source gives nothing.

    Attributes
    ----------
    system : str
        Its name.
    year : int
        Of the source.
    learning_rate : float or None
        η at the start, in units of the parameters.
    decay : float or None
        γ, dimensionless.
    momentum : float or None
        μ, dimensionless.
    eps : float or None
        ε, in units of g²: in all of these it stands inside the root.
    centered : bool or None
        Whether v - m² stands in the place of v.
    note : str
        What else the source says, or where a number comes from.
    source : Source
        Where the settings stand.
    """

    system: str
    year: int
    learning_rate: float | None
    decay: float | None
    momentum: float | None
    eps: float | None
    centered: bool | None
    note: str
    source: Source


FAMOUS_SETTINGS: tuple[FamousSettings, ...] = (
    FamousSettings(
        system="Graves's LSTM",
        year=2013,
        learning_rate=1e-4,
        decay=0.95,
        momentum=0.9,
        eps=1e-4,
        centered=True,
        note="writes text and handwriting; the first centered RMSProp that we know of",
        source=SOURCES["graves"],
    ),
    FamousSettings(
        system="DQN",
        year=2015,
        learning_rate=2.5e-4,
        decay=0.95,
        momentum=0.0,
        eps=0.01,
        centered=True,
        note="after the published code: its “gradient momentum” 0.95 is the decay of the average "
        "that centers, no momentum",
        source=SOURCES["dqn"],
    ),
    FamousSettings(
        system="Inception v3, v4",
        year=2016,
        learning_rate=0.045,
        decay=0.9,
        momentum=None,
        eps=1.0,
        centered=None,
        note="η × 0.94 every 2 epochs; v3 clips gradients at 2.0; ε inside, as in TensorFlow",
        source=SOURCES["inception-v3"],
    ),
    FamousSettings(
        system="A3C",
        year=2016,
        learning_rate=None,
        decay=0.99,
        momentum=0.0,
        eps=0.1,
        centered=False,
        note="one average shared by all threads was more robust than one each; γ and ε after "
        "re-implementations",
        source=SOURCES["a3c"],
    ),
    FamousSettings(
        system="IMPALA",
        year=2018,
        learning_rate=4.8e-4,
        decay=0.99,
        momentum=0.0,
        eps=0.1,
        centered=False,
        note="after the published code, written for TensorFlow 1",
        source=SOURCES["impala"],
    ),
    FamousSettings(
        system="MobileNetV3",
        year=2019,
        learning_rate=0.1,
        decay=None,
        momentum=0.9,
        eps=None,
        centered=None,
        note="batches of 4096; learning rate decay 0.01 every 3 epochs",
        source=SOURCES["mobilenet-v3"],
    ),
    FamousSettings(
        system="EfficientNet",
        year=2019,
        learning_rate=0.256,
        decay=0.9,
        momentum=0.9,
        eps=0.001,
        centered=False,
        note="η × 0.97 every 2.4 epochs; ε after the published code, written for TensorFlow 1",
        source=SOURCES["efficientnet"],
    ),
)
"""The systems in the order of their years."""


def famous_settings_table() -> Table:
    """Return the famous settings as a table.

    Returns
    -------
    Table
        One row a system.

    Examples
    --------
    >>> famous_settings_table().rows[1][:4]
    ('DQN', 2015, 0.00025, 0.95)
    """
    header = ("system", "year", "η", "γ", "μ", "ε", "centered", "note", "source")
    return table(header, FAMOUS_SETTINGS)
