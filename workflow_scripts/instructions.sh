#!/usr/bin/env bash
# The environment in which torch and oneDNN use a set of vector instructions, as another processor would: native (nothing
# set), avx2, or default (none beyond SSE).
case "$1" in
native) ;;
avx2) echo ATEN_CPU_CAPABILITY=avx2 ONEDNN_MAX_CPU_ISA=AVX2 ;;
default) echo ATEN_CPU_CAPABILITY=default ONEDNN_MAX_CPU_ISA=SSE41 ;;
*)
    echo "no such set of instructions: $1; there is native, avx2, default" >&2
    exit 1
    ;;
esac
