"""Checks an exported LoRA adapter in llama.cpp: do its log-probabilities change as those of W + (α / r) B A do?

The reference is the definition on f32 weights in torch: the factors are read from the embedding language model's own file,
and put onto the model as transformers has it, whose rows of queries and keys lie in another order than GGUF's.
As a control the same is asked with rows in the order of the file: that has to be farther off.
Needs the packages accelerate, gguf, h5py, numpy, torch, transformers and xllamacpp (a wheel with llama.cpp inside; its C interface is
called by ctypes). Example:

    sextant elm fit smollm2-135m wordnet-glove --tasks words --start emb2emb --tokens 1 --stages joint --steps 480 --name lora
    sextant elm export lora --lora lora.gguf
    python3 scripts/check_lora.py models/SmolLM2-135M-Instruct.Q4_1.gguf models/lora.elm.h5 lora.gguf

With xllamacpp 2026.10.11549, LoRA of rank 8 after 480 steps of 16 on SmolLM2 135M (reports/elm): 60 matrices; 6000 changes of 1.02 nats
(root mean square) differ by 0.24, correlation 0.978; without the adapter the two differ by 0.18; with rows in the wrong order by 0.43. A LoRA
that has hardly learned cannot tell the two orders apart: after 12 steps the last number was 0.29.
"""

import ctypes
import os
import sys

import h5py
import numpy
import torch
import xllamacpp
from transformers import AutoModelForCausalLM

PROMPTS = ["The film we watched last night was", "A word for a large animal is", "The capital of France"]
SHOWN = 2000
library = ctypes.CDLL(xllamacpp.xllamacpp.__file__)
pointer = ctypes.c_void_p


class Parameters(ctypes.Structure):
    """Passed by value from the function that fills it in; larger than any version of the real structure."""

    _fields_ = [("bytes", ctypes.c_char * 1024)]


class Batch(ctypes.Structure):
    _fields_ = [("tokens", ctypes.c_int32)] + [(name, ctypes.c_void_p) for name in "abcdef"]


def function(name, result, *arguments):
    found = getattr(library, name)
    found.restype, found.argtypes = result, arguments
    return found


class LlamaCpp:
    def __init__(self, path):
        function("llama_backend_init", None)()
        self.model = function("llama_model_load_from_file", pointer, ctypes.c_char_p, Parameters)(
            path.encode(), function("llama_model_default_params", Parameters)())
        self.context = function("llama_init_from_model", pointer, pointer, Parameters)(
            self.model, function("llama_context_default_params", Parameters)())
        self.vocabulary = function("llama_model_get_vocab", pointer, pointer)(self.model)
        self.size = function("llama_vocab_n_tokens", ctypes.c_int32, pointer)(self.vocabulary)

    def tokens(self, text):
        found = (ctypes.c_int32 * 256)()
        count = function(
            "llama_tokenize", ctypes.c_int32, pointer, ctypes.c_char_p, ctypes.c_int32, pointer, ctypes.c_int32,
            ctypes.c_bool, ctypes.c_bool)(self.vocabulary, text.encode(), len(text.encode()), found, 256, True, False)
        return list(found[:count])

    def log_probabilities(self, ids):
        """ln p of every next token after the prompt."""
        array = (ctypes.c_int32 * len(ids))(*ids)
        memory = function("llama_get_memory", pointer, pointer)(self.context)
        function("llama_memory_clear", None, pointer, ctypes.c_bool)(memory, True)
        batch = function("llama_batch_get_one", Batch, pointer, ctypes.c_int32)(ctypes.cast(array, pointer), len(ids))
        if function("llama_decode", ctypes.c_int32, pointer, Batch)(self.context, batch) != 0:
            sys.exit("llama_decode failed")
        logits = function("llama_get_logits_ith", ctypes.POINTER(ctypes.c_float), pointer, ctypes.c_int32)(self.context, -1)
        values = numpy.ctypeslib.as_array(logits, (self.size,)).astype(float)
        return values - numpy.logaddexp.reduce(values)

    def load(self, path):
        adapter = function("llama_adapter_lora_init", pointer, pointer, ctypes.c_char_p)(self.model, path.encode())
        if not adapter:
            sys.exit(f"llama.cpp refused {path}")
        if hasattr(library, "llama_set_adapters_lora"):
            adapters, scales = (pointer * 1)(adapter), (ctypes.c_float * 1)(1)
            done = function("llama_set_adapters_lora", ctypes.c_int32, pointer, pointer, ctypes.c_size_t, pointer)(
                self.context, ctypes.cast(adapters, pointer), 1, ctypes.cast(scales, pointer))
        else:
            done = function("llama_set_adapter_lora", ctypes.c_int32, pointer, pointer, ctypes.c_float)(
                self.context, adapter, 1)
        if done != 0:
            sys.exit("llama.cpp did not take the adapter")


class Definition:
    """The model in f32, and W + (α / r) B A."""

    parts = {"attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
             "attn_output": "self_attn.o_proj", "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj",
             "ffn_down": "mlp.down_proj"}

    def __init__(self, path):
        folder, file = os.path.split(path)
        self.model = AutoModelForCausalLM.from_pretrained(folder, gguf_file=file, dtype=torch.float32).eval()

    def log_probabilities(self, ids):
        with torch.inference_mode():
            return self.model(torch.tensor([ids])).logits[0, -1].double().log_softmax(-1).numpy()

    def add(self, path, factor=1, in_order_of_gguf=False):
        """Adds the updates, in transformers' order of rows unless it is to be wrong."""
        config = self.model.config
        heads = {"attn_q": config.num_attention_heads, "attn_k": config.num_key_value_heads}
        with h5py.File(path) as file, torch.no_grad():
            alpha = float(file.attrs["alpha"])
            names = [name.removesuffix(".lora_a") for name in file["weights"] if name.endswith(".lora_a")]
            for name in names:
                a, b = (torch.from_numpy(file["weights"][f"{name}.lora_{part}"][()]) for part in "ab")
                update = alpha / len(a) * b @ a
                _, block, part, _ = name.split(".")
                if config.model_type == "llama" and part in heads and not in_order_of_gguf:
                    # GGUF has the two halves of a head in turn.
                    rows = update.reshape(heads[part], -1, 2, update.shape[-1])
                    update = rows.swapaxes(1, 2).reshape(update.shape)
                self.model.get_parameter(f"model.layers.{block}.{self.parts[part]}.weight").add_(factor * update)
        return len(names)


theirs, ours = LlamaCpp(sys.argv[1]), Definition(sys.argv[1])
prompts = [theirs.tokens(prompt) for prompt in PROMPTS]
plain = [theirs.log_probabilities(ids) for ids in prompts]
reference = [ours.log_probabilities(ids) for ids in prompts]
# The likeliest tokens: what the others gain and lose is mostly their common part.
likely = [numpy.argsort(-numbers)[:SHOWN] for numbers in reference]


def changes(engine, before):
    return numpy.concatenate([(engine.log_probabilities(ids) - old)[places] for ids, old, places in zip(prompts, before, likely)])


def size(numbers):
    return numpy.sqrt(numpy.mean(numbers**2))


theirs.load(sys.argv[3])
count = ours.add(sys.argv[2])
found, expected = changes(theirs, plain), changes(ours, reference)
ours.add(sys.argv[2], -1)
ours.add(sys.argv[2], 1, in_order_of_gguf=True)
wrong = changes(ours, reference)
engines = size(numpy.concatenate([(a - b)[places] for a, b, places in zip(plain, reference, likely)]))
error = size(found - expected)
print(f"{count} matrices; {len(found)} changes of {size(expected):.3f} nats (root mean square) differ by {error:.3f}, correlation "
      f"{numpy.corrcoef(found, expected)[0, 1]:.4f}; without the adapter the two differ by {engines:.3f}: llama.cpp rounds "
      f"activations to 8 bits. With rows in the wrong order they would differ by {size(found - wrong):.3f}")
# Either side of a change is rounded.
sys.exit(0 if size(expected) > 0.5 and error < 1.5 * engines and size(found - wrong) > 1.5 * error else 1)
