"""Small tokenizer.json files in the three styles that we read, and the ids that `tokenizers` gives with them.

Called by generate.py. The training text is these scripts' own source and a few lines in other scripts."""
import io
import json
import pathlib

import sentencepiece
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

TEXTS = [
    "", " ", "Hello world", "  two  spaces\n\n\nand lines\t\ttabs ", "numbers 1234567 and 3.14", "I'll say it's DON'T",
    "naïve café e\u0301", "Привет, мир!", "日本語のテキスト", "emoji 👩‍👩‍👧 ☃", "def tokenizer(path):\n    return 0\n",
    "<|im_start|>user\nhi<|im_end|>", "a\u00a0b\u2003c", "\x00\x07", "!!!???...", "½ ² ٣٤", " leading", "trailing ",
]
QWEN = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"


def corpus():
    here = pathlib.Path(__file__).parent
    lines = "".join(p.read_text() for p in sorted(here.glob("*.py"))).splitlines()
    return lines + TEXTS * 3


def byte_level(name, steps, normalizer):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(steps)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=500, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=["<|endoftext|>", "<|im_start|>", "<|im_end|>"])
    tokenizer.train_from_iterator(corpus(), trainer)
    tokenizer.add_tokens([AddedToken("<tool>", special=False)])
    save(name, tokenizer, {
        "bos_token": {"content": "<|im_start|>"}, "eos_token": "<|im_end|>", "add_bos_token": False,
        "chat_template": "{{ messages }}"})


def sentence_piece(name):
    """SentencePiece BPE with byte fallback, kept as merges in the way of Llama and Gemma."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(corpus()), model_writer=model, model_type="bpe", vocab_size=560, byte_fallback=True,
        character_coverage=0.98, normalization_rule_name="identity", remove_extra_whitespaces=False,
        add_dummy_prefix=False, num_threads=1)
    processor = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    pieces = [(processor.id_to_piece(i), processor.get_score(i)) for i in range(processor.get_piece_size())]
    vocabulary = {piece: index for index, (piece, _) in enumerate(pieces)}
    merges = []
    for piece, score in pieces:
        splits = [(piece[:i], piece[i:]) for i in range(1, len(piece))]
        splits = [s for s in splits if s[0] in vocabulary and s[1] in vocabulary]
        merges += [(score, s) for s in splits]
    merges = [s for _, s in sorted(merges, key=lambda m: -m[0])]
    tokenizer = Tokenizer(models.BPE(
        vocab=vocabulary, merges=merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Replace(" ", "▁")
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    tokenizer.add_special_tokens(["<unk>", "<s>", "</s>"])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", special_tokens=[("<s>", vocabulary["<s>"])])
    save(name, tokenizer, {"bos_token": "<s>", "eos_token": "</s>"})


def save(name, tokenizer, config):
    folder = pathlib.Path(name)
    folder.mkdir(exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    ids = [tokenizer.encode(text).ids for text in TEXTS]
    (folder / "ids.json").write_text(json.dumps({"texts": TEXTS, "ids": ids}))


def generate():
    level = pre_tokenizers.ByteLevel
    byte_level("smollm-style", [pre_tokenizers.Digits(True), level(add_prefix_space=False)], None)
    byte_level("qwen-style", [
        pre_tokenizers.Split(Regex(QWEN), "isolated"), level(add_prefix_space=False, use_regex=False)],
        normalizers.NFC())
    sentence_piece("sentencepiece-style")
