#!/usr/bin/env bash
# Tries an installed tool, or an archive of `make dist`, from / with an empty environment: check_dist.sh PREFIX|ARCHIVE.
set -euo pipefail
repository=$(realpath "$(dirname "$0")/..")
given=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd /
fail() {
  echo "check_dist: $1" >&2
  exit 1
}
prefix=$given
if [ -f "$given" ]; then
  tar -xzf "$given" -C "$work"
  prefix=$(echo "$work"/sextant-*)
  drawn=$(ldd "$prefix/bin/sextant" | grep -oE '[^ /	]+\.so[^ ]*' | grep -vE '^(linux-vdso|ld-linux[^ ]*|lib(c|m))\.so' || true)
  [ -z "$drawn" ] || fail "the tool needs libraries that not every system has: $drawn"
  [ -s "$prefix/share/doc/sextant/THIRD-PARTY.txt" ] || fail "the licences of others are missing"
fi
# The archive's tool must not meet the folder that it was built in, nor may it leave anything in a home.
run() { env -i "$prefix/bin/sextant" "$@" || fail "sextant $1 ended with $?"; }
has() { grep -qF -- "$2" <<<"$1" || fail "\"$2\" is not in: $1"; }

version=$(grep -rhoE 'toolVersion = "[^"]+' "$repository/Sources" --include='*.swift' | cut -d'"' -f2)
told=$(run --version)
has "$told" "sextant $version"
has "$told" "OpenBLAS"
has "$(run models list)" "smollm2-135m"
for behaviour in sentiment formality certainty tense; do has "$(run steer behaviours)" "$behaviour"; done
for model in llama qwen2; do
  run import "$repository/Tests/TransformersTests/Golden/$model.gguf" --as "$model" --models "$work/models" >/dev/null
  run verify "$work/models/$model.h5" >/dev/null
done
has "$(run align llama qwen2 --models "$work/models" --alignments "$work/alignments")" "ridge"
run generate "$repository/Tests/TransformersTests/Golden/llama.gguf" a >/dev/null
bash -n "$prefix/share/bash-completion/completions/sextant"
for page in sextant sextant.compare sextant.steer.transfer; do
  [ -s "$prefix/share/man/man1/$page.1" ] || fail "no man page $page"
done
echo "$told"
