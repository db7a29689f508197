"""Reference tokenizers, built from a GGUF file's vocabulary with the settings of the published tokenizer.json files."""

import gguf
import sentencepiece
from sentencepiece import sentencepiece_model_pb2 as proto
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers

GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
MODERN = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|%s| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"


def read(path):
    fields = gguf.GGUFReader(path).fields

    def get(key, default=None):
        field = fields.get("tokenizer." + key)
        return default if field is None else field.contents()

    return dict(
        forms=get("ggml.tokens"), types=get("ggml.token_type"), merges=get("ggml.merges"), scores=get("ggml.scores"),
        bos=get("ggml.bos_token_id"), eos=get("ggml.eos_token_id"), unknown=get("ggml.unknown_token_id"),
        add_bos=get("ggml.add_bos_token"), prefix=get("ggml.add_space_prefix", True), template=get("chat_template"))


def split(pattern):
    return pre_tokenizers.Split(Regex(pattern), behavior="isolated")


def pre_tokenizer(rule):
    level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    gpt2 = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    return {
        "gpt-2": gpt2,
        "smollm": pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), gpt2]),
        "qwen2": pre_tokenizers.Sequence([split(MODERN % r"\p{N}"), level]),
        "llama-bpe": pre_tokenizers.Sequence([split(MODERN % r"\p{N}{1,3}"), level]),
        "default": pre_tokenizers.Sequence([
            split(r"[\p{P}\$\+<=>\^~\|]+"), split(GPT2.removesuffix(r"|\s+")), split(r"\p{N}+"), split("[0-9][0-9][0-9]"), level]),
    }[rule]


def add_tokens(tokenizer, vocabulary, special):
    forms = vocabulary["forms"]
    user = [f for f, t in zip(forms, vocabulary["types"]) if t == 4]
    control = [f for f, t in zip(forms, vocabulary["types"]) if t in (2, 3)]
    tokenizer.add_tokens([AddedToken(f, special=False, normalized=False) for f in user])
    if special:
        tokenizer.add_special_tokens([AddedToken(f, special=True, normalized=False) for f in control])
    return tokenizer


def byte_level(vocabulary, rule, special):
    """A byte-level BPE tokenizer; without `special`, control tokens in the text stay text."""
    ids = {form: i for i, form in enumerate(vocabulary["forms"])}
    merges = [tuple(m.split(" ")) for m in vocabulary["merges"]]
    tokenizer = Tokenizer(models.BPE(ids, merges, ignore_merges=rule == "llama-bpe"))
    if rule == "qwen2":
        tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizer(rule)
    tokenizer.decoder = decoders.ByteLevel()
    return add_tokens(tokenizer, vocabulary, special)


def sentence_piece(vocabulary, special):
    """The sentencepiece library on the same pieces; control tokens as user-defined ones when `special`."""
    model = proto.ModelProto()
    kinds = {1: 1, 2: 2, 3: 4 if special else 3, 4: 4, 5: 5, 6: 6}
    for form, score, kind in zip(vocabulary["forms"], vocabulary["scores"], vocabulary["types"]):
        kind = kinds[kind]
        if form == "<unk>":
            kind = 2
        model.pieces.add(piece=form.replace(" ", "\u2581"), score=score, type=kind)
    trainer, normalizer = model.trainer_spec, model.normalizer_spec
    trainer.model_type, trainer.byte_fallback, trainer.vocab_size = 2, True, len(vocabulary["forms"])
    trainer.unk_id, trainer.unk_piece = vocabulary["unknown"], "<unk>"
    normalizer.name, normalizer.add_dummy_prefix = "identity", bool(vocabulary["prefix"])
    normalizer.remove_extra_whitespaces, normalizer.escape_whitespaces = False, True
    processor = sentencepiece.SentencePieceProcessor()
    processor.LoadFromSerializedProto(model.SerializeToString())
    return processor
