"""What the words of a context say of the words that follow, mixed into a language model. Knows no chunk.

    word_model.py     the seam: a context is read once, and asked often
    association.py    the words a context is about, its own and others: learned
    unigrams.py       the context's own words: counted
    readers.py        which file of a checkpoint is read by which of them: the one table
    readings.py       what was read of contexts, kept by their text
    mixture.py        the probabilities of a language model and those of a word model made one
    classes.py        words as classes of tokens

Another word model is one file beside these and one line in ``readers``.
"""
