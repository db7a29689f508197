"""Runs every job with Sextant and with its peers in turn, each in a process of its own, and writes Markdown tables."""

import argparse
import contextlib
import datetime
import functools
import json
import math
import os
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time

MODELS = os.environ.get("MODELS", "models")
OURS = ".build/release/sextant-bench"
TOOL = ".build/release/sextant"
PEERS = [sys.executable, "Benchmarks/peers.py"]
SMOLLM2 = f"{MODELS}/SmolLM2-135M-Instruct.Q4_1.gguf"
GEMMA = f"{MODELS}/gemma-3-270m-q4_k_m.gguf"


# Ours, in rounded arithmetic.
ROUNDED = "Sextant, rounded"


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
                key = (found.get("peer", ROUNDED if "rounded" in command else "Sextant"), found["job"])
                if key in pooled:
                    pooled[key]["values"] += found["values"]
                else:
                    pooled[key] = found
    return pooled


def rows(title, pooled, bars, who="Sextant"):
    """A line for each job and peer of `who`'s; `bars` maps (job, beginning of the peer's name) to what is asked."""
    for job in dict.fromkeys(key[1] for key in pooled):
        ours = pooled.get((who, job))
        if ours is None:
            continue
        unit = ours["unit"]
        median = statistics.median(ours["values"])
        peers = {peer: found for (peer, kind), found in pooled.items() if kind == job and not peer.startswith("Sextant")}
        spread = f"{min(ours['values']):.3g} – {max(ours['values']):.3g}"
        shared = next((bar for (kind, peer), bar in bars.items() if kind == job and peer == ""), "")
        if not peers:
            yield [title, job, amount(ours), spread, "–", "–", "–", shared]
        for peer, found in peers.items():
            theirs = statistics.median(found["values"])
            ratio = median / theirs if unit == "tok/s" else theirs / median
            bar = next((bar for (kind, name), bar in bars.items() if kind == job and name and peer.startswith(name)), shared)
            yield [title, job, amount(ours), spread, peer, amount(found), f"{ratio:.2f}", bar]


def amount(found):
    peak = found["facts"].get("peakBytes")
    return f"{statistics.median(found['values']):.3g} {found['unit']}" + (f", {peak / 2**30:.2f} GiB" if peak else "")


def decoding(_, quick):
    runs, rounds = ("2", 1) if quick else ("3", 2)
    for file in (SMOLLM2, GEMMA):
        for batch, tokens in ((1, "64"), (32, "32")):
            sizes = ["--batch", str(batch), "--prompt", "64", "--tokens", tokens, "--runs", runs]
            commands = [[OURS, "decode", file, *ours, *sizes] for ours in ARITHMETICS] + [PEERS + ["transformers", file] + sizes]
            pooled = together(commands, rounds)
            bars = {("decode", "transformers"): "≥ 3" if batch == 1 else "≥ 1.5"}
            for who in ("Sextant", ROUNDED):
                yield from rows(f"{label(file)}, batch {batch}, {'rounded' if who == ROUNDED else 'f32'}", pooled, bars, who)


ARITHMETICS = (["--arithmetic", "f32"], ["--arithmetic", "rounded"])


def formats(folder, quick):
    """Prompts and decoding of each number format beside llama.cpp's on the same file, and beside torch's in bf16 on its weights.

    What is in F32 or BF16 has no rounded arithmetic. Rows of 576 are no whole number of a K-quant's blocks of 256, so that Q4_K_M is Gemma's file.
    """
    shapes = ((1, 512, 64, 3), (32, 64, 16, 3))
    if quick:
        shapes = ((1, 32, 4, 1), (2, 16, 4, 1))
    files = {"Q4_1": SMOLLM2, "Q4_K_M": GEMMA} | {kind: converted(folder, kind) for kind in ("Q8_0", "BF16", "F32")}
    for kind, file in files.items():
        ours = ARITHMETICS[:1] if kind in ("BF16", "F32") else ARITHMETICS
        for batch, prompt, tokens, runs in shapes:
            sizes = ["--batch", str(batch), "--prompt", str(prompt), "--runs", str(runs), "--tokens"]
            commands = [[OURS, "decode", file, *arithmetic, *sizes, str(tokens)] for arithmetic in ours]
            commands.append(PEERS + ["llama", file] + sizes + [str(tokens)])
            if batch == 1 and kind in ("BF16", "Q4_K_M"):
                commands.append(PEERS + ["transformers", file, "--dtype", "bf16"] + sizes + ["0"])
            pooled = together(commands, 1 if quick else 2)
            for who in ("Sextant", ROUNDED):
                room = pooled.get((who, "decode"), {}).get("facts", {}).get("boundBytes")
                memory = f", ≤ {room / 2**30:.2f} GiB" if room else ""
                bars = {("decode", "llama"): ("≥ 1" if batch == 1 else "≥ 1.5") + memory}
                if batch == 1:
                    bars |= {("prefill", "llama"): "≥ 1", ("prefill", "transformers"): "≥ 1"}
                arithmetic = "rounded" if who == ROUNDED else "f32"
                title = f"{label(file)} {kind}, {batch} × (prompt {prompt}, decode {tokens}), {arithmetic}"
                yield from rows(title, pooled, bars, who)
    command = [TOOL, "generate", SMOLLM2, "The film was", "--max-tokens", "1"]
    values = [wall(command) for _ in range(6)][1:]
    pooled = {("Sextant", "first token"): {"unit": "s", "values": values, "facts": {}}}
    yield from rows("SmolLM2 135M from a warm page cache, the whole process", pooled, {("first token", ""): "≤ 0.5 s"})


def wall(command):
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


@functools.cache
def converted(folder, kind):
    """SmolLM2's weights in another number format."""
    path = f"{folder}/{label(SMOLLM2)}.{kind}.gguf"
    if not os.path.exists(path):
        subprocess.run([sys.executable, "Benchmarks/number_formats.py", SMOLLM2, kind, path], check=True)
    return path


def importing(folder, quick):
    for file in (SMOLLM2, GEMMA):
        sizes = ["--runs", "2" if quick else "3"]
        commands = [[OURS, "import", file, f"{folder}/again.h5"] + sizes, PEERS + ["import", file, f"{folder}/peer.h5"] + sizes]
        yield from rows(f"{label(file)} to its store", together(commands, 1), {("import", ""): "≤ 10 s, ≤ 1.5 GiB"})


def orientation(folder, quick):
    pairs = f"{folder}/pairs.csv"
    stores = [store(folder, SMOLLM2), store(folder, GEMMA)]
    bars = {("orientation", "torch"): "≥ 80"}
    widths = ["--columns-a", "288", "--columns-b", "576"]
    commands = [
        [OURS, "orientation"] + stores + ["--pairs", pairs, "--tokens", "20000"] + widths,
        PEERS + ["orientation"] + stores + [pairs, "--slow-runs", "3"] + widths,
    ]
    yield from rows("relative orientation, 20000 × (288, 576)", together(commands, 3), bars)
    commands = [[OURS, "orientation"] + stores + ["--pairs", pairs], PEERS + ["orientation"] + stores + [pairs]]
    yield from rows("relative orientation, all matched tokens", together(commands, 1), bars | {("orientation", ""): "≤ 2 s"})


def both(job, arguments, peers, ours_only=()):
    """The same job of ours and of peers with the same arguments."""
    return [[OURS, job, *ours_only, *arguments]] + [PEERS + [peer, *arguments] for peer in peers]


def neighbours(folder, quick):
    smollm2 = store(folder, SMOLLM2)
    for k, runs, bar in ((10, 5, "≥ 2.86"), (50, 5, "≥ 2.86"), (1200, 3, "≥ 1.82")):
        arguments = [smollm2, "-k", str(k), "--runs", "1" if quick else str(runs)]
        yield from rows(f"exact kNN of 49152 × 576, cosine, k = {k}", together(both("neighbours", arguments, ["neighbours"]), 1), {("neighbours", "faiss"): bar})


def vocabulary(folder, quick):
    gemma = store(folder, GEMMA)
    for metric in ("cosine", "euclidean"):
        size = ["--rows", "32768"] if quick else []
        arguments = [gemma, "-k", "50", "--metric", metric, "--runs", "1"] + size
        yield from rows(f"exact kNN of {size[1] if size else 262144} × 640, {metric}, k = 50", together(both("neighbours", arguments, ["neighbours"]), 1), {("neighbours", "faiss"): "≥ 2.86"})


def points(folder, quick):
    gemma = store(folder, GEMMA)
    for metric in ("cosine", "euclidean"):
        arguments = [gemma, "-k", "10", "--metric", metric, "--runs", "5" if quick else "20"]
        yield from rows(f"exact neighbours of one point among 262144 × 640, {metric}, k = 10", together(both("point", arguments, ["point"]), 1 if quick else 3), {("point", ""): "≤ 60 ms, memory = the store"})
    arguments = [gemma, "-k", "10", "--metric", "all", "--runs", "5" if quick else "20"]
    yield from rows("the same by all five nearnesses at once", together([[OURS, "point"] + arguments], 1), {("point", ""): "≤ 60 ms, memory = the store"})


def ranks(folder, quick):
    stores = [store(folder, SMOLLM2), store(folder, GEMMA)]
    few = stores + ["--rows", "5000" if quick else "20000", "--runs", "1"]
    yield from rows(f"Spearman of all pairs, {few[-3]} tokens", together(both("spearman", few, ["spearman"]), 1), {("spearman", "scipy"): "≥ 15, ≤ 1/20 of the memory"})
    many = stores + ["--rows", "10000" if quick else "49152", "--runs", "1"]
    yield from rows(f"Spearman of all pairs, {many[-3]} tokens", together(both("spearman", many, ["products"]), 1), {("spearman", "floor"): "≥ 0.67"})


def weights(folder, quick):
    for k, sklearn in ((10, "≥ 6"), (50, "≥ 2.5")):
        arguments = [store(folder, SMOLLM2), "-k", str(k), "--runs", "1" if quick else "5"]
        bars = {("weights", "scikit-learn"): sklearn, ("weights", "numpy"): "≥ 2"}
        yield from rows(f"LLE weights of 49152 × 576, k = {k}", together(both("weights", arguments, ["weights"]), 1), bars)


def dimension(folder, quick):
    arguments = [store(folder, SMOLLM2), "-k", "1200", "--tokens", "300" if quick else "1000", "--runs", "1" if quick else "3"]
    bars = {("dimension", "numpy"): "≥ 2.5", ("dimension", "scikit-dimension"): "≥ 12"}
    yield from rows(f"local PCA at 95 %, k = 1200, {arguments[4]} of 49152 × 576", together(both("dimension", arguments, ["dimension"]), 1), bars)


def maps(folder, quick):
    stores = [store(folder, SMOLLM2), store(folder, GEMMA)]
    for method, bar in (("least-squares", "≥ 6"), ("ridge", "≥ 40"), ("procrustes", "≥ 1")):
        arguments = stores + [method, "--rows", "30000", "--runs", "1" if quick else "5"]
        yield from rows("map of 30000 rows, 576 to 640", together(both("map", arguments, ["maps"]), 1 if quick else 3), {(method, ""): bar})


def gradients(_, quick):
    sizes = ["--prompt", "128", "--runs", "2" if quick else "5"]
    for file in (SMOLLM2, GEMMA):
        commands = [[OURS, "gradient", file] + sizes, PEERS + ["gradient", file] + sizes]
        bars = {("forward and reverse", "transformers"): "≥ 2"} if file == SMOLLM2 else {}
        pooled = together(commands, 1 if quick else 3)
        forward, reverse = (pooled.get(("Sextant", job)) for job in ("forward", "reverse"))
        if forward and reverse:
            share = statistics.median(reverse["values"]) / statistics.median(forward["values"])
            bars[("reverse", "")] = f"≤ 2.2 forward: {share:.2f}"
        yield from rows(f"{label(file)}, frozen, 128 tokens", pooled, bars)
    arguments = [SMOLLM2, "--prompt", "128", "--runs", "1"]
    pooled = together([[OURS, "jacobian"] + arguments, PEERS + ["jacobian"] + arguments, PEERS + ["lens"] + arguments], 1)
    bars = {("jacobian", "TransformerLens"): "≤ 75 s, ≥ 5"}
    yield from rows("SmolLM2 135M, Jacobians of all layers, one prompt of 128 tokens", pooled, bars)


def training(_, quick):
    sizes = ["--batch", "16", "--pseudo-tokens", "8", "--runs", "2" if quick else "5"]
    commands = [[OURS, "training", SMOLLM2] + sizes, PEERS + ["training", SMOLLM2] + sizes]
    bars = {("adapter", ""): "≥ 1", ("adapter and LoRA", ""): "≥ 1"}
    yield from rows(f"{label(SMOLLM2)}, 16 examples of 43 tokens a step", together(commands, 1 if quick else 3), bars)


def activations(folder, quick):
    """Every word is one token of SmolLM2's, so that all prompts have 64."""
    count = 64 if quick else 1000
    words = "the and of to in is that for it was on are as with his they at be this have from or one had by".split()
    prompts, draw = f"{folder}/prompts.txt", random.Random(0)
    with open(prompts, "w") as file:
        file.writelines(" ".join(draw.choices(words, k=64)) + "\n" for _ in range(count))
    commands = [[OURS, "activations", SMOLLM2, prompts, f"{folder}/states.h5", *arithmetic] for arithmetic in ARITHMETICS]
    pooled = together(commands + [PEERS + ["activations", SMOLLM2, prompts, f"{folder}/peer.h5"]], 1)
    for who, arithmetic in (("Sextant", "f32"), (ROUNDED, "rounded")):
        title = f"hidden states of all layers, {count} prompts of 64 tokens, to HDF5, {arithmetic}"
        yield from rows(title, pooled, {("activations", "transformers"): "≥ 3"}, who)


def growth(folder, _):
    """Seconds over four sizes and the exponent between the last two: what the docstrings' costs claim."""
    smollm2, gemma = store(folder, SMOLLM2), store(folder, GEMMA)
    sizes = (6144, 12288, 24576, 49152)
    jobs = [
        ("exact kNN, k = 10", 2, lambda n: ["neighbours", smollm2, "-k", "10", "--rows", n]),
        ("Spearman of all pairs", 2, lambda n: ["spearman", smollm2, gemma, "--rows", n]),
        ("LLE weights, k = 10", 1, lambda n: ["weights", smollm2, "-k", "10", "--rows", n]),
        ("least squares", 1, lambda n: ["map", smollm2, gemma, "least-squares", "--rows", n]),
    ]
    for title, exponent, arguments in jobs:
        seconds = [measure([OURS] + arguments(str(n)) + ["--runs", "1"])[0]["values"][0] for n in sizes]
        found = math.log2(seconds[-1] / seconds[-2])
        yield [title] + [f"{value:.3g} s" for value in seconds] + [f"{found:.2f}", str(exponent)]


SECTIONS = {section.__name__: section for section in (decoding, formats, importing, orientation, neighbours, vocabulary, points, ranks, weights, dimension, maps, gradients, training, activations, growth)}
PEER_TABLE = ["what", "job", "Sextant", "min – max", "peer", "peer's median", "ratio", "bar"]
GROWTH_TABLE = ["job", "6144", "12288", "24576", "49152", "exponent", "claimed"]
RESULTS = "Benchmarks/results.md"


def label(file):
    return os.path.basename(file).split(".")[0]


@functools.cache
def store(folder, file):
    path = f"{folder}/{label(file)}.h5"
    measure([OURS, "import", file, path, "--runs", "1"])
    return path


def markdown(head, lines):
    return "\n".join("| " + " | ".join(row) + " |" for row in [head, ["--"] * len(head), *lines])


def chapter(name, lines):
    """A section of the results: when and on what it was measured, and its table."""
    processor = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.machine())
    where = f"{datetime.date.today()}, {processor}, {os.environ['BENCH_THREADS']} threads."
    if name == "growth":
        return f"## growth\n\n{where} Seconds over four numbers of tokens, the exponent between the last two, and the one that the cost formula claims.\n\n{markdown(GROWTH_TABLE, lines)}"
    return f"## {name}\n\n{where}\n\n{markdown(PEER_TABLE, lines)}"


def kept():
    """The sections of the results file, by name."""
    if not os.path.exists(RESULTS):
        return {}
    with open(RESULTS) as file:
        chapters = file.read().split("\n## ")[1:]
    return {text.split("\n")[0]: "## " + text.strip() for text in chapters}


def write(chapters):
    head = "# Speed\n\nOurs and the peers of a section run in turn, in one run; medians. A ratio above 1 means that Sextant is faster."
    with open(RESULTS, "w") as file:
        file.write("\n\n".join([head] + [chapters[name] for name in SECTIONS if name in chapters]) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer and smaller runs, printed and not kept")
    parser.add_argument("--only", action="append", choices=[*SECTIONS], help="these sections; the others stay as they are in the results")
    parser.add_argument("--scratch", help="a folder for what is made from the models, kept and used again; if not set, one that is removed")
    options = parser.parse_args()
    if options.scratch:
        os.makedirs(options.scratch, exist_ok=True)
    with contextlib.nullcontext(options.scratch) if options.scratch else tempfile.TemporaryDirectory() as folder:
        for name in options.only or SECTIONS:
            text = chapter(name, list(SECTIONS[name](folder, options.quick)))
            print(text + "\n", flush=True)
            if not options.quick:
                write(kept() | {name: text})


if __name__ == "__main__":
    main()
