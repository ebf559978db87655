"""Instruments: what longzip finds, on public questions, beside what others found on the same ones.

    python -m benchmarks.instruments localization DATA --repositories FOLDER
    python -m benchmarks.instruments code-search DATA --repositories FOLDER

    values.py        a question, what was found for it, an instrument
    checkouts.py     repositories at a commit, out of bare ones
    localization.py  issue -> the lines that its fix changes (SWE-bench Verified, with roust's stored answers)
    code_search.py   question -> the files that answer it (semble's tasks, with the peers' means)
    running.py       questions by repository and commit, each read once; what is in the record is not asked again
    tables.py        means, and paired intervals of the differences
    __main__.py      the command

``benchmarks.run`` compares methods under a reader; an instrument asks one thing of longzip alone, often, while somebody
changes it. Of longzip it uses the public names only.
"""
