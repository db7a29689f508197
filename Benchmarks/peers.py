"""The peers of `make bench`: each subcommand does one job with another tool and prints one line of JSON a measurement.

Prompts, batch sizes and numbers of threads are those of `sextant-bench`.
"""

import argparse
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor

THREADS = int(os.environ.get("BENCH_THREADS", "2"))


def emit(peer, job, model, unit, values, **facts):
    print(json.dumps({"peer": peer, "job": job, "model": model, "unit": unit, "values": values, "facts": facts}), flush=True)


def name(path):
    return os.path.splitext(os.path.basename(path))[0]


def prompt(sequence, count):
    return [1000 + (i * 7919 + sequence * 104_729) % 20_000 for i in range(count)]


def transformers(options):
    """Greedy decoding in f32 on the dequantised weights, with a key-value cache."""
    import torch
    from transformers import AutoModelForCausalLM

    torch.set_num_threads(THREADS)
    folder, file = os.path.split(options.file)
    model = AutoModelForCausalLM.from_pretrained(folder, gguf_file=file, dtype=torch.float32).eval()
    ids = torch.tensor([prompt(s, options.prompt) for s in range(options.batch)])
    prefill, decode = [], []
    with torch.inference_mode():
        for run in range(options.runs + 1):
            start = time.perf_counter()
            out = model(ids, use_cache=True, logits_to_keep=1)
            first = time.perf_counter() - start
            start = time.perf_counter()
            for _ in range(options.tokens):
                token = out.logits[:, -1].argmax(-1, keepdim=True)
                out = model(token, past_key_values=out.past_key_values, use_cache=True)
            rest = time.perf_counter() - start
            if run:
                prefill.append(options.batch * options.prompt / first)
                decode.append(options.batch * options.tokens / rest)
    peer = f"transformers f32 (torch {torch.__version__.split('+')[0]})"
    emit(peer, "prefill", name(options.file), "tok/s", prefill, batch=options.batch)
    emit(peer, "decode", name(options.file), "tok/s", decode, batch=options.batch)


def llama(options):
    """Decoding on the same GGUF file: the server's own timings at batch 1, tokens over wall time at larger ones."""
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = options.file
    parameters.n_ctx = options.batch * (options.prompt + options.tokens + 8)
    parameters.n_parallel = options.batch
    parameters.cpuparams.n_threads = THREADS
    parameters.cpuparams_batch.n_threads = THREADS
    parameters.n_gpu_layers = 0
    parameters.cache_prompt = False
    parameters.verbosity = -1
    server = xllamacpp.Server(parameters)

    def complete(sequence, count):
        return server.handle_completions({
            "prompt": prompt(sequence, options.prompt), "n_predict": count, "ignore_eos": True, "temperature": 0.0,
            "cache_prompt": False, "return_tokens": False})

    def together(count):
        start = time.perf_counter()
        with ThreadPoolExecutor(options.batch) as pool:
            answers = list(pool.map(lambda s: complete(s, count), range(options.batch)))
        return time.perf_counter() - start, answers

    decode = []
    for run in range(options.runs + 1):
        if options.batch == 1:
            timings = complete(0, options.tokens)["timings"]
            speed = timings["predicted_n"] / (timings["predicted_ms"] / 1000)
        else:
            # The prompts' time is taken off by a run that predicts one token only.
            prefill, _ = together(1)
            whole, _ = together(options.tokens + 1)
            speed = options.batch * options.tokens / (whole - prefill)
        if run:
            decode.append(speed)
    emit("llama.cpp (xllamacpp wheel, AVX2)", "decode", name(options.file), "tok/s", decode, batch=options.batch)


def store(options):
    """What a notebook does: dequantise the embedding with `gguf`, write it and the tokens with h5py."""
    import gguf
    import h5py

    values = []
    for _ in range(options.runs):
        if os.path.exists(options.store):
            os.remove(options.store)
        start = time.perf_counter()
        reader = gguf.GGUFReader(options.file)
        tensor = next(t for t in reader.tensors if t.name == "token_embd.weight")
        rows = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
        field = reader.fields["tokenizer.ggml.tokens"]
        tokens = [bytes(field.parts[i]) for i in field.data]
        with h5py.File(options.store, "w") as file:
            file["embedding/input"] = rows
            file.create_dataset("tokens/bytes", data=tokens, dtype=h5py.special_dtype(vlen=bytes))
        values.append(time.perf_counter() - start)
    emit("gguf + h5py", "import", name(options.file), "s", values)


def orientation(options):
    """All-pairs Pearson of cosines over the matched rows: blockwise in torch, and by the Gram identity in numpy."""
    import h5py
    import numpy
    import torch

    torch.set_num_threads(THREADS)
    pairs = numpy.loadtxt(options.pairs, delimiter=",", dtype=int)
    with h5py.File(options.a) as a, h5py.File(options.b) as b:
        x = a["embedding/input"][:][pairs[:, 0]]
        y = b["embedding/input"][:][pairs[:, 1]]
    n = len(x)

    def correlation(sums):
        m = n * (n - 1)
        s, t, ss, tt, st = (value / m for value in sums)
        return (st - s * t) / numpy.sqrt((ss - s * s) * (tt - t * t))

    values = []
    for _ in range(options.runs):
        start = time.perf_counter()
        u = x / numpy.linalg.norm(x, axis=1, keepdims=True)
        v = y / numpy.linalg.norm(y, axis=1, keepdims=True)
        gram = [numpy.sum(numpy.square(p.T @ q, dtype=float)) for p, q in ((u, u), (v, v), (u, v))]
        total = [numpy.sum(numpy.square(p.sum(0, dtype=float))) for p in (u, v)]
        r = correlation([total[0] - n, total[1] - n, gram[0] - n, gram[1] - n, gram[2] - n])
        values.append(time.perf_counter() - start)
    emit("numpy, Gram identity, no uncertainty", "orientation", "pair", "s", values, pearson=float(r))

    values = []
    for _ in range(options.slow_runs):
        start = time.perf_counter()
        u = torch.nn.functional.normalize(torch.from_numpy(x))
        v = torch.nn.functional.normalize(torch.from_numpy(y))
        sums = numpy.zeros(5)
        for low in range(0, n, 1024):
            p, q = u[low:low + 1024] @ u.T, v[low:low + 1024] @ v.T
            sums += [float(value) for value in (
                p.sum(dtype=torch.double), q.sum(dtype=torch.double), (p * p).sum(dtype=torch.double),
                (q * q).sum(dtype=torch.double), (p * q).sum(dtype=torch.double))]
        r = correlation(sums - n)
        values.append(time.perf_counter() - start)
    emit("torch, blockwise", "orientation", "pair", "s", values, pearson=float(r))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    jobs = parser.add_subparsers(required=True)
    for job in (transformers, llama):
        sub = jobs.add_parser(job.__name__)
        sub.add_argument("file")
        sub.add_argument("--batch", type=int, default=1)
        sub.add_argument("--prompt", type=int, default=128)
        sub.add_argument("--tokens", type=int, default=64)
        sub.add_argument("--runs", type=int, default=5)
        sub.set_defaults(job=job)
    sub = jobs.add_parser("import")
    sub.add_argument("file")
    sub.add_argument("store")
    sub.add_argument("--runs", type=int, default=3)
    sub.set_defaults(job=store)
    sub = jobs.add_parser("orientation")
    sub.add_argument("a")
    sub.add_argument("b")
    sub.add_argument("pairs")
    sub.add_argument("--runs", type=int, default=5)
    sub.add_argument("--slow-runs", type=int, default=1)
    sub.set_defaults(job=orientation)
    options = parser.parse_args()
    options.job(options)


if __name__ == "__main__":
    main()
