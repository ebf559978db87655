"""Language models and tokenizers behind the seams of ``longzip.protocols``, one file per kind.

    transformers.py   any causal LM of the Hugging Face layout; the embedded model too
    ngram.py          an interpolated n-gram with a context cache: no torch, deterministic, the fake of the tests
    server.py         a model on a server; probing.py finds out what it can do, dialects.py reads its
                      answers, transport.py asks patiently
    ray.py            one model in each worker of a pool, as on a Ray cluster
    tokenizers.py     counts tokens as the reader of the result does
    checkpoints.py    where a checkpoint's files lie, and how its tokenizer is read; shared by those that tokenise

Nothing is imported here: whoever needs a model imports its file, late.
"""
