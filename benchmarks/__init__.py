"""The benchmark: what compression keeps, measured; and the instrument by which longzip's defaults are chosen.

    run.py        python -m benchmarks.run RUN.toml, also behind ``longzip bench``
    config.py     RUN.toml, validated
    values.py     what travels between the parts
    tasks/        where examples come from, one file per kind of data
    methods/      what shortens the sources, one file each
    readers/      what reads the result: likelihood of the hidden text, generation here or at an endpoint
    functions.py  functions of sources: head, doc comment, body
    metrics.py    what is measured, and how sure the means are
    progress.py, memory.py      how far a run is, and what it needs
    records.py    one JSON line per example, method and budget, so that a run can go on where it was stopped
    report.py     tables, the summary, plots
    make.py       builds examples from any repository
    instruments/  python -m benchmarks.instruments: what longzip finds, beside stored answers of peers

Outside the wheel. Of longzip it uses the public names only.
"""
