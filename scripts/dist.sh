#!/usr/bin/env bash
# Makes the archive of a release in .build-dist: a tool that needs glibc and no other library, for every processor of this
# architecture, with man pages, completions and licences; then tries it (scripts/check_dist.sh).
set -euo pipefail
cd "$(dirname "$0")/.."
scratch=.build-dist
libraries=$PWD/$scratch/libraries
version=$(grep -rhoE 'toolVersion = "[^"]+' Sources --include='*.swift' | cut -d'"' -f2)
name=sextant-$version-linux-$(uname -m)
fail() {
  echo "dist: $1" >&2
  exit 1
}

# Libraries that are linked statically, and those that they need in turn. The compiler's own come with a Fortran compiler.
declare -A parts=(
  [openblas]="libopenblas.a"
  [lapacke]="liblapacke.a libopenblas.a libgfortran.a libquadmath.a"
  [hdf5]="libhdf5_serial.a libsz.a libaec.a libz.a"
  [libcrypto]="libcrypto.a"
)
rm -rf "$libraries"
mkdir -p "$libraries"
found=()
for package in "${!parts[@]}"; do
  group=()
  for part in ${parts[$package]}; do
    file=$(gcc -print-file-name="$part")
    [ -f "$file" ] || fail "$part is missing; install gfortran, libaec-dev and what scripts/setup.sh names"
    group+=("$(realpath "$file")")
  done
  found+=("${group[@]}")
  # To the linker this is a library; what it says is which files it stands for.
  echo "GROUP ( ${group[*]} )" >"$libraries/libstatic-$package.a"
  cat >"$libraries/$package.pc" <<CONFIGURATION
Name: $package
Description: $package, to be linked statically
Version: $(pkg-config --modversion "$package")
Cflags: $(pkg-config --cflags "$package")
Libs: -L$libraries -lstatic-$package
CONFIGURATION
done

PKG_CONFIG_PATH=$libraries swift build -c release --product sextant --static-swift-stdlib --scratch-path "$scratch"

rm -rf "${scratch:?}/$name"
strip -o "$scratch/sextant" "$scratch/release/sextant"
bash scripts/install.sh "$PWD/$scratch/sextant" "$PWD/$scratch/$name" >/dev/null

notices=$scratch/$name/share/doc/sextant/THIRD-PARTY.txt
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

archive=$scratch/$name.tar.gz
tar -C "$scratch" --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$(git log -1 --format=%ct 2>/dev/null || date +%s)" -c "$name" | gzip -9n >"$archive"
bash scripts/check_dist.sh "$archive"
glibc=$(objdump -T "$scratch/sextant" | grep -oE 'GLIBC_[0-9.]+' | sort -Vu | tail -1)
echo "$archive: $(($(stat -c %s "$archive") / 1000000)) MB, needs $glibc"
