"""The search language: text -> a tree of nodes, and what a word is. Pure."""
