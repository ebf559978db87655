"""Instruments: what longzip finds, on public questions, beside what others found on the same ones.

    python -m benchmarks.instruments localization DATA --repositories FOLDER
    python -m benchmarks.instruments code-search DATA --repositories FOLDER
    python -m benchmarks.instruments cosqa|callees|comments DATA [--encoder FOLDER]

    values.py        a question, what was found for it, an instrument
    checkouts.py     repositories at a commit, out of bare ones
    localization.py  issue -> the lines that its fix changes (SWE-bench Verified, with roust's stored answers)
    code_search.py   question -> the files that answer it (semble's tasks, with the peers' means)
    pools.py         sentence -> function, out of a whole corpus (CoSQA, held-out doc comments)
    callees.py       code before a hole -> the functions that it calls (RepoEval)
    peers.py         BM25 and a sentence encoder, which rank the same texts
    delivering.py    what rank and compress deliver for a question, as outcomes
    running.py       questions by repository and commit, each read once; what is in the record is not asked again
    tables.py        means, and paired intervals of the differences
    __main__.py      the command

``benchmarks.run`` compares methods under a reader; an instrument asks one thing of longzip alone, often, while somebody
changes it. Of longzip it uses the public names only.
"""
