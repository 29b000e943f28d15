"""What computes, by the names in interface.py. The only files, with lab/, that import torch."""
