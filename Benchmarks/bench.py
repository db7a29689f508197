"""Runs every job with Sextant and with its peers in turn, each in a process of its own, and writes a Markdown table."""

import datetime
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile

MODELS = os.environ.get("MODELS", "models")
OURS = ".build/release/sextant-bench"
PEERS = [sys.executable, "Benchmarks/peers.py"]
SMOLLM2 = f"{MODELS}/SmolLM2-135M-Instruct.Q4_1.gguf"
GEMMA = f"{MODELS}/gemma-3-270m-q4_k_m.gguf"
# tok/s: larger is better; s: smaller is better.
BARS = {
    ("decode", 1): ("transformers", "≥ 3 ×"),
    ("decode", 32): ("transformers", "≥ 1.5 ×"),
    ("import", 1): (None, "≤ 10 s, ≤ 1.5 GiB"),
    ("orientation", 1): (None, "≤ 3 s"),
}


def measure(command):
    print("bench:", " ".join(command), file=sys.stderr, flush=True)
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        print(done.stderr[-2000:], file=sys.stderr)
        return []
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    return [json.loads(line) for line in lines]


def together(commands, rounds):
    """Runs the commands in turn, `rounds` times, and pools the values: slow and fast minutes hit all alike."""
    pooled = {}
    for _ in range(rounds):
        for command in commands:
            for found in measure(command):
                key = (found.get("peer", "Sextant"), found["job"])
                if key in pooled:
                    pooled[key]["values"] += found["values"]
                else:
                    pooled[key] = found
    return pooled


def rows(title, pooled, batch=1):
    for job in dict.fromkeys(key[1] for key in pooled):
        ours = pooled.get(("Sextant", job))
        if ours is None:
            continue
        unit = ours["unit"]
        median = statistics.median(ours["values"])
        peers = {peer: found for (peer, kind), found in pooled.items() if kind == job and peer != "Sextant"}
        peak = ours["facts"].get("peakBytes")
        text = f"{median:.3g} {unit}" + (f", {peak / 2**30:.2f} GiB" if peak else "")
        spread = f"{min(ours['values']):.3g} – {max(ours['values']):.3g}"
        bar_peer, bar = BARS.get((job, batch), (None, ""))
        if not peers:
            yield [title, job, text, spread, "–", "–", "–", bar]
        for peer, found in peers.items():
            theirs = statistics.median(found["values"])
            ratio = median / theirs if unit == "tok/s" else theirs / median
            meant = bar if bar_peer is None or peer.startswith(bar_peer) else ""
            yield [title, job, text, spread, peer, f"{theirs:.3g} {unit}", f"{ratio:.2f}", meant]


def main():
    quick = "--quick" in sys.argv
    runs, rounds = ("2", 1) if quick else ("3", 2)
    table = []
    for file in (SMOLLM2, GEMMA):
        for batch, tokens in ((1, "64"), (32, "32")):
            sizes = ["--batch", str(batch), "--prompt", "64", "--tokens", tokens, "--runs", runs]
            commands = [[OURS, "decode", file] + sizes] + [PEERS + [peer, file] + sizes for peer in ("transformers", "llama")]
            title = f"{os.path.basename(file).split('.')[0]}, batch {batch}"
            table += rows(title, together(commands, rounds), batch)
    with tempfile.TemporaryDirectory() as folder:
        stores = {}
        for file in (SMOLLM2, GEMMA):
            stores[file] = f"{folder}/{os.path.basename(file)}.h5"
            commands = [[OURS, "import", file, stores[file], "--runs", runs],
                        PEERS + ["import", file, f"{folder}/peer.h5", "--runs", runs]]
            table += rows(f"{os.path.basename(file).split('.')[0]} to its store", together(commands, 1))
        pairs = f"{folder}/pairs.csv"
        commands = [[OURS, "orientation", stores[SMOLLM2], stores[GEMMA], "--pairs", pairs],
                    PEERS + ["orientation", stores[SMOLLM2], stores[GEMMA], pairs]]
        table += rows("relative orientation, all matched tokens", together(commands, 1))
    head = ["what", "job", "Sextant", "min – max", "peer", "peer's median", "ratio", "bar"]
    lines = ["| " + " | ".join(row) + " |" for row in [head, ["--"] * len(head)] + table]
    processor = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.machine())
    text = "\n".join([
        "# Speed, in one run", "",
        f"{datetime.date.today()}, {processor}, {os.environ['BENCH_THREADS']} threads, medians. A ratio above 1 means that Sextant is faster.", "",
    ] + lines) + "\n"
    with open("Benchmarks/results.md", "w") as file:
        file.write(text)
    print(text)


if __name__ == "__main__":
    main()
