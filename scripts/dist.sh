#!/usr/bin/env bash
# Makes the archive of a release in .build-dist: a tool that needs glibc and no other library, for every processor of this
# architecture, with man pages, completions and licences; then tries it (scripts/check_dist.sh).
set -euo pipefail
cd "$(dirname "$0")/.."
scratch=.build-dist
libraries=$PWD/$scratch/libraries
version=$(grep -rhoE 'toolVersion = "[^"]+' Sources --include='*.swift' | cut -d'"' -f2)
folder=sextant-$version-linux-$(uname -m)
fail() {
  echo "dist: $1" >&2
  exit 1
}

# Libraries that are linked statically, each with those that it needs in turn.
declare -A parts=(
  [openblas]="libopenblas.a"
  [lapacke]="liblapacke.a libopenblas.a libgfortran.a libquadmath.a"
  [hdf5]="libhdf5_serial.a libsz.a libaec.a libz.a"
  [libcrypto]="libcrypto.a"
  [zlib]="libz.a"
)
# The compiler's own, by the names under which the linker asks for them.
declare -A runtime=([stdc++]="libstdc++.a" [gcc_s]="libgcc_eh.a libgcc.a")
rm -rf "$libraries"
mkdir -p "$libraries"
found=()
library() { # library NAME PART...: to the linker a library, it says which files it stands for
  local name=$1 files=() part file
  shift
  for part in "$@"; do
    file=$(gcc -print-file-name="$part")
    [ -f "$file" ] || fail "$part is missing; install gfortran, libaec-dev and what scripts/setup.sh names"
    files+=("$(realpath "$file")")
  done
  found+=("${files[@]}")
  echo "GROUP ( ${files[*]} )" >"$libraries/lib$name.a"
}
# shellcheck disable=SC2086
for name in "${!runtime[@]}"; do library "$name" ${runtime[$name]}; done
for name in "${!parts[@]}"; do
  # shellcheck disable=SC2086
  library "static-$name" ${parts[$name]}
  cat >"$libraries/$name.pc" <<CONFIGURATION
Name: $name
Description: $name, to be linked statically
Version: $(pkg-config --modversion "$name")
Cflags: $(pkg-config --cflags "$name")
Libs: -L$libraries -lstatic-$name
CONFIGURATION
done

PKG_CONFIG_PATH=$libraries swift build -c release --product sextant --static-swift-stdlib --scratch-path "$scratch"

rm -rf "${scratch:?}/$folder"
strip -o "$scratch/sextant" "$scratch/release/sextant"
bash scripts/install.sh "$PWD/$scratch/sextant" "$PWD/$scratch/$folder" >/dev/null

notices=$scratch/$folder/share/doc/sextant/THIRD-PARTY.txt
{
  echo "Parts of other projects that are linked into bin/sextant, and their licences. Sextant's own is in LICENSE."
  echo "Swift's standard library, Dispatch and Foundation: Apache-2.0 with Runtime Library Exception (swift.org/LICENSE.txt);"
  echo "Foundation has parts of ICU: Unicode License V3 (unicode.org/license.txt)."
  echo "libgfortran: GPL-3 with GCC Runtime Library Exception. libquadmath: LGPL-2.1 or later; whoever wants another version of it"
  echo "links it in with scripts/dist.sh of Sextant's sources."
  for licence in "$scratch"/checkouts/*/LICENSE*; do
    printf '\n==== %s\n\n' "$(basename "$(dirname "$licence")")"
    cat "$licence"
  done
  while read -r package; do
    printf '\n==== %s\n\n' "$package"
    cat "/usr/share/doc/$package/copyright"
  done < <(dpkg -S "${found[@]}" | cut -d: -f1 | sort -u)
} >"$notices"

archive=$scratch/$folder.tar.gz
tar -C "$scratch" --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$(git log -1 --format=%ct 2>/dev/null || date +%s)" -c "$folder" | gzip -9n >"$archive"
bash scripts/check_dist.sh "$archive"
glibc=$(objdump -T "$scratch/sextant" | grep -oE 'GLIBC_[0-9.]+' | sort -Vu | tail -1)
echo "$archive: $(($(stat -c %s "$archive") / 1000000)) MB, needs $glibc"
