#!/usr/bin/env bash
# Run a command on a Ray cluster that spans this job's nodes: one `ray start` a node, the head here.
#   start_ray.sh NODES GPUS PYTHON COMMAND ...
# Under Slurm the other nodes are reached with srun; without it they are further Ray nodes on this machine (the tests).
set -euo pipefail
nodes=$1 gpus=$2 python=$3
shift 2
ray="$(dirname "$python")/ray"
port=$((20000 + RANDOM % 20000))
address="$("$python" -c "import ray; print(ray.util.get_node_ip_address())"):$port"
# Only who has this job's token may use its cluster.
RAY_AUTH_TOKEN="$(od -An -N32 -tx1 /dev/urandom | tr -d ' \n')"
export RAY_AUTH_MODE=token RAY_AUTH_TOKEN RAY_USAGE_STATS_ENABLED=0
started=()

stop() {
    for process in "${started[@]}"; do kill "$process" 2>/dev/null || true; done
}
trap stop EXIT

start() { # as a child of this job, so that it ends with it
    "$@" &
    started+=("$!")
}

alive() { # as many nodes as there should be
    "$python" -c "import ray, sys; ray.init(); sys.exit(sum(n['Alive'] for n in ray.nodes()) < $nodes)" &>/dev/null
}

# Its CPUs are only counted: verl books three for each GPU, and a dozen more, and waits for ever where there are fewer.
node=(--num-cpus "$((16 + 4 * gpus))" --num-gpus "$gpus" --block)
# Slurm names the GPUs for AMD too, which verl refuses beside CUDA's name.
ray_start=(env -u ROCR_VISIBLE_DEVICES "$ray" start)
start "${ray_start[@]}" --head --port "$port" --include-dashboard=false "${node[@]}"
export RAY_ADDRESS=$address
until "$ray" status &>/dev/null; do
    kill -0 "${started[0]}"
    sleep 1
done
for ((i = 1; i < nodes; i++)); do
    if [[ -n ${SLURM_JOB_ID:-} ]]; then
        start srun --overlap --cpu-bind=none --nodes 1 --ntasks 1 --relative "$i" \
            "${ray_start[@]}" --address "$address" "${node[@]}"
    else
        start "${ray_start[@]}" --address "$address" "${node[@]}"
    fi
done
until alive; do
    for process in "${started[@]}"; do kill -0 "$process"; done
    sleep 2
done
"$@"
