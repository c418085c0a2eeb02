"""
Secrets are taken out of lines before anything leaves the node.

    contents of a chunk -> sieve (may any secret stand here?) -> lines -> patterns -> tokens

What is replaced is gone: no copy is kept, and a token does not tell what it stands for.
"""
