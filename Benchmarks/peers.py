"""The peers of `make bench`: each subcommand does one job with another tool and prints one line of JSON a measurement.

Prompts, batch sizes and numbers of threads are those of `sextant-bench`.
"""

import argparse
import json
import os
import resource
import time

THREADS = int(os.environ.get("BENCH_THREADS", "2"))


def emit(peer, job, model, unit, values, **facts):
    print(json.dumps({"peer": peer, "job": job, "model": model, "unit": unit, "values": values, "facts": facts}), flush=True)


def name(path):
    return os.path.splitext(os.path.basename(path))[0]


def prompt(sequence, count):
    return [1000 + (i * 7919 + sequence * 104_729) % 20_000 for i in range(count)]


def transformers(options):
    """Greedy decoding in f32, or bf16, on the dequantised weights, with a key-value cache."""
    import torch
    from transformers import AutoModelForCausalLM

    torch.set_num_threads(THREADS)
    folder, file = os.path.split(options.file)
    dtype = {"f32": torch.float32, "bf16": torch.bfloat16}[options.dtype]
    model = AutoModelForCausalLM.from_pretrained(folder, gguf_file=file, dtype=dtype).eval()
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
    peer = f"transformers {options.dtype} (torch {torch.__version__.split('+')[0]})"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    emit(peer, "prefill", name(options.file), "tok/s", prefill, batch=options.batch, peakBytes=peak)
    if options.tokens:
        emit(peer, "decode", name(options.file), "tok/s", decode, batch=options.batch, peakBytes=peak)


def frozen(options):
    """The model in f32 on the dequantised weights, none of them trained, and the prompt."""
    import torch
    from transformers import AutoModelForCausalLM

    torch.set_num_threads(THREADS)
    folder, file = os.path.split(options.file)
    model = AutoModelForCausalLM.from_pretrained(folder, gguf_file=file, dtype=torch.float32).eval()
    model.requires_grad_(False)
    ids = torch.tensor([prompt(0, options.prompt)])
    return f"transformers f32 (torch {torch.__version__.split('+')[0]})", model, model.get_input_embeddings()(ids)


def gradient(options):
    """A logit of the last position, and its gradient by autograd on the embedded prompt."""
    peer, model, rows = frozen(options)
    import torch

    times = {"forward": [], "reverse": [], "forward and reverse": []}
    for run in range(options.runs + 1):
        leaf = rows.clone().requires_grad_()
        start = time.perf_counter()
        out = model(inputs_embeds=leaf, use_cache=False, logits_to_keep=1).logits[0, -1, 1000]
        middle = time.perf_counter()
        torch.autograd.grad(out, leaf)
        end = time.perf_counter()
        if run:
            for job, value in zip(times, (middle - start, end - middle, end - start)):
                times[job].append(value)
    for job, values in times.items():
        emit(peer, job, name(options.file), "s", values, prompt=options.prompt)


def training(options):
    """Steps of AdamW on an adapter of 50 numbers to pseudo-tokens, and with LoRA of rank 16 on queries and values, by hand: without what a library adds.

    All examples have one length, so nothing is padded, and logits are those of the learned tokens alone.
    """
    peer, model, _ = frozen(argparse.Namespace(file=options.file, prompt=1))
    import torch

    width, before, after, target, count = 50, 12, 12, 12, options.pseudo_tokens
    d_model = model.config.hidden_size
    ids = torch.tensor([prompt(s, before + after + target) for s in range(options.batch)])
    embed = model.get_input_embeddings()
    norm = embed.weight.norm(dim=1).median()
    torch.manual_seed(1)
    vectors = torch.randn(options.batch, width)
    adapter = torch.nn.Linear(width, count * d_model)

    class LoRA(torch.nn.Module):
        def __init__(self, layer):
            super().__init__()
            self.layer = layer
            self.a = torch.nn.Parameter(torch.randn(16, layer.in_features) / layer.in_features**0.5)
            self.b = torch.nn.Parameter(torch.zeros(layer.out_features, 16))

        def forward(self, x):
            return self.layer(x) + 2 * (x @ self.a.T) @ self.b.T

    tokens = options.batch * (before + after + target + count - 1)
    for job in ("adapter", "adapter and LoRA"):
        parameters = list(adapter.parameters())
        if job != "adapter":
            for layer in model.model.layers:
                for part in ("q_proj", "v_proj"):
                    low = LoRA(getattr(layer.self_attn, part))
                    setattr(layer.self_attn, part, low)
                    parameters += [low.a, low.b]
        optimiser = torch.optim.AdamW(parameters, lr=1e-3, weight_decay=0.01)
        values = []
        for run in range(options.runs + 1):
            start = time.perf_counter()
            optimiser.zero_grad()
            u = adapter(vectors).view(options.batch, count, d_model)
            pseudo = norm * u / u.norm(dim=-1, keepdim=True)
            rows = torch.cat([embed(ids[:, :before]), pseudo, embed(ids[:, before:-1])], 1)
            out = model(inputs_embeds=rows, use_cache=False, logits_to_keep=target).logits
            loss = torch.nn.functional.cross_entropy(out.flatten(0, 1), ids[:, -target:].flatten())
            loss.backward()
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            optimiser.step()
            loss.item()
            if run:
                values.append(tokens / (time.perf_counter() - start))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        emit(peer, job, name(options.file), "tok/s", values, batch=options.batch, peakBytes=peak)


def jacobian(options):
    """Jacobians of all layers: a reverse pass for each output, 16 timed and scaled to the width."""
    peer, model, rows = frozen(options)
    import torch

    final, count = [], 16
    model.model.norm.register_forward_pre_hook(lambda _, inputs: final.append(inputs[0]))
    out = model(inputs_embeds=rows.requires_grad_(), use_cache=False, logits_to_keep=1, output_hidden_states=True)
    streams, width = list(out.hidden_states[:-1]), rows.shape[-1]
    start = time.perf_counter()
    for i in range(count):
        torch.autograd.grad(final[0][..., i].sum(), streams, retain_graph=True)
    values = [(time.perf_counter() - start) * width / count]
    emit(f"{peer}, from {count} passes", "jacobian", name(options.file), "s", values, prompt=options.prompt)


def lens(options):
    """The same Jacobians by TransformerLens' own fit, of one text cut to so many tokens."""
    import tempfile
    from importlib.metadata import version

    import torch
    from transformer_lens.model_bridge import TransformerBridge
    from transformer_lens.tools.analysis import JacobianLens
    from transformers import AutoModelForCausalLM, AutoTokenizer

    torch.set_num_threads(THREADS)
    folder, file = os.path.split(options.file)
    plain = AutoModelForCausalLM.from_pretrained(folder, gguf_file=file, dtype=torch.float32).eval()
    plain.config.architectures = [type(plain).__name__]
    with tempfile.TemporaryDirectory() as tokenizer:
        AutoTokenizer.from_pretrained(folder, gguf_file=file).save_pretrained(tokenizer)
        model = TransformerBridge.boot_transformers(
            folder, hf_model=plain, tokenizer=AutoTokenizer.from_pretrained(tokenizer), device="cpu", dtype=torch.float32)
    model.eval()
    text = "the and of to in is that for it was " * options.prompt
    start = time.perf_counter()
    JacobianLens.fit(model, [text], corpus="words", dim_batch=32, max_seq_len=options.prompt, show_progress=False)
    values = [time.perf_counter() - start]
    emit(f"TransformerLens {version('transformer-lens')}", "jacobian", name(options.file), "s", values, prompt=options.prompt)


def llama(options):
    """Prompts in one call and greedy decoding of all sequences in step, on the same GGUF file, by llama.cpp's own functions."""
    import ctypes

    import llama_cpp
    import numpy

    quiet = llama_cpp.llama_log_callback(lambda level, text, data: None)
    llama_cpp.llama_log_set(quiet, ctypes.c_void_p(0))
    llama_cpp.llama_backend_init()
    batch, count = options.batch, options.prompt
    model = llama_cpp.llama_model_load_from_file(options.file.encode(), llama_cpp.llama_model_default_params())
    parameters = llama_cpp.llama_context_default_params()
    parameters.n_seq_max = batch
    parameters.n_ctx = batch * (count + options.tokens + 8)
    parameters.n_batch = batch * count
    # Logits of one token a sequence are all that is asked for: without this it holds room for every token's.
    parameters.n_outputs_max = batch
    parameters.n_threads = parameters.n_threads_batch = THREADS
    context = llama_cpp.llama_init_from_model(model, parameters)
    vocabulary = llama_cpp.llama_vocab_n_tokens(llama_cpp.llama_model_get_vocab(model))
    rows = llama_cpp.llama_batch_init(batch * count, 0, 1)

    def forward(sequences, position):
        """Every sequence goes on with its tokens; the likeliest next token of each."""
        last = []
        for sequence, tokens in enumerate(sequences):
            for i, token in enumerate(tokens):
                row = sequence * len(tokens) + i
                rows.token[row], rows.pos[row], rows.logits[row] = token, position + i, i + 1 == len(tokens)
                rows.n_seq_id[row], rows.seq_id[row][0] = 1, sequence
            last.append(row)
        rows.n_tokens = last[-1] + 1
        if llama_cpp.llama_decode(context, rows) != 0:
            raise RuntimeError("llama_decode failed")
        logits = (llama_cpp.llama_get_logits_ith(context, row) for row in last)
        return [[int(numpy.ctypeslib.as_array(found, (vocabulary,)).argmax())] for found in logits]

    prefill, decode = [], []
    for run in range(options.runs + 1):
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(context), True)
        start = time.perf_counter()
        tokens = forward([prompt(s, count) for s in range(batch)], 0)
        middle = time.perf_counter()
        for step in range(options.tokens):
            tokens = forward(tokens, count + step)
        end = time.perf_counter()
        if run:
            prefill.append(batch * count / (middle - start))
            decode.append(batch * options.tokens / (end - middle))
    # What it was built for and found, so that a portable build shows.
    info = llama_cpp.llama_print_system_info().decode()
    built = [word for word in ("AVX2", "AVX512", "AVX512_VNNI", "AVX512_BF16", "AMX_INT8", "NEON", "SVE") if f"{word} = 1" in info]
    peer = f"llama.cpp ({llama_cpp.__version__} of its Python package, {built[-1] if built else 'portable'})"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    emit(peer, "prefill", name(options.file), "tok/s", prefill, batch=batch, peakBytes=peak)
    emit(peer, "decode", name(options.file), "tok/s", decode, batch=batch, peakBytes=peak)


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


def activations(options):
    """What a notebook does: batches of 32 prompts, `output_hidden_states`, a dataset a layer with h5py."""
    import h5py
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    torch.set_num_threads(THREADS)
    folder, file = os.path.split(options.file)
    model = AutoModelForCausalLM.from_pretrained(folder, gguf_file=file, dtype=torch.float32).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=file)
    with open(options.prompts) as lines:
        texts = lines.read().splitlines()
    values = []
    for _ in range(options.runs):
        start = time.perf_counter()
        ids = torch.tensor(tokenizer(texts, add_special_tokens=False)["input_ids"])
        count, width = ids.numel(), model.config.hidden_size
        with torch.inference_mode(), h5py.File(options.store, "w") as output:
            layers = [output.create_dataset(f"layer{i}", (count, width), "f4") for i in range(model.config.num_hidden_layers + 1)]
            output["tokens"] = ids.numpy()
            for first in range(0, len(ids), 32):
                batch = ids[first:first + 32]
                states = model.model(batch, output_hidden_states=True, use_cache=False).hidden_states
                row = first * ids.shape[1]
                for layer, state in zip(layers, states):
                    layer[row:row + batch.numel()] = state.reshape(-1, width).numpy()
        values.append(time.perf_counter() - start)
        os.remove(options.store)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    emit(f"transformers f32 + h5py (torch {torch.__version__.split('+')[0]})", "activations", name(options.file), "s", values, tokens=count, peakBytes=peak)


def orientation(options):
    """All-pairs Pearson of cosines over the matched rows: blockwise in torch, and by the Gram identity in numpy."""
    import h5py
    import numpy
    import torch

    torch.set_num_threads(THREADS)
    pairs = numpy.loadtxt(options.pairs, delimiter=",", dtype=int)
    with h5py.File(options.a) as a, h5py.File(options.b) as b:
        x = numpy.ascontiguousarray(a["embedding/input"][:, :options.columns_a][pairs[:, 0]])
        y = numpy.ascontiguousarray(b["embedding/input"][:, :options.columns_b][pairs[:, 1]])
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


def rows(options, path=None):
    """The first rows and columns of a store's input embeddings."""
    import h5py

    with h5py.File(path or options.store) as file:
        found = file["embedding/input"]
        return found[:options.rows or None, :options.columns or None].astype("float32")


def unit(x):
    import numpy

    return x / numpy.linalg.norm(x, axis=1, keepdims=True).clip(1e-30)


def timed(peer, job, options, body, **facts):
    """Times `body`, once before it counts when there is more than one run."""
    values = []
    if options.runs > 1:
        body()
    for _ in range(options.runs):
        start = time.perf_counter()
        body()
        values.append(time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    emit(peer, job, name(options.store), "s", values, peakBytes=peak, **facts)


def neighbours(options):
    """Exact search with faiss' flat index: inner products of unit rows, or squared distances."""
    import faiss

    faiss.omp_set_num_threads(THREADS)
    x = rows(options)

    def search():
        data = unit(x) if options.metric == "cosine" else x
        index = faiss.IndexFlatIP(x.shape[1]) if options.metric == "cosine" else faiss.IndexFlatL2(x.shape[1])
        index.add(data)
        # In slices, so that its buffers do not grow with the whole; its speed is that of one call.
        for low in range(0, len(data), 16384):
            index.search(data[low:low + 16384], options.k + 1)

    timed(f"faiss {faiss.__version__} flat", "neighbours", options, search, k=options.k)


def point(options):
    """One product of the rows with the point, norms known, and a partial sort."""
    import numpy

    x = rows(options)
    half = (x[100] + x[200]) / 2
    squares = (x * x).sum(1)
    norms = numpy.sqrt(squares)

    def search():
        products = x @ half
        scores = products / norms if options.metric == "cosine" else 2 * products - squares
        best = numpy.argpartition(-scores, options.k)[:options.k]
        return best[numpy.argsort(-scores[best])]

    timed("numpy f32", "point", options, search, k=options.k)


def spearman(options):
    """scipy's rank correlation of the two condensed cosine matrices."""
    from scipy.spatial.distance import pdist
    from scipy.stats import spearmanr

    x, y = rows(options), rows(options, options.other)
    n = min(len(x), len(y))
    timed("scipy pdist + spearmanr", "spearman", options, lambda: spearmanr(pdist(x[:n], "cosine"), pdist(y[:n], "cosine")))


def products(options):
    """What no exact ranking can go without: both upper triangles of cosines, twice, by sgemm."""
    import numpy

    x, y = unit(rows(options)), unit(rows(options, options.other))
    n = min(len(x), len(y))

    def multiply():
        for _ in range(2):
            for matrix in (x, y):
                for low in range(0, n, 4096):
                    numpy.dot(matrix[low:low + 4096], matrix[low:n].T)

    timed("floor: numpy sgemm of both triangles, twice", "spearman", options, multiply)


def cosines(options):
    """The neighbours of each row, for jobs that take them as given."""
    import faiss

    x = rows(options)
    data = unit(x)
    index = faiss.IndexFlatIP(x.shape[1])
    index.add(data)
    found = index.search(data[: options.tokens], options.k + 1)[1]
    # The row itself is first, except where a twin is.
    kept = [[j for j in line if j != i][: options.k] for i, line in enumerate(found)]
    return x, kept


def weights(options):
    """Barycentric weights of scikit-learn, and batched solves in numpy."""
    import numpy
    from sklearn.manifold._locally_linear import barycenter_weights

    options.tokens = len(rows(options))
    x, graph = cosines(options)
    graph = numpy.array(graph)
    timed("scikit-learn barycenter_weights", "weights", options, lambda: barycenter_weights(x, x, graph, reg=1e-3), k=options.k)

    def batched():
        for low in range(0, len(x), 256):
            z = x[graph[low:low + 256]] - x[low:low + 256, None]
            gram = z @ z.transpose(0, 2, 1)
            trace = numpy.trace(gram, axis1=1, axis2=2)
            gram[:, range(options.k), range(options.k)] += 1e-3 * numpy.where(trace > 0, trace, 1)[:, None]
            w = numpy.linalg.solve(gram, numpy.ones((len(gram), options.k, 1), "float32"))[..., 0]
            w /= w.sum(1, keepdims=True)

    timed("numpy, batched", "weights", options, batched, k=options.k)


def dimension(options):
    """Local PCA at 95 %: eigenvalues of the smaller Gram matrix in numpy; scikit-dimension's lPCA on each neighbourhood."""
    import numpy
    import skdim

    x, graph = cosines(options)

    def spectra(rows):
        for row in rows:
            z = x[graph[row]]
            z = z - z.mean(0)
            values = numpy.linalg.eigvalsh(z.T @ z if z.shape[0] > z.shape[1] else z @ z.T)[::-1]
            int(numpy.searchsorted(numpy.cumsum(values) / values.sum(), 0.95)) + 1

    def estimator(rows):
        for row in rows:
            skdim.id.lPCA(ver="ratio", alphaRatio=0.95).fit(x[graph[row]])

    # Seconds for as many rows as Sextant measures; few are timed, since each costs the same.
    for peer, body, count in (("numpy eigvalsh", spectra, 60), ("scikit-dimension lPCA", estimator, 12)):
        body(range(2))
        start = time.perf_counter()
        body(range(count))
        values = [(time.perf_counter() - start) / count * options.tokens]
        emit(peer + f" (from {count} rows)", "dimension", name(options.store), "s", values, k=options.k)


def maps(options):
    """Least squares, ridge with cross-validation and Procrustes, centred, by the libraries' own routines."""
    import numpy
    import torch
    from scipy.linalg import orthogonal_procrustes
    from sklearn.linear_model import RidgeCV

    torch.set_num_threads(THREADS)
    x, y = rows(options), rows(options, options.other)
    n = min(len(x), len(y))
    x, y = x[:n] - x[:n].mean(0), y[:n] - y[:n].mean(0)
    unit = float(numpy.square(x, dtype=float).sum() / x.shape[1])
    width = max(x.shape[1], y.shape[1])

    def padded(z):
        return numpy.pad(z, ((0, 0), (0, width - z.shape[1])))

    if options.method == "least-squares":
        timed("numpy lstsq", options.method, options, lambda: numpy.linalg.lstsq(x, y, rcond=None))
        timed("torch lstsq", options.method, options, lambda: torch.linalg.lstsq(torch.from_numpy(x), torch.from_numpy(y)))
    elif options.method == "ridge":
        grid = [unit * value for value in (1e-4, 1e-3, 1e-2, 0.1, 1)]
        timed("scikit-learn RidgeCV(cv=5)", options.method, options, lambda: RidgeCV(grid, cv=5).fit(x, y))
    else:
        timed("scipy orthogonal_procrustes", options.method, options, lambda: orthogonal_procrustes(padded(x), padded(y)))


def row_jobs(jobs):
    """The jobs on rows of stores, with the options of `sextant-bench`."""
    for job, other in ((neighbours, 0), (point, 0), (spearman, 1), (products, 1), (weights, 0), (dimension, 0), (maps, 1)):
        sub = jobs.add_parser(job.__name__)
        sub.add_argument("store")
        if other:
            sub.add_argument("other")
        if job is maps:
            sub.add_argument("method")
        sub.add_argument("--rows", type=int, default=0)
        sub.add_argument("--columns", type=int, default=0)
        sub.add_argument("--runs", type=int, default=3)
        sub.add_argument("--tokens", type=int, default=1000)
        sub.add_argument("--metric", default="cosine")
        sub.add_argument("-k", type=int, default=10)
        sub.set_defaults(job=job)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    jobs = parser.add_subparsers(required=True)
    for job in (transformers, llama):
        sub = jobs.add_parser(job.__name__)
        sub.add_argument("file")
        sub.add_argument("--batch", type=int, default=1)
        sub.add_argument("--prompt", type=int, default=128)
        sub.add_argument("--tokens", type=int, default=64)
        sub.add_argument("--dtype", default="f32")
        sub.add_argument("--runs", type=int, default=5)
        sub.set_defaults(job=job)
    for job in (gradient, jacobian, lens):
        sub = jobs.add_parser(job.__name__)
        sub.add_argument("file")
        sub.add_argument("--prompt", type=int, default=128)
        sub.add_argument("--runs", type=int, default=5)
        sub.set_defaults(job=job)
    sub = jobs.add_parser("training")
    sub.add_argument("file")
    sub.add_argument("--batch", type=int, default=16)
    sub.add_argument("--pseudo-tokens", type=int, default=8)
    sub.add_argument("--runs", type=int, default=5)
    sub.set_defaults(job=training)
    sub = jobs.add_parser("import")
    sub.add_argument("file")
    sub.add_argument("store")
    sub.add_argument("--runs", type=int, default=3)
    sub.set_defaults(job=store)
    sub = jobs.add_parser("activations")
    sub.add_argument("file")
    sub.add_argument("prompts")
    sub.add_argument("store")
    sub.add_argument("--runs", type=int, default=1)
    sub.set_defaults(job=activations)
    sub = jobs.add_parser("orientation")
    sub.add_argument("a")
    sub.add_argument("b")
    sub.add_argument("pairs")
    sub.add_argument("--runs", type=int, default=5)
    sub.add_argument("--columns-a", type=int)
    sub.add_argument("--columns-b", type=int)
    sub.add_argument("--slow-runs", type=int, default=1)
    sub.set_defaults(job=orientation)
    row_jobs(jobs)
    options = parser.parse_args()
    options.job(options)


if __name__ == "__main__":
    main()
