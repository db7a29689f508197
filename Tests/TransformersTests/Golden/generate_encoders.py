"""Writes encoders/ and encoders.json from Hugging Face transformers in f32: tiny random-weight sentence encoders as folders that
sentence-transformers reads, and the vectors of a padded batch of texts.

    python generate_encoders.py

Needs torch, transformers (5.24), tokenizers and safetensors.
"""

import json
import pathlib
import shutil

import tokenizers
import torch
import transformers as t

here = pathlib.Path(__file__).parent
special = ["<s>", "<pad>", "</s>", "[UNK]"]
letters = [chr(97 + i) for i in range(26)]
words = special + letters + ["##" + letter for letter in letters] + ["the", "##ing", "and", ".", ",", "1", "2"]
texts = [
    "the king and the thing.",
    "a",
    "Reading, and 2 more: singing of things that nobody reads 12 times over, and then the end of the thing",
    "zoo and zebra",
]
common = dict(
    vocab_size=len(words), hidden_size=16, intermediate_size=24, num_attention_heads=4, num_hidden_layers=3,
    pad_token_id=1, attn_implementation="eager",
)  # fmt: skip


def models():
    """Name, model, and whether its vectors have length 1."""
    yield "bert", t.BertModel(t.BertConfig(**common, max_position_embeddings=100)), True
    # Buckets of distances from 8 on hold several.
    yield "mpnet", t.MPNetModel(t.MPNetConfig(**common, max_position_embeddings=102)), False
    # Positions begin behind the number of the padding token.
    yield "roberta", t.RobertaModel(t.RobertaConfig(**common, max_position_embeddings=102, type_vocab_size=1)), True


def tokenizer():
    return {
        "added_tokens": [{"id": i, "content": token, "special": True} for i, token in enumerate(special)],
        "normalizer": {"type": "BertNormalizer", "clean_text": True, "handle_chinese_chars": True,
                       "strip_accents": None, "lowercase": True},
        "pre_tokenizer": {"type": "BertPreTokenizer"},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}},
                       {"SpecialToken": {"id": "</s>", "type_id": 0}}],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 0}}],
            "special_tokens": {token: {"id": token, "ids": [i], "tokens": [token]}
                               for i, token in ((0, "<s>"), (2, "</s>"))},
        },
        "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                  "max_input_chars_per_word": 100, "vocab": {word: i for i, word in enumerate(words)}},
    }  # fmt: skip


def write(path, model, normalised):
    shutil.rmtree(path, ignore_errors=True)
    model.save_pretrained(path)
    rules = tokenizer()
    for token in rules["added_tokens"]:
        token |= dict(single_word=False, lstrip=False, rstrip=False, normalized=False)
    (path / "tokenizer.json").write_text(json.dumps({"version": "1.0", "truncation": None, "padding": None,
                                                     "decoder": None} | rules))  # fmt: skip
    kinds = ["Transformer", "Pooling"] + (["Normalize"] if normalised else [])
    places = ["", "1_Pooling", "2_Normalize"]
    (path / "modules.json").write_text(json.dumps(
        [{"idx": i, "name": str(i), "path": places[i], "type": f"sentence_transformers.models.{kind}"}
         for i, kind in enumerate(kinds)]))  # fmt: skip
    modes = ["cls_token", "mean_tokens", "max_tokens", "mean_sqrt_len_tokens"]
    (path / "1_Pooling").mkdir()
    (path / "1_Pooling" / "config.json").write_text(json.dumps(
        {"word_embedding_dimension": 16} | {f"pooling_mode_{mode}": mode == "mean_tokens" for mode in modes}))
    (path / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": 90, "do_lower_case": False}))


def numbers(tensor):
    return [round(x, 6) for x in tensor.flatten().tolist()]


def main():
    generator = torch.Generator().manual_seed(14)
    golden = {}
    (here / "encoders").mkdir(exist_ok=True)
    for name, model, normalised in models():
        model.eval()
        with torch.no_grad():
            for key, parameter in model.named_parameters():
                noise = torch.randn(parameter.shape, generator=generator)
                parameter.copy_(1 + 0.2 * noise if "LayerNorm.weight" in key else 0.3 * noise)
        folder = here / "encoders" / name
        write(folder, model, normalised)
        rules = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
        ids = [rules.encode(text).ids for text in texts]
        rules.enable_padding(pad_id=1, pad_token="<pad>")
        batch = rules.encode_batch(texts)
        mask = torch.tensor([encoding.attention_mask for encoding in batch])
        with torch.no_grad():
            out = model(torch.tensor([encoding.ids for encoding in batch]), mask, output_hidden_states=True)
        states = out.hidden_states
        last = out.last_hidden_state
        weights = mask.unsqueeze(-1).float()
        vectors = (last * weights).sum(1) / weights.sum(1)
        if normalised:
            vectors = torch.nn.functional.normalize(vectors)
        golden[name] = {
            "texts": texts, "ids": ids,
            # Of the third text, the longest, the last four positions: entering block 0, entering the last block, leaving it.
            "states": [numbers(x[2, len(ids[2]) - 4 : len(ids[2])]) for x in (states[0], states[-2], last)],
            "vectors": [numbers(row) for row in vectors], "first": [numbers(row) for row in last[:, 0]],
        }  # fmt: skip
        print(name, [len(i) for i in ids], float(vectors.abs().mean()))
    (here / "encoders.json").write_text(json.dumps(golden, separators=(",", ":")))


if __name__ == "__main__":
    main()
