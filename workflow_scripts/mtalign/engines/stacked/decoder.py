"""A decoder (Qwen2 or Llama architecture) that evaluates several weight sets, the "stack", in one pass.

Small models on a CPU spend their time on the start of each operation, so the seeds of a cell are computed together:
every parameter carries a leading stack dimension. Weights enter and leave as ordinary Hugging Face folders. Must not
know what a reward, a task or a run is.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import Tensor

Parameters = dict[str, Tensor]
Attend = Callable[[int, Tensor, Tensor, Tensor], Tensor]

_HF_CLASS = {"qwen2": "Qwen2ForCausalLM", "llama": "LlamaForCausalLM"}
# What a config.json must say if it says anything.
_PLAIN = {
    "hidden_act": "silu",
    "rope_type": "default",
    "rope_scaling": False,
    "attention_bias": False,
    "mlp_bias": False,
    "use_sliding_window": False,
}


@dataclass(frozen=True)
class Architecture:
    """The shape of a decoder with tied embeddings and one key/value head a query head.

    ``model_type`` is transformers' name: "qwen2" (query, key and value projections have a bias) or "llama" (none).
    """

    model_type: str
    vocab_size: int
    hidden_size: int
    num_layers: int
    num_heads: int
    intermediate_size: int
    max_position_embeddings: int
    rope_theta: float = 10_000.0
    rms_norm_eps: float = 1e-6

    @property
    def head_dim(self) -> int:
        return self.hidden_size // self.num_heads

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Parameter name -> shape [in, out] (fused: qkv, gate and up), in the order of the flat vector."""
        d, f = self.hidden_size, self.intermediate_size
        shapes: dict[str, tuple[int, ...]] = {"embedding": (self.vocab_size, d)}
        for i in range(self.num_layers):
            shapes[f"{i}.input_norm"] = (d,)
            shapes[f"{i}.qkv"] = (d, 3 * d)
            if self.model_type == "qwen2":
                shapes[f"{i}.qkv_bias"] = (3 * d,)
            shapes[f"{i}.output"] = (d, d)
            shapes[f"{i}.mlp_norm"] = (d,)
            shapes[f"{i}.gate_up"] = (d, 2 * f)
            shapes[f"{i}.down"] = (f, d)
        shapes["norm"] = (d,)
        return shapes

    def hf_config(self) -> dict:
        """The config.json that transformers reads."""
        return {
            "architectures": [_HF_CLASS[self.model_type]],
            "model_type": self.model_type,
            "vocab_size": self.vocab_size,
            "hidden_size": self.hidden_size,
            "num_hidden_layers": self.num_layers,
            "num_attention_heads": self.num_heads,
            "num_key_value_heads": self.num_heads,
            "head_dim": self.head_dim,
            "intermediate_size": self.intermediate_size,
            "max_position_embeddings": self.max_position_embeddings,
            "rope_parameters": {"rope_type": "default", "rope_theta": self.rope_theta},
            "rms_norm_eps": self.rms_norm_eps,
            "hidden_act": "silu",
            "tie_word_embeddings": True,
            "use_cache": True,
            "dtype": "float32",
        }

    @classmethod
    def from_hf_config(cls, config: dict) -> "Architecture":
        """Read a config.json.

        Raises:
            ValueError: the folder holds a model that this engine does not compute.
        """
        if config["model_type"] not in _HF_CLASS:
            raise ValueError(f"the stacked policy computes {sorted(_HF_CLASS)}, not {config['model_type']!r}")
        if config.get("num_key_value_heads", config["num_attention_heads"]) != config["num_attention_heads"]:
            raise ValueError("the stacked policy has no grouped-query attention")
        if not config.get("tie_word_embeddings", False):
            raise ValueError("the stacked policy expects tied word embeddings")
        rope = config.get("rope_parameters") or {"rope_theta": config.get("rope_theta", 10_000.0)}
        width = config["hidden_size"] // config["num_attention_heads"]
        plain = _PLAIN | {"head_dim": width}
        if others := [name for name, value in plain.items() if (config | rope).get(name) not in (value, None)]:
            raise ValueError(f"the stacked policy computes no other {', '.join(others)}")
        return cls(
            model_type=config["model_type"],
            vocab_size=config["vocab_size"],
            hidden_size=config["hidden_size"],
            num_layers=config["num_hidden_layers"],
            num_heads=config["num_attention_heads"],
            intermediate_size=config["intermediate_size"],
            max_position_embeddings=config["max_position_embeddings"],
            rope_theta=rope["rope_theta"],
            rms_norm_eps=config["rms_norm_eps"],
        )


def unflatten(arch: Architecture, flat: Tensor) -> Parameters:
    """Views of a stack of flat weight vectors [S, P] as named parameters [S, ...]."""
    shapes = arch.shapes()
    pieces = flat.split([torch.Size(shape).numel() for shape in shapes.values()], dim=1)
    return {name: piece.view(-1, *shape) for (name, shape), piece in zip(shapes.items(), pieces)}


def flatten(arch: Architecture, parameters: Parameters) -> Tensor:
    """The inverse of `unflatten`: [S, P]."""
    return torch.cat([parameters[name].flatten(1) for name in arch.shapes()], dim=1)


def decode_layers(arch: Architecture, p: Parameters, ids: Tensor, positions: Tensor, attend: Attend) -> Tensor:
    """Run the decoder over flat tokens; how tokens see each other is the caller's `attend`.

    Args:
        ids, positions: int64 [S, M], M tokens in any layout.
        attend: (layer, query, key, value), each [S, M, heads, head_dim] -> [S, M, heads, head_dim].

    Returns:
        hidden states [S, M, hidden], after the last norm.
    """
    stack, tokens = ids.shape
    d = arch.hidden_size
    cos, sin = _rope(arch, positions)
    offset = torch.arange(stack, device=ids.device).unsqueeze(1) * arch.vocab_size
    x = F.embedding(ids + offset, p["embedding"].reshape(-1, d))
    for i in range(arch.num_layers):
        h = _Norm.apply(x, p[f"{i}.input_norm"], arch.rms_norm_eps)
        if arch.model_type == "qwen2":
            qkv = torch.baddbmm(p[f"{i}.qkv_bias"].unsqueeze(1), h, p[f"{i}.qkv"])
        else:
            qkv = torch.bmm(h, p[f"{i}.qkv"])
        qk, v = qkv.view(stack, tokens, 3, arch.num_heads, arch.head_dim).split([2, 1], dim=2)
        q, k = _Rotate.apply(qk, cos, sin).unbind(2)
        mixed = attend(i, q, k, v.squeeze(2))
        x = torch.baddbmm(x, mixed.reshape(stack, tokens, d), p[f"{i}.output"])
        h = _Norm.apply(x, p[f"{i}.mlp_norm"], arch.rms_norm_eps)
        gate, up = (torch.bmm(h, half) for half in p[f"{i}.gate_up"].chunk(2, dim=-1))
        x = torch.baddbmm(x, F.silu(gate) * up, p[f"{i}.down"])
    return _Norm.apply(x, p["norm"], arch.rms_norm_eps)


def to_logits(p: Parameters, hidden: Tensor) -> Tensor:
    """Next-token logits [S, M, vocab] of hidden states [S, M, hidden]."""
    return torch.bmm(hidden, p["embedding"].transpose(1, 2))


def response_logits(arch: Architecture, p: Parameters, prompts: Tensor, responses: Tensor, pad: int) -> Tensor:
    """Logits that predict each response token, for groups of responses that share a prompt.

    The prompt of a group is computed once, not once a response.

    Args:
        prompts: int64 [S, G, P], left-padded with `pad`.
        responses: int64 [S, G, N, T], right-padded (what follows a response's end is computed and means nothing).

    Returns:
        [S, G, N, T, vocab]; position t is the distribution from which token t came.
    """
    s, g, p_len = prompts.shape
    n, t_len = responses.shape[2:]
    h, hd = arch.num_heads, arch.head_dim
    inputs = responses[..., : t_len - 1]
    t_in = t_len - 1
    lengths = (prompts != pad).sum(-1)
    prompt_positions = (torch.arange(p_len, device=prompts.device) - (p_len - lengths).unsqueeze(-1)).clamp(min=0)
    response_positions = lengths[:, :, None, None] + torch.arange(t_in, device=prompts.device)
    ids = torch.cat([prompts.flatten(1), inputs.flatten(1)], dim=1)
    positions = torch.cat([prompt_positions.flatten(1), response_positions.expand(s, g, n, t_in).flatten(1)], dim=1)

    hidden_key = _minus_infinity((prompts == pad)[:, :, None, None, :])
    causal = _minus_infinity(_future(p_len, prompts.device)) + hidden_key
    future = _minus_infinity(_future(t_in, prompts.device))
    scale = hd**-0.5

    def attend(_: int, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        def parts(x: Tensor) -> tuple[Tensor, Tensor]:
            prompt, own = x.split([g * p_len, g * n * t_in], dim=1)
            return (
                prompt.view(s, g, p_len, h, hd).transpose(2, 3),
                own.view(s, g, n, t_in, h, hd).permute(0, 1, 4, 2, 3, 5),
            )

        (qp, qr), (kp, kr), (vp, vr) = parts(q * scale), parts(k), parts(v)
        weights = torch.softmax(qp @ kp.transpose(-1, -2) + causal, dim=-1)
        out_prompt = (weights @ vp).transpose(2, 3).reshape(s, g * p_len, h, hd)
        to_prompt = (qr.reshape(s, g, h, n * t_in, hd) @ kp.transpose(-1, -2) + hidden_key).view(
            s, g, h, n, t_in, p_len
        )
        weights = torch.softmax(torch.cat([to_prompt, qr @ kr.transpose(-1, -2) + future], dim=-1), dim=-1)
        w_prompt, w_own = weights.split([p_len, t_in], dim=-1)
        out = (w_prompt.reshape(s, g, h, n * t_in, p_len) @ vp).view(s, g, h, n, t_in, hd) + w_own @ vr
        return torch.cat([out_prompt, out.permute(0, 1, 3, 4, 2, 5).reshape(s, g * n * t_in, h, hd)], dim=1)

    hidden = decode_layers(arch, p, ids, positions, attend)
    of_prompts, own = hidden.split([g * p_len, g * n * t_in], dim=1)
    own = own.view(s, g, n, t_in, -1)
    first = of_prompts.view(s, g, p_len, -1)[:, :, -1, None, None].expand(s, g, n, 1, -1)
    predicting = torch.cat([first, own], dim=3)
    return to_logits(p, predicting.reshape(s, g * n * t_len, -1)).view(s, g, n, t_len, -1)


def document_logits(arch: Architecture, p: Parameters, documents: Tensor) -> Tensor:
    """Logits that predict the next token at every position of documents that share nothing.

    Args:
        documents: int64 [S, D, T], right-padded (what stands behind a document's end is computed and means nothing).

    Returns:
        [S, D, T, vocab]; position t is the distribution of token t + 1.
    """
    s, d, t = documents.shape
    positions = torch.arange(t, device=documents.device).expand(s, d, t).flatten(1)
    future = _minus_infinity(_future(t, documents.device))
    scale = arch.head_dim**-0.5

    def attend(_: int, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        q, k, v = (x.view(s, d, t, arch.num_heads, arch.head_dim).transpose(2, 3) for x in (q, k, v))
        weights = torch.softmax(q * scale @ k.transpose(-1, -2) + future, dim=-1)
        return (weights @ v).transpose(2, 3).reshape(s, d * t, arch.num_heads, arch.head_dim)

    hidden = decode_layers(arch, p, documents.flatten(1), positions, attend)
    return to_logits(p, hidden).view(s, d, t, -1)


def load_weights(folder: Path) -> tuple[Architecture, Tensor]:
    """Read a Hugging Face folder: its architecture and its weights as one flat float32 vector [P]."""
    arch = Architecture.from_hf_config(json.loads((folder / "config.json").read_text()))
    hf = load_file(folder / "model.safetensors")
    parameters = {"embedding": hf["model.embed_tokens.weight"], "norm": hf["model.norm.weight"]}
    for i in range(arch.num_layers):
        for name, (parts, kind) in _hf_names(arch, i).items():
            whole = torch.cat([hf[f"{part}.{kind}"] for part in parts], dim=0)
            parameters[name] = whole.t() if whole.dim() == 2 else whole
    return arch, torch.cat([parameters[name].float().reshape(-1) for name in arch.shapes()])


def save_weights(folder: Path, arch: Architecture, flat: Tensor) -> None:
    """Write config.json, generation_config.json and model.safetensors as transformers lays them out."""
    p = {name: value[0] for name, value in unflatten(arch, flat.detach().reshape(1, -1)).items()}
    hf = {"model.embed_tokens.weight": p["embedding"], "model.norm.weight": p["norm"]}
    for i in range(arch.num_layers):
        for name, (parts, kind) in _hf_names(arch, i).items():
            whole = p[name].t() if p[name].dim() == 2 else p[name]
            for part, piece in zip(parts, whole.chunk(len(parts), dim=0)):
                hf[f"{part}.{kind}"] = piece
    folder.mkdir(parents=True, exist_ok=True)
    save_file(
        {name: value.clone().contiguous() for name, value in hf.items()}, folder / "model.safetensors", {"format": "pt"}
    )
    (folder / "config.json").write_text(json.dumps(arch.hf_config(), indent=2) + "\n")


def _hf_names(arch: Architecture, layer: int) -> dict[str, tuple[list[str], str]]:
    """Our fused name -> (transformers' modules whose rows it joins, "weight" or "bias")."""
    prefix = f"model.layers.{layer}"
    qkv = [f"{prefix}.self_attn.{part}_proj" for part in "qkv"]
    names = {
        "input_norm": ([f"{prefix}.input_layernorm"], "weight"),
        "qkv": (qkv, "weight"),
        "output": ([f"{prefix}.self_attn.o_proj"], "weight"),
        "mlp_norm": ([f"{prefix}.post_attention_layernorm"], "weight"),
        "gate_up": ([f"{prefix}.mlp.gate_proj", f"{prefix}.mlp.up_proj"], "weight"),
        "down": ([f"{prefix}.mlp.down_proj"], "weight"),
    }
    if arch.model_type == "qwen2":
        names["qkv_bias"] = (qkv, "bias")
    return {f"{layer}.{name}": value for name, value in names.items()}


class _Norm(torch.autograd.Function):
    """RMSNorm of [S, M, D] by weight [S, D]; its gradient by formula, in a third of autograd's passes over memory."""

    @staticmethod
    def forward(ctx, x: Tensor, weight: Tensor, eps: float) -> Tensor:
        scale = torch.linalg.vector_norm(x, dim=-1, keepdim=True).square_().div_(x.shape[-1]).add_(eps).rsqrt_()
        normed = x * scale
        ctx.save_for_backward(normed, scale, weight)
        return normed * weight.unsqueeze(1)

    @staticmethod
    def backward(ctx, grad: Tensor) -> tuple[Tensor, Tensor, None]:
        normed, scale, weight = ctx.saved_tensors
        product = grad * normed
        inner = torch.bmm(product, weight.unsqueeze(-1)) / normed.shape[-1]
        grad_x = torch.addcmul(grad * weight.unsqueeze(1), normed, inner, value=-1).mul_(scale)
        return grad_x, product.sum(1), None


def _rope(arch: Architecture, positions: Tensor) -> tuple[Tensor, Tensor]:
    half = arch.head_dim // 2
    exponents = torch.arange(half, dtype=torch.float32, device=positions.device) / half
    angles = positions.unsqueeze(-1) * (arch.rope_theta**-exponents)
    cos, sin = angles.cos(), angles.sin()
    return torch.cat([cos, cos], dim=-1)[:, :, None, None], torch.cat([-sin, sin], dim=-1)[:, :, None, None]


class _Rotate(torch.autograd.Function):
    """Rotary positions on [S, M, 2, heads, head_dim], queries and keys; the gradient is the rotation back."""

    @staticmethod
    def forward(ctx, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        ctx.save_for_backward(cos, sin)
        return _rotate(x, cos, sin)

    @staticmethod
    def backward(ctx, grad: Tensor) -> tuple[Tensor, None, None]:
        cos, sin = ctx.saved_tensors
        return _rotate(grad, cos, -sin), None, None


def _rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    first, second = x.chunk(2, dim=-1)
    return torch.addcmul(x * cos, torch.cat([second, first], dim=-1), sin)


def _future(length: int, device: torch.device) -> Tensor:
    return torch.ones(length, length, dtype=torch.bool, device=device).triu(1)


def _minus_infinity(where: Tensor) -> Tensor:
    """0 where allowed, a very negative number where not (finite, so that an all-padding row stays defined)."""
    return torch.zeros_like(where, dtype=torch.float32).masked_fill(where, -1e30)
