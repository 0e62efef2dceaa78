#!/usr/bin/env bash
# Measures a Llama of 7B's shape and random weights on an NVIDIA GPU, and PyTorch with transformers beside it.
# usage: run.sh RESULTS-FOLDER   (see README.md for what must be installed)
set -euo pipefail

results=${1:?usage: run.sh RESULTS-FOLDER}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# The published worker; the azure build's unless another is named.
worker=${WORKER:-$here/../../../gpu-worker/bin/gpu-publish/Serverless.GpuWorker}
batches=${BATCHES:-1,16,64,256}
contexts=${CONTEXTS:-128,2048}

if [[ ! -x $worker ]]; then
    echo "There is no worker at $worker: publish it (README.md) or set WORKER." >&2
    exit 2
fi
mkdir -p "$results"
nvidia-smi --query-gpu=name,driver_version,memory.total,clocks.max.mem,power.limit --format=csv > "$results/device.csv"

# In turns, so that a device that grows warm or is shared slows both.
for format in f16 int4; do
    "$worker" bench --device cuda --shape 7b --format "$format" --batch "$batches" --context "$contexts" --prefill 512 \
        --json "$results/worker-$format.json" | tee "$results/worker-$format.md"
    if [[ $format == f16 ]]; then
        python3 "$here/peer.py" --batch "$batches" --context "$contexts" --prefill 512 --json "$results/peer-f16.json"
    fi
done

# The same with a quantised cache. A provider that was built without float8 kernels says so.
for cache in int8 float8; do
    "$worker" bench --device cuda --shape 7b --format f16 --kv-cache-format "$cache" --batch "$batches" --context "$contexts" --prefill 512 \
        --json "$results/worker-f16-$cache.json" | tee "$results/worker-f16-$cache.md" || echo "no run with a $cache cache" >&2
done
