"""What is known of a folder between questions, one map away. Knows no chunk, no model and no budget.

counting.py     the words of texts, by windows of a function's size, and the names that are defined there
table.py        the arrays of an index: files, windows, postings; how they are joined and looked up
stored.py       an index on disk: mapped, checked, replaced whole
updating.py     a folder as it is now -> its index: only what changed is read
"""
