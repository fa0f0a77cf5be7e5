"""What a notebook may look like: the form it is written in, and the rules that it obeys.

An assignment is a notebook too, and obeys those rules that are not about a lesson's sections.
Executing a notebook and the command line are in ``tools/notebooks.py``.
"""
