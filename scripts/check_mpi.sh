#!/usr/bin/env bash
# Builds with the trait MPI and shows that a comparison on 1, 2 and 4 ranks, and across two network namespaces,
# is the comparison of one process, byte for byte (but for its date); and that a lost rank is told and its work reused.
# check_mpi.sh [MODELS A B]: a models folder and two stores in it; without them, made from the folder's checkpoints.
set -euo pipefail
cd "$(dirname "$0")/.."
models=${1:-models}
a=${2:-smollm2-135m}
b=${3:-gemma-3-270m}
scratch=.build-mpi
tool=$PWD/$scratch/release/sextant
work=$(mktemp -d)
namespaces=(sextant-mpi-a sextant-mpi-b)
clean() {
  for space in "${namespaces[@]}"; do ip netns del "$space" 2>/dev/null || true; done
  rm -rf "$work"
}
trap clean EXIT
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
fail() {
  echo "check_mpi: $1" >&2
  exit 1
}

if [ -z "${SEXTANT_MPI_NO_BUILD:-}" ]; then
  # shellcheck disable=SC2086
  swift build --traits MPI --scratch-path "$scratch" ${SWIFT_FLAGS:--c release} --product sextant
fi
[ -f "$models/$a.h5" ] && [ -f "$models/$b.h5" ] || fail "no stores $a and $b in $models; run make demo, or name others"

# A folder of its own: kept neighbour graphs must not do the work that is to be shown.
fresh() {
  rm -rf "$work/models"
  mkdir -p "$work/models"
  ln -s "$(realpath "$models/$a.h5")" "$work/models/$a.h5"
  ln -s "$(realpath "$models/$b.h5")" "$work/models/$b.h5"
}
arguments=(compare "$a" "$b" --models "$work/models" --json --seed 3 --whole-words --dimension-neighbours 100
  --minimum-norm-quantile 0.5 --dimension-tokens 600 --also neighbour-graphs)
launch() { # launch RANKS [MPIRUN OPTIONS]
  local ranks=$1
  shift
  mpirun -n "$ranks" --oversubscribe --bind-to none "$@" "$tool" "${arguments[@]}"
}
# A result says when it was made.
undated() { grep -v '^  "date": "' "$1"; }
same() {
  cmp <(undated "$work/one.json") <(undated "$1") || fail "$2 gave another result than one process"
  echo "check_mpi: $2: the bytes of one process, but for the date"
}

echo "check_mpi: one process"
fresh
"$tool" "${arguments[@]}" > "$work/one.json"
for ranks in 1 2 4; do
  fresh
  start=$(date +%s.%N)
  launch "$ranks" > "$work/$ranks.json"
  same "$work/$ranks.json" "$ranks ranks ($(echo "$(date +%s.%N) - $start" | bc | cut -c1-5) s)"
  [ ! -e "$work/models/.blocks" ] || fail "blocks are left behind by a job that ended well"
done

echo "check_mpi: a rank is killed"
fresh
launch 3 --report-pid "$work/launcher" > "$work/lost.json" 2> "$work/lost.txt" &
job=$!
for _ in $(seq 600); do
  # Behind the first graph, which the next start finds in its file.
  compgen -G "$work/models/*.knn*.h5" > /dev/null \
    && [ "$(find "$work/models/.blocks" -name '*.block' 2>/dev/null | wc -l)" -ge 2 ] && break
  sleep 0.1
done
victim=$(pgrep -P "$(cat "$work/launcher")" | tail -1)
kill -9 "$victim"
status=0
wait "$job" || status=$?
[ "$status" -ne 0 ] || fail "a job with a lost rank ended with 0"
cat "$work/lost.txt"
grep -q "a rank was lost" "$work/lost.txt" || fail "the message does not say that a rank was lost"
[ ! -s "$work/lost.json" ] || fail "a job with a lost rank printed a result"
kept=$(find "$work/models/.blocks" -name '*.block' | wc -l)
[ "$kept" -gt 0 ] || fail "no block was kept"
launch 2 > "$work/again.json"
same "$work/again.json" "started again over $kept kept blocks (the lost job ended with $status)"
[ ! -e "$work/models/.blocks" ] || fail "blocks of the killed job are left behind by the one that ended well"

if [ "$(id -u)" -ne 0 ] || ! ip netns add "${namespaces[0]}" 2>/dev/null; then
  echo "check_mpi: SKIPPED: two network namespaces need root and iproute2" >&2
  exit 0
fi
ip netns add "${namespaces[1]}"
ip link add sxt-a type veth peer name sxt-b
ip link set sxt-a netns "${namespaces[0]}"
ip link set sxt-b netns "${namespaces[1]}"
for index in 0 1; do
  space=${namespaces[$index]}
  device=$([ "$index" = 0 ] && echo sxt-a || echo sxt-b)
  ip netns exec "$space" ip address add "10.99.7.$((index + 1))/24" dev "$device"
  ip netns exec "$space" ip link set "$device" up
  ip netns exec "$space" ip link set lo up
done
# Stands for ssh: the "host" is an address, its namespace runs the launcher's daemon under a host name of its own.
cat > "$work/agent" <<'AGENT'
#!/usr/bin/env bash
while [[ "$1" == -* ]]; do shift; done
host=$1
shift
exec ip netns exec sextant-mpi-b unshare --uts bash -c "hostname node-b; $*"
AGENT
chmod +x "$work/agent"
fresh
ip netns exec "${namespaces[0]}" unshare --uts bash -c '
  hostname node-a; exec mpirun "$@"' mpirun -n 2 --host 10.99.7.1:1,10.99.7.2:1 --bind-to none \
  --mca plm_rsh_agent "$work/agent" --mca oob_tcp_if_include 10.99.7.0/24 --mca btl tcp,self \
  --mca btl_tcp_if_include 10.99.7.0/24 --mca orte_keep_fqdn_hostnames 1 \
  "$tool" "${arguments[@]}" > "$work/net.json"
sent=$(ip -n "${namespaces[1]}" -s link show sxt-b | awk '/TX:/ { getline; print $1 }')
same "$work/net.json" "2 ranks in two network namespaces ($sent bytes sent by the second)"
[ "$sent" -gt 100000 ] || fail "hardly anything went over the link between the namespaces"
