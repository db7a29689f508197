#!/usr/bin/env bash
# Makes the library's documentation from what `make build` or `make test` has built and docs/Sextant.docc: .build/docs. Warnings are errors.
set -euo pipefail
cd "$(dirname "$0")/.."
build=$(readlink -f ".build/${CONFIGURATION:-release}")
triple=$(swift -print-target-info | sed -nE 's/.*"unversionedTriple": "(.*)",/\1/p' | head -1)
graphs=$(mktemp -d)
trap 'rm -rf "$graphs"' EXIT

# What a program needs of C to import the library.
flags=(-I "$build/Modules")
while read -r map; do flags+=(-Xcc "-fmodule-map-file=$map"); done < <(
  find "$build/CKernels.build" "$build/CCommit.build" Sources/CHDF5 Sources/COpenBLAS Sources/COpenSSL Sources/CZlib .build/checkouts/*/Sources -name module.modulemap)
for flag in $(pkg-config --cflags-only-I hdf5 openblas lapacke libcrypto zlib); do flags+=(-Xcc "$flag"); done

modules=$(sed -nE 's/^@_exported public import //p' Sources/Umbrella/Sextant.swift | paste -sd ,)
swift-symbolgraph-extract -module-name Sextant -target "$triple" "${flags[@]}" -minimum-access-level public \
  -skip-synthesized-members -experimental-allowed-reexported-modules="$modules" -output-dir "$graphs"
docc convert docs/Sextant.docc --additional-symbol-graph-dir "$graphs" --fallback-display-name Sextant \
  --fallback-bundle-identifier org.sextant.Sextant --warnings-as-errors --output-path .build/docs
echo ".build/docs"
