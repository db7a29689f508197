#!/usr/bin/env bash
# Compiles the kernels of packed matrices for ARM, runs them in an emulator and compares them with this processor's, bit for bit. Needs
# Debian's qemu-user, libc6-dev-arm64-cross and libgcc-12-dev-arm64-cross.
set -euo pipefail
cd "$(dirname "$0")/.."

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
sources=(-O2 -ISources/CKernels/include -ISources/CKernels scripts/check_arm.c Sources/CKernels/*.c -lpthread -lm)
libraries=$(echo /usr/lib/gcc-cross/aarch64-linux-gnu/*)

clang "${sources[@]}" -o "$scratch/here"
clang --target=aarch64-linux-gnu -isystem /usr/aarch64-linux-gnu/include "${sources[@]}" -o "$scratch/arm" \
  -L"$libraries" -B"$libraries" -L/usr/aarch64-linux-gnu/lib -B/usr/aarch64-linux-gnu/lib \
  -fuse-ld="$(command -v aarch64-linux-gnu-ld)"
"$scratch/here" > "$scratch/here.txt"
qemu-aarch64 -L /usr/aarch64-linux-gnu "$scratch/arm" > "$scratch/arm.txt"
if grep -E "WRONG|OTHERS" "$scratch"/*.txt; then exit 1; fi
diff "$scratch/here.txt" "$scratch/arm.txt"
echo "check: $(wc -l < "$scratch/arm.txt") lines of ARM are those of this processor"
