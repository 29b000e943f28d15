"""Small decoders (Qwen2, Llama) of which several are computed in one pass: the lab's own policies."""
