"""The embedded DAPO trainer, on any policy of this process."""
