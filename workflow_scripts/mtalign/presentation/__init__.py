"""How results are shown: names, colours, captions, pages. Must not know how a number comes about."""
