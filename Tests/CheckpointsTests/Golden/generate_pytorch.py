"""State dicts as torch.save writes them, in a folder `pytorch`: whole, sharded, and those that no state dict is. Imports torch 2."""
import collections
import json
import os
import pathlib
import pickle

import torch

here = pathlib.Path(__file__).parent / "pytorch"
here.mkdir(exist_ok=True)


def rows(count, width, start):
    return torch.arange(count * width, dtype=torch.float32).reshape(count, width) / 4 + start


class Small(torch.nn.Module):
    """A state dict of a module has `_metadata`; its parameters share a storage where they are tied."""

    def __init__(self):
        super().__init__()
        self.embed_tokens = torch.nn.Embedding(5, 3)
        self.norm = torch.nn.LayerNorm(3)
        self.lm_head = torch.nn.Linear(3, 5, bias=False)
        with torch.no_grad():
            self.embed_tokens.weight.copy_(rows(5, 3, 1))
        self.lm_head.weight = self.embed_tokens.weight
        self.register_buffer("position_ids", torch.arange(7))
        self.register_buffer("mask", torch.ones(2, 2, dtype=torch.bool))


torch.save(Small().state_dict(), here / "module.bin")
whole = rows(6, 3, 1)
torch.save(
    collections.OrderedDict(
        [
            ("half.weight", rows(4, 3, 2).half()), ("brain.weight", rows(4, 3, 3).bfloat16()), ("rows.weight", whole[2:4]),
            ("parameter.weight", torch.nn.Parameter(rows(2, 3, 5))), ("scalar", torch.tensor(1.5)), ("empty", torch.zeros(0, 3)),
        ]), here / "types.bin")
torch.save({"a.weight": whole.t()}, here / "transposed.bin")
torch.save({"a.weight": whole, "epoch": 3}, here / "trainer.bin")


class Command:
    def __reduce__(self):
        return os.system, ("touch /tmp/executed",)


torch.save({"a.weight": Command()}, here / "command.bin")
torch.save({"a.weight": whole}, here / "old.bin", _use_new_zipfile_serialization=False)
shards = {"pytorch_model-00001-of-00002.bin": {"model.embed_tokens.weight": rows(5, 3, 1)},
          "pytorch_model-00002-of-00002.bin": {"model.norm.weight": torch.ones(3).bfloat16()}}
sharded = here / "sharded"
sharded.mkdir(exist_ok=True)
for name, tensors in shards.items():
    torch.save(tensors, sharded / name)
index = {"metadata": {"total_size": 66}, "weight_map": {tensor: name for name, tensors in shards.items() for tensor in tensors}}
(sharded / "pytorch_model.bin.index.json").write_text(json.dumps(index))
