#!/usr/bin/env bash
# The gates besides the tests: format, imports that the manifest declares, and the rules of the house.
set -euo pipefail
cd "$(dirname "$0")/.."
status=0
fail() {
  echo "check: $1" >&2
  status=1
}

echo "check: format"
swift format lint --strict --configuration .swift-format -r Sources Tests Package.swift || fail "run make format"

echo "check: imports"
# shellcheck disable=SC2086
swift build ${SWIFT_FLAGS:--c release} --explicit-target-dependency-import-check error >/dev/null || fail "an import is not declared"
python3 scripts/check_imports.py || fail "what a target imports and what it declares differ"

echo "check: house rules"
only() { # only MODULE FOLDER...: no other folder may import MODULE
  local module=$1
  shift
  local found
  found=$(grep -rlE "^(public |package |internal )?import $module\$" Sources | grep -vE "^Sources/($(IFS='|'; echo "$*"))/" || true)
  [ -z "$found" ] || fail "$module may be imported by $* only, not by: $found"
}
only Glibc Tensors
only COpenBLAS LinearAlgebra
only CHDF5 Stores
only COpenSSL Files
only CZlib Files
only CMPI Distribution
if grep -rnE 'try!|fatalError\(|as! |-Ounchecked|\b(TODO|FIXME|XXX)\b' Sources Package.swift; then fail "crashes or promises in Sources"; fi
# The names that the families' files give. In GGUFTokenizer, NamedRules and TokenizerCompanions they are kinds of tokenizers.
families=Sources/Checkpoints/Families
names=$(grep -hoE '(name: "|huggingFaceTypes: \[)[^])]*' $families/*.swift | grep -oE '"[^", ]+"' | sort -u | paste -sd '|')
[ -n "$names" ] || fail "no names of families in $families"
if grep -rnE "$names" Sources --include='*.swift' | grep -vE "^($families/|Sources/.*/(GGUFTokenizer|NamedRules|TokenizerCompanions)\.swift:)"; then
  fail "a family is asked for by its name; give ModelFamily a trait, and its file in $families the value"
fi

echo "check: documentation of public names"
# What a protocol asks for is documented there.
undocumented=$(awk '
  FNR == 1 { documented = 0 }
  /^ *\/\/\// { documented = 1; next }
  /^ *@/ { next }
  /^ *public (static |final |mutating )*(func|struct|enum|class|protocol) / && !documented { print FILENAME ":" FNR ": " $0 }
  { documented = 0 }
' $(find Sources -name '*.swift') | grep -vE 'func (encode|hash|next)\(|static func (==|<|metrics|measure|reach|tokenColumns)' || true)
[ -z "$undocumented" ] || fail "public names without a docstring:
$undocumented"
exit $status
