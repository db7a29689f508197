"""Checks an exported control vector in llama.cpp: do its log-probabilities change as Sextant's do?

Needs the packages gguf, numpy and xllamacpp (a wheel with llama.cpp inside; its C interface is called by ctypes). Example:

    sextant steer extract smollm2-135m --contrast sentiment --block 14 -o sentiment.safetensors
    sextant steer export sentiment.safetensors -o sentiment.gguf
    python3 scripts/check_control_vector.py smollm2-135m models/SmolLM2-135M-Instruct.Q4_1.gguf \\
        sentiment.safetensors sentiment.gguf

With xllamacpp 2026.10.11549: 32 changes of 2.14 nats (root mean square) differ by 0.13, correlation 0.9983; without a
vector the two differ by 0.11.
"""

import ctypes
import json
import subprocess
import sys

import gguf
import numpy
import xllamacpp

PROMPT = "The film we watched last night was"
WORDS = [" wonderful", " terrible", " good", " bad", " long", " a", " very", " not"]
library = ctypes.CDLL(xllamacpp.xllamacpp.__file__)


class Parameters(ctypes.Structure):
    """Passed by value from the function that fills it in; larger than any version of the real structure."""

    _fields_ = [("bytes", ctypes.c_char * 1024)]


class Batch(ctypes.Structure):
    _fields_ = [("tokens", ctypes.c_int32)] + [(name, ctypes.c_void_p) for name in "abcdef"]


def function(name, result, *arguments):
    found = getattr(library, name)
    found.restype, found.argtypes = result, arguments
    return found


pointer = ctypes.c_void_p
function("llama_backend_init", None)()
model = function("llama_model_load_from_file", pointer, ctypes.c_char_p, Parameters)(
    sys.argv[2].encode(), function("llama_model_default_params", Parameters)())
context = function("llama_init_from_model", pointer, pointer, Parameters)(
    model, function("llama_context_default_params", Parameters)())
vocabulary = function("llama_model_get_vocab", pointer, pointer)(model)
size = function("llama_vocab_n_tokens", ctypes.c_int32, pointer)(vocabulary)
width = function("llama_model_n_embd", ctypes.c_int32, pointer)(model)
layers = function("llama_model_n_layer", ctypes.c_int32, pointer)(model)


def tokens(text, special):
    found = (ctypes.c_int32 * 256)()
    count = function(
        "llama_tokenize", ctypes.c_int32, pointer, ctypes.c_char_p, ctypes.c_int32, pointer, ctypes.c_int32,
        ctypes.c_bool, ctypes.c_bool)(vocabulary, text.encode(), len(text.encode()), found, 256, special, False)
    return list(found[:count])


def log_probabilities():
    """ln p of every next token after the prompt."""
    ids = tokens(PROMPT, True)
    array = (ctypes.c_int32 * len(ids))(*ids)
    memory = function("llama_get_memory", pointer, pointer)(context)
    function("llama_memory_clear", None, pointer, ctypes.c_bool)(memory, True)
    batch = function("llama_batch_get_one", Batch, pointer, ctypes.c_int32)(ctypes.cast(array, pointer), len(ids))
    if function("llama_decode", ctypes.c_int32, pointer, Batch)(context, batch) != 0:
        sys.exit("llama_decode failed")
    logits = function("llama_get_logits_ith", ctypes.POINTER(ctypes.c_float), pointer, ctypes.c_int32)(context, -1)
    values = numpy.ctypeslib.as_array(logits, (size,)).astype(float)
    return values - numpy.logaddexp.reduce(values)


def steer(path, dose):
    """What llama.cpp's loader makes of the file: row N - 1 of [layers - 1, width] is direction.N."""
    data = numpy.zeros((layers, width), numpy.float32)
    for tensor in gguf.GGUFReader(path).tensors:
        data[int(tensor.name.removeprefix("direction.")) - 1] = dose * tensor.data
    set_vector = function(
        "llama_set_adapter_cvec", ctypes.c_int32, pointer, pointer, ctypes.c_size_t, ctypes.c_int32, ctypes.c_int32,
        ctypes.c_int32)
    if set_vector(context, data.ctypes.data_as(pointer), data.size, width, 1, layers) != 0:
        sys.exit("llama.cpp refused the control vector")


def sextant(dose):
    command = [".build/release/sextant", "score", sys.argv[1], PROMPT, *WORDS, "--json"]
    command += ["--vector", sys.argv[3], f"--dose={dose}"]
    found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return [item["log_probability"] for item in found]


ids = [tokens(word, False) for word in WORDS]
assert all(len(one) == 1 for one in ids), "every word must be one token"
plain = log_probabilities()
ours_plain = sextant(0)
print("dose, word, change in llama.cpp, change in Sextant (nats)")
changes = []
for dose in (-4.0, -1.0, 1.0, 4.0):
    steer(sys.argv[4], dose)
    steered = log_probabilities()
    for word, one, before, after in zip(WORDS, ids, ours_plain, sextant(dose)):
        changes.append((steered[one[0]] - plain[one[0]], after - before))
        print(f"{dose:+.0f}, {word.strip()}, {changes[-1][0]:+.3f}, {changes[-1][1]:+.3f}")
theirs, ours = numpy.array(changes).T
engines = numpy.sqrt(numpy.mean([(plain[one[0]] - before) ** 2 for one, before in zip(ids, ours_plain)]))
error, size = numpy.sqrt(numpy.mean((theirs - ours) ** 2)), numpy.sqrt(numpy.mean(theirs**2))
print(f"{len(changes)} changes of {size:.2f} nats (root mean square) differ by {error:.2f}, correlation "
      f"{numpy.corrcoef(theirs, ours)[0, 1]:.4f}; without a vector the two differ by {engines:.2f}: "
      "llama.cpp rounds activations to 8 bits")
sys.exit(0 if error < 0.1 * size else 1)
