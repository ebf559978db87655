"""Language models and tokenizers behind the seams of ``longzip.protocols``. Knows no file and no chunk.

    ngram.py          an interpolated n-gram with a context cache: no torch, deterministic, the fake of the tests
    tokenizers.py     counts tokens as the reader of the result does
    ray.py            one model in each worker of a pool, as on a Ray cluster
    networks/         any causal LM of the Hugging Face layout, in torch or, where it is small, in numpy
    served/           a model on a server
    words/            which words a context makes likely, mixed into a model
    bundled/          the embedded model

Nothing is imported here: whoever needs a model imports its file, late.
"""
