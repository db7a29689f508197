"""Writes this folder's golden files.

    python generate.py lenses    llama.json, qwen2.json, gemma3.json: logit and Jacobian lens of TransformerLens 4.3.0 on the tiny
                                 models of TransformersTests/Golden, in f32
    python generate.py ridge     ridge.json: the ridge start of a tuned lens, by numpy in f64
    python generate.py compare MODEL.gguf LENS.h5 TEXTS TOKENS
                                 writes nothing: how far a Jacobian lens of ours is from TransformerLens' on a real model, for
                                 `sextant lens fit MODEL.gguf --kind jacobian --prompts TEXTS --tokens TOKENS -o LENS.h5`

`lenses` needs torch, transformers, tokenizers, gguf and transformer-lens 4.3.0; of the packages that TransformerLens imports for data
sets and logs and no lens needs (datasets, pandas, wandb, plotly), those that are missing are stood in for by empty modules. Prompts are
words that are numbers of tokens, so that no tokenizer stands between the two programs.
"""

import importlib.abc
import importlib.machinery
import importlib.util
import json
import pathlib
import sys
import tempfile
import time
import types

import numpy as np

here = pathlib.Path(__file__).parent
models = here.parent.parent / "TransformersTests" / "Golden"
vocabulary = 96


class Empty(types.ModuleType):
    __path__ = []

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})


class EmptyFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    names = ("datasets", "pandas", "plotly", "wandb")

    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in self.names:
            return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        return Empty(spec.name)

    def exec_module(self, module):
        pass


def rounded(array):
    return [float(f"{x:.7g}") for x in np.asarray(array, dtype=np.float64).ravel()]


def lenses():
    sys.meta_path.append(EmptyFinder())
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import WhitespaceSplit
    from transformers import PreTrainedTokenizerFast

    words = Tokenizer(WordLevel({str(i): i for i in range(vocabulary)}, unk_token="0"))
    words.pre_tokenizer = WhitespaceSplit()
    with tempfile.TemporaryDirectory() as folder:
        PreTrainedTokenizerFast(
            tokenizer_object=words, unk_token="0", pad_token="0", bos_token="0", eos_token="0"
        ).save_pretrained(folder)
        write_lenses(PreTrainedTokenizerFast.from_pretrained(folder))


def write_lenses(tokenizer):
    import torch
    from transformer_lens.model_bridge import TransformerBridge
    from transformer_lens.tools.analysis import JacobianLens
    from transformers import AutoModelForCausalLM, Gemma3ForCausalLM, Gemma3TextConfig

    generator = np.random.default_rng(11)
    prompts = [" ".join(map(str, generator.integers(1, vocabulary, n))) for n in (30, 26)]
    for name in ("llama", "qwen2", "gemma3"):
        torch.manual_seed(1)
        plain = AutoModelForCausalLM.from_pretrained(
            str(models), gguf_file=f"{name}.gguf", dtype=torch.float32, attn_implementation="eager"
        ).eval()
        if name == "gemma3":  # of which transformers does not take windows and scale from GGUF
            values = plain.config.to_dict() | {
                "head_dim": 12, "query_pre_attn_scalar": 12, "sliding_window": 5,
                "layer_types": [["sliding_attention", "full_attention"][(i + 1) % 6 == 0] for i in range(7)],
            }  # fmt: skip
            weights = plain.state_dict()
            plain = Gemma3ForCausalLM._from_config(Gemma3TextConfig(**values), attn_implementation="eager").eval()
            plain.load_state_dict(weights)
        known = json.loads((models / "tiny.json").read_text())[name]
        with torch.no_grad():
            logits = plain(torch.tensor([known["tokens"]])).logits[0].numpy()
        assert np.abs(logits - np.array(known["logits"])).max() < 1e-4, f"{name} is not the model of the tests"
        plain.config.architectures = [type(plain).__name__]
        model = TransformerBridge.boot_transformers(
            str(models), hf_model=plain, tokenizer=tokenizer, device="cpu", dtype=torch.float32
        )
        model.eval()
        fitted = JacobianLens.fit(model, prompts, corpus="random tokens", dim_batch=32, show_progress=False)
        golden = {
            "prompts": [model.to_tokens(prompt)[0].tolist() for prompt in prompts],
            "layers": fitted.source_layers,
            "jacobians": [rounded(fitted.jacobians[layer]) for layer in fitted.source_layers],
        }
        for key, use in (("jacobianLogits", True), ("logitLogits", False)):
            read = fitted.readout(
                model, prompts[0], positions=[-1], use_jacobian=use, return_full_logits=True
            )
            golden[key] = [rounded(read.lens_logits[layer][0]) for layer in fitted.source_layers]
        (here / f"{name}.json").write_text(json.dumps(golden) + "\n")


def compare(path, lens, texts, limit):
    sys.meta_path.append(EmptyFinder())
    import h5py
    import torch
    from transformer_lens.model_bridge import TransformerBridge
    from transformer_lens.tools.analysis import JacobianLens
    from transformers import AutoModelForCausalLM, AutoTokenizer

    path = pathlib.Path(path)
    plain = AutoModelForCausalLM.from_pretrained(
        str(path.parent), gguf_file=path.name, dtype=torch.float32, attn_implementation="eager"
    ).eval()
    plain.config.architectures = [type(plain).__name__]
    with tempfile.TemporaryDirectory() as folder:
        AutoTokenizer.from_pretrained(str(path.parent), gguf_file=path.name).save_pretrained(folder)
        model = TransformerBridge.boot_transformers(
            str(path.parent), hf_model=plain, tokenizer=AutoTokenizer.from_pretrained(folder), device="cpu",
            dtype=torch.float32,
        )  # fmt: skip
    model.eval()
    model.cfg.default_prepend_bos = False
    prompts = [line for line in pathlib.Path(texts).read_text().splitlines() if line.strip()]
    start = time.process_time()
    fitted = JacobianLens.fit(
        model, prompts, corpus=texts, dim_batch=32, max_seq_len=int(limit), show_progress=False
    )
    print(f"TransformerLens: {time.process_time() - start:.0f} s of processors for {len(prompts)} texts")
    with h5py.File(lens) as f:
        layers, width = f["layers"][:].tolist(), f["offsets"].shape[1]
        own = dict(zip(layers, f["matrices"][:].reshape(len(layers), width, width)))
    distances = {}
    for layer in fitted.source_layers:
        theirs = fitted.jacobians[layer].numpy()
        distances[layer] = float(np.linalg.norm(own[layer] - theirs) / np.linalg.norm(theirs))
    print(f"relative Frobenius distance of {len(distances)} layers: largest {max(distances.values()):.2e}")


def ridge():
    generator = np.random.default_rng(5)
    width = 6
    mixing = generator.standard_normal((width, width))
    scale = np.array([40, 3, 1, 1, 0.5, 0.2])

    def draw(count):
        x = (generator.standard_normal((count, width)) * scale + 2).astype(np.float32)
        y = (x @ mixing + generator.standard_normal((count, width)) * 2 - 1).astype(np.float32)
        return x.astype(np.float64), y.astype(np.float64)

    (x, y), (test_x, test_y) = draw(60), draw(30)
    centred, target = x - x.mean(0), y - y.mean(0)
    covariance = centred.T @ centred / len(x)
    unit = np.linalg.eigvalsh(covariance)[width // 2]
    fits = []
    for factor in (1e-3, 1e-2, 1e-1, 1, 10, 100, 1000):
        weights = np.linalg.solve(
            covariance + factor * unit * np.eye(width), centred.T @ target / len(x)
        )
        error = ((test_y - y.mean(0) - (test_x - x.mean(0)) @ weights) ** 2).sum()
        fits.append((error, factor, weights))
    _, factor, weights = min(fits, key=lambda fit: fit[0])
    golden = {
        "x": rounded(x), "y": rounded(y), "testX": rounded(test_x), "testY": rounded(test_y), "width": width,
        "lambda": factor, "matrix": rounded(weights.T), "offset": rounded(y.mean(0) - x.mean(0) @ weights),
    }  # fmt: skip
    (here / "ridge.json").write_text(json.dumps(golden) + "\n")


if __name__ == "__main__":
    {"lenses": lenses, "ridge": ridge, "compare": compare}[sys.argv[1]](*sys.argv[2:])
