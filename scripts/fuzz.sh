#!/usr/bin/env bash
# Fuzzes every reader of files from strangers, from the committed corpus on: SECONDS_EACH seconds each (default 20), or RUNS
# inputs each from a fixed seed, as continuous integration does, where a find should be of the change and not of the day.
# Finds land in Fuzz/finds and end the run with 1; a mended find belongs in Fuzz/Corpus/READER.
set -euo pipefail
cd "$(dirname "$0")/.."
limits=(-max_total_time="${SECONDS_EACH:-20}")
[ -z "${RUNS:-}" ] || limits=(-runs="$RUNS" -seed=1)
# swiftc's own choice of coverage for the fuzzer is one that libFuzzer no longer reads.
coverage=edge,inline-8bit-counters,pc-table,trace-cmp
swift build --package-path Fuzz -c release --sanitize fuzzer --sanitize address -Xswiftc -sanitize-coverage=$coverage
mkdir -p Fuzz/finds
export SWIFT_BACKTRACE=enable=no ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1
found=0
for reader in ${READERS:-gguf safetensors pytorch vectors tokenizer store study contrast}; do
  work=$(mktemp -d)
  echo "fuzz: $reader, ${limits[*]}"
  if ! FUZZ_READER=$reader TMPDIR=$work Fuzz/.build/release/fuzz "$work" "Fuzz/Corpus/$reader" \
    "${limits[@]}" -timeout=30 -rss_limit_mb=2048 -max_len=80000 \
    -artifact_prefix="Fuzz/finds/$reader-" >"$work.log" 2>&1; then
    tail -n 30 "$work.log"
    found=$((found + 1))
  fi
  grep -E 'DONE|cov:' "$work.log" | tail -n 1 || true
  rm -rf "$work" "$work.log"
done
echo "fuzz: $found of the readers failed"
[ "$found" -eq 0 ]
