"""RMSProp, derived, built and measured: the library that the lessons lean on.

Importing the package loads NumPy and nothing heavier. PyTorch, Matplotlib and scikit-learn come
with the module that needs them.
"""

from importlib.metadata import version

__version__ = version("rmsprop-course")
