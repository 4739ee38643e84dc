"""Jupyter kernels forked from a process in which the imports are done."""
