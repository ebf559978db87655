"""Vectors of code and of questions, whose cosine says how much the one tells about the other. Knows no chunk.

encoder.py      weights of tokens, pooled by field, and a small network behind: learned
vocabulary.py   text -> words -> entries of the encoder's table
stored.py       the vectors of passages, kept by their content
"""
