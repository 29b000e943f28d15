"""Any causal model by Hugging Face's transformers."""
