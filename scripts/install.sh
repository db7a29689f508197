#!/usr/bin/env bash
# Puts a built tool with its man pages and completions under a prefix: install.sh TOOL PREFIX.
set -euo pipefail
cd "$(dirname "$0")/.."
tool=$1
prefix=$2

# The parser's own program for man pages, as a package by itself: needs no network.
parser=$(find .build*/checkouts -maxdepth 1 -name swift-argument-parser -print -quit)
swift build -c release --package-path "$parser" --scratch-path .build/man-pages --product generate-manual >/dev/null

install -D -m 755 "$tool" "$prefix/bin/sextant"
mkdir -p "$prefix/share/man/man1"
.build/man-pages/release/generate-manual "$tool" --multi-page --date "$(date +%F)" -o "$prefix/share/man/man1" >/dev/null
completion() { # completion SHELL FILE
  mkdir -p "$(dirname "$prefix/share/$2")"
  "$tool" --generate-completion-script "$1" >"$prefix/share/$2"
}
completion bash bash-completion/completions/sextant
completion zsh zsh/site-functions/_sextant
completion fish fish/vendor_completions.d/sextant.fish
install -D -m 644 LICENSE "$prefix/share/doc/sextant/LICENSE"
# Where models and maps are kept for every folder, once it is there.
install -D -m 644 models/README.md "$prefix/share/sextant/models/README.md"
echo "$prefix/bin/sextant"
