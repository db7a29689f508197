#!/usr/bin/env bash
# Measures Sextant and its peers in turn and writes the table to Benchmarks/results.md. See Benchmarks/README.md.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${BENCH_PYTHON:-python3}
if [ -z "${BENCH_PYTHON:-}" ]; then
  if [ ! .peers -nt Benchmarks/requirements.txt ]; then
    # llama.cpp as this processor runs it best; what reads pictures is left out.
    CMAKE_ARGS="-DGGML_NATIVE=ON -DLLAVA_BUILD=OFF" python3 -m pip install --quiet --upgrade --target .peers --requirement Benchmarks/requirements.txt
    touch .peers
  fi
  export PYTHONPATH="$PWD/.peers"
fi
export BENCH_THREADS=${BENCH_THREADS:-2}
export OPENBLAS_NUM_THREADS=$BENCH_THREADS OMP_NUM_THREADS=$BENCH_THREADS MKL_NUM_THREADS=$BENCH_THREADS
exec taskset --cpu-list "0-$((BENCH_THREADS - 1))" "$python" Benchmarks/bench.py "$@"
