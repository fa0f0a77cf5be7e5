"""What a lesson file may look like: the form it is written in, and the rules that it obeys.

Executing a lesson and the command line are in ``tools/notebooks.py``.
"""
