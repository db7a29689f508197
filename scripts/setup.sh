#!/usr/bin/env bash
# Installs what the build needs from the system: OpenBLAS, LAPACKE, HDF5, libcrypto, zlib, pkg-config, gnuplot for figures, and WordNet
# (6 MB) for token profiles and make elm-demo.
set -euo pipefail

packages=(libopenblas-dev liblapacke-dev libhdf5-dev libssl-dev zlib1g-dev pkg-config gnuplot-nox wordnet-base python3-pip)

missing() {
  pkg-config --exists openblas lapacke hdf5 libcrypto zlib 2>/dev/null || return 0
  command -v gnuplot >/dev/null || return 0
  [ -f /usr/share/wordnet/data.noun ] || ! command -v apt-get >/dev/null || return 0
  python3 -m pip --version >/dev/null 2>&1 || return 0
  return 1
}

missing || exit 0
if command -v apt-get >/dev/null; then
  sudo=""
  [ "$(id -u)" -eq 0 ] || sudo="sudo"
  # pip may come with another Python; then Debian's is not needed.
  if python3 -m pip --version >/dev/null 2>&1; then packages=("${packages[@]/python3-pip/}"); fi
  $sudo apt-get update -qq
  # shellcheck disable=SC2068
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends ${packages[@]}
else
  cat >&2 <<'TEXT'
This system has no apt-get. Install these, then run make again:
  macOS:   brew install openblas lapack hdf5 openssl@3 zlib pkg-config gnuplot
  Fedora:  dnf install openblas-devel lapack-devel hdf5-devel openssl-devel zlib-devel pkgconf gnuplot python3-pip
TEXT
  exit 1
fi
