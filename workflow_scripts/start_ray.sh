#!/usr/bin/env bash
# Run a command on a Ray cluster that spans this job's nodes: one `ray start` a node, the head here.
#   start_ray.sh NODES GPUS PYTHON COMMAND ...
# Under Slurm the other nodes are reached with srun; without it they are further Ray nodes on this machine (the tests).
set -euo pipefail
nodes=$1 gpus=$2 python=$3
shift 2
ray="$(dirname "$python")/ray"
port=$((20000 + RANDOM % 20000))
address="$(hostname --ip-address | cut -d' ' -f1):$port"
workers=()

stop() {
    for worker in "${workers[@]}"; do kill "$worker" 2>/dev/null || true; done
}
trap stop EXIT

start() { # as a child of this job, so that it ends with it
    "$@" &
    workers+=("$!")
}

node=(--num-cpus 16 --num-gpus "$gpus" --block)
start "$ray" start --head --port "$port" --include-dashboard=false "${node[@]}"
sleep 10
for ((i = 1; i < nodes; i++)); do
    if [[ -n ${SLURM_JOB_ID:-} ]]; then
        start srun --overlap --nodes 1 --ntasks 1 --relative "$i" "$ray" start --address "$address" "${node[@]}"
    else
        start "$ray" start --address "$address" "${node[@]}"
    fi
done
export RAY_ADDRESS=$address
until "$python" -c "import ray, sys; ray.init(); sys.exit(len([n for n in ray.nodes() if n['Alive']]) < $nodes)" 2>/dev/null; do
    sleep 2
done
"$@"
