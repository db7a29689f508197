"""Writes pipelines.json and pipelines.strings.json: small tokenizer.json files of every kind of stage, a thousand hard strings,
and a hash of the ids and of the decoded text that `tokenizers` gives for each.

    python3 generate_pipelines.py          (tokenizers 0.23.3, sentencepiece 0.2.3)
"""
import base64
import io
import json
import pathlib
import random

import hard_strings
import sentencepiece
from sentencepiece import sentencepiece_model_pb2 as proto
from tokenizers import (
    AddedToken, Regex, Tokenizer, decoders, models, normalizers as N, pre_tokenizers as P, processors, trainers)

HERE = pathlib.Path(__file__).parent
WORDS = (
    "the of and to in is was he for it with as his on be at by I this had not are but from or have an they which one you were her all"
    " she there would their we him been has when who will more no if out so said what up its about into than them can only other"
    " Größe naïve café Straße İstanbul résumé coöperate Πλάτων Москва 東京 서울 कमल مرحبا שלום ไทย tokenizer embedding")
SPACES = [" ", " ", " ", "  ", "\n", "\t", "\u00a0", "\u3000", "", "", " \n", "\r\n"]
PIECES = ["1", "23", "456", "7890", "3.14", ".", ",", "!", "?", "'s", "'LL", "n't", "-", "--", "(", ")", "[MASK]", "[CLS]", "<s>", "</s>",
          "<tool>", "tool", "<pad>", "▁", "##ing", "é", "e\u0301", "ﬁ", "Å", "①", "½", "ｶﾞ", "한", "\u1112\u1161\u11ab", "中文", "👩‍👩‍👧", "🇩🇪",
          "\u200d", "\u0301", "\x00", "\x07", "\ufeff", "$", "€", "+", "=", "_", "a_b", "CamelCase", "ALLCAPS", "ſ", "\u0130", "x" * 30]


def strings():
    chance = random.Random(14)
    words = WORDS.split()
    result = list(hard_strings.STRINGS)
    while len(result) < 1000:
        parts = []
        for _ in range(chance.randint(1, 12)):
            kind = chance.random()
            if kind < 0.5:
                parts.append(chance.choice(words))
            elif kind < 0.85:
                parts.append(chance.choice(PIECES))
            else:
                other = chance.choice(hard_strings.STRINGS)
                start = chance.randint(0, len(other))
                parts.append(other[start:start + chance.randint(1, 12)])
            parts.append(chance.choice(SPACES))
        result.append("".join(parts))
    return result


TEXTS = strings()
CORPUS = [" ".join(random.Random(seed).choices(WORDS.split(), k=12)) for seed in range(400)] + hard_strings.STRINGS
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "<s>", "</s>"]
LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
PATTERNS = {
    "llama3": [LLAMA3], "qwen2": [LLAMA3.replace("{1,3}", "")],
    "o200k": [
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
        r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
        r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"],
    "cl100k": [r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]|\s+(?!\S)|\s"],
    "tekken": [
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
        r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*"
        r"|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"],
    "deepseek3": [
        r"\p{N}{1,3}", "[一-龥぀-ゟ゠-ヿ]+",
        r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"],
    "bloom": [r" ?[^(\s|[.,!?…。，、।۔،])]+"],
    "exaone": [r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?(?:\p{L}\p{M}*(?: \p{L}\p{M}*)*)+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]?|\s*[\r\n]|\s+(?!\S)|\s+"],
    "jais2": [LLAMA3.replace(r"|\s+(?!\S)|\s+", r"|\s{8}(?!\S)|\s{4}(?!\S)|\s{1,2}(?!\S)|\s{1}")],
    "cohere": [r"\d{1,3}(?=(?:\d{3})*\b)", LLAMA3], "kimi": [r"[\p{Han}]+", r"[\p{L}\p{M}&&[^\p{Han}]]+"],
    "behind": [r"(?<=\d)\.|(?<!a)b|\bthe\b|\Bn", r"(?>a+)b?|x{2,5}?|.{40}"],
}


def base_bpe(**options):
    tokenizer = Tokenizer(models.BPE(**options))
    tokenizer.pre_tokenizer = P.ByteLevel(add_prefix_space=False)
    tokenizer.train_from_iterator(CORPUS, trainers.BpeTrainer(
        vocab_size=520, initial_alphabet=P.ByteLevel.alphabet(), special_tokens=SPECIAL, show_progress=False))
    return tokenizer


def base_characters(word_end=None, prefix=None, fallback=False):
    """BPE of characters, with `</w>` as in CLIP, or `##`, or bytes for what is unknown."""
    options = {"unk_token": "[UNK]", "fuse_unk": fallback}
    if word_end:
        options["end_of_word_suffix"] = word_end
    if prefix:
        options["continuing_subword_prefix"] = prefix
    tokenizer = Tokenizer(models.BPE(**options))
    tokenizer.normalizer = N.Lowercase()
    tokenizer.pre_tokenizer = P.Metaspace(split=True) if fallback else P.Whitespace()
    trainer = dict(vocab_size=450, special_tokens=SPECIAL, limit_alphabet=90, show_progress=False)
    if word_end:
        trainer["end_of_word_suffix"] = word_end
    if prefix:
        trainer["continuing_subword_prefix"] = prefix
    tokenizer.train_from_iterator(CORPUS, trainers.BpeTrainer(**trainer))
    if fallback:
        content = json.loads(tokenizer.to_str())
        vocabulary = content["model"]["vocab"]
        for byte in range(256):
            vocabulary["<0x%02X>" % byte] = len(vocabulary)
        content["model"]["byte_fallback"] = True
        tokenizer = Tokenizer.from_str(json.dumps(content))
    return tokenizer


def base_wordpiece():
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]", max_input_chars_per_word=25))
    tokenizer.normalizer = N.BertNormalizer()
    tokenizer.pre_tokenizer = P.BertPreTokenizer()
    tokenizer.train_from_iterator(CORPUS, trainers.WordPieceTrainer(
        vocab_size=500, special_tokens=SPECIAL, limit_alphabet=120, show_progress=False))
    return tokenizer


def base_unigram(fallback):
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = N.NFKC()
    tokenizer.pre_tokenizer = P.Metaspace()
    tokenizer.train_from_iterator(CORPUS[:400] + hard_strings.ENGLISH, trainers.UnigramTrainer(
        vocab_size=420, special_tokens=SPECIAL, unk_token="[UNK]", show_progress=False))
    content = json.loads(tokenizer.to_str())
    if fallback:
        content["model"]["vocab"] += [["<0x%02X>" % byte, 0.0] for byte in range(256)]
        content["model"]["byte_fallback"] = True
    return Tokenizer.from_str(json.dumps(content))


def character_map():
    """A small map compiled by SentencePiece: one to many, many to one, one to nothing, in clusters and alone."""
    rules = HERE / "rules.tsv"
    pairs = {"ﬁ": "fi", "①": "1", "½": "1/2", "Ａ": "A", "ｶﾞ": "ガ", "e\u0301": "é", "\t": " ", "\n": " ", "\u3000": " ", "\u200d": "", "\u0301": "",
             "ab": "AB", "\u1112\u1161\u11ab": "한", "…": "...", "\u00a0": " "}
    rules.write_text("".join(
        " ".join("%X" % ord(c) for c in key) + "\t" + " ".join("%X" % ord(c) for c in value) + "\n" for key, value in pairs.items()))
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(CORPUS[:400]), model_writer=model, vocab_size=600, normalization_rule_tsv=str(rules), num_threads=1,
        hard_vocab_limit=False, character_coverage=0.98, minloglevel=2)
    rules.unlink()
    message = proto.ModelProto()
    message.ParseFromString(model.getvalue())
    return message.normalizer_spec.precompiled_charsmap


def step(value):
    """A stage's JSON."""
    tokenizer = Tokenizer(models.BPE())
    kind = type(value).__module__ + "." + type(value).__mro__[-2].__name__
    for name, module in (("normalizer", N), ("pre_tokenizer", P), ("decoder", decoders), ("post_processor", processors)):
        if isinstance(value, (getattr(module, {"normalizer": "Normalizer", "pre_tokenizer": "PreTokenizer", "decoder": "Decoder",
                                               "post_processor": "PostProcessor"}[name], ()))):
            setattr(tokenizer, name, value)
            return json.loads(tokenizer.to_str())[name]
    raise TypeError(kind)


def added(tokens, special):
    return [dict(content=t.content, lstrip=t.lstrip, rstrip=t.rstrip, single_word=t.single_word, normalized=t.normalized, special=special)
            for t in tokens]


def variants():
    level = P.ByteLevel(add_prefix_space=False, use_regex=False)

    def split(pattern, behavior="isolated", invert=False):
        return P.Split(Regex(pattern), behavior, invert)

    template = processors.TemplateProcessing(
        single="[CLS] <s> $A [SEP]", pair="$A $B", special_tokens=[("[CLS]", 2), ("[SEP]", 3), ("<s>", 5)])
    result = [("gpt2", "bpe", {}), ("gpt2-space", "bpe", dict(
        pre_tokenizer=P.ByteLevel(add_prefix_space=True), post_processor=processors.RobertaProcessing(("</s>", 6), ("<s>", 5))))]
    for name, patterns in PATTERNS.items():
        steps = [split(p) for p in patterns]
        result.append((name, "bpe", dict(pre_tokenizer=P.Sequence(steps + [level]))))
    result += [
        ("whole-pieces", "bpe", dict(pre_tokenizer=P.Sequence([split(LLAMA3), level]), model=dict(ignore_merges=True))),
        ("composed", "bpe", dict(normalizer=N.NFC(), pre_tokenizer=P.Sequence([split(PATTERNS["qwen2"][0]), level]))),
        ("digits", "bpe", dict(pre_tokenizer=P.Sequence([P.Digits(individual_digits=True), P.ByteLevel(add_prefix_space=False)]))),
        ("level-first", "bpe", dict(pre_tokenizer=P.Sequence([P.ByteLevel(add_prefix_space=True), P.Digits(False), P.Punctuation("contiguous")]))),
        ("level-normalizer", "bpe", dict(normalizer=N.Sequence([N.Strip(), N.ByteLevel()]), pre_tokenizer=P.WhitespaceSplit())),
        ("bert", "wordpiece", dict(post_processor=processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2)))),
        ("bert-cased", "wordpiece", dict(
            normalizer=N.BertNormalizer(lowercase=False, strip_accents=None, clean_text=False, handle_chinese_chars=False), post_processor=template)),
        ("bert-accents", "wordpiece", dict(normalizer=N.Sequence([N.NFD(), N.StripAccents(), N.Lowercase(), N.Strip(right=False)]),
                                           decoder=decoders.WordPiece(cleanup=False))),
        ("words", "wordpiece", dict(pre_tokenizer=P.Whitespace(), post_processor=processors.Sequence([processors.ByteLevel(), template]))),
        ("fixed", "wordpiece", dict(pre_tokenizer=P.FixedLength(3))),
        ("delimiter", "wordpiece", dict(pre_tokenizer=P.CharDelimiterSplit("a"))),
        ("unigram", "unigram", dict(post_processor=processors.TemplateProcessing(single="$A </s>", pair="$A $B", special_tokens=[("</s>", 6)]))),
        ("unigram-map", "unigram", dict(normalizer="map", pre_tokenizer=P.Metaspace(prepend_scheme="first", split=False),
                                        decoder=decoders.Metaspace(prepend_scheme="first"))),
        ("unigram-strip", "unigram", dict(
            normalizer=N.Sequence([N.Nmt(), N.NFKC(), N.Replace(Regex(" {2,}"), " "), N.Strip()]),
            pre_tokenizer=P.Sequence([P.WhitespaceSplit(), P.Metaspace(prepend_scheme="always")]))),
        ("unigram-bytes", "unigram-bytes", dict(pre_tokenizer=P.Metaspace(prepend_scheme="never", split=True), decoder=decoders.Sequence(
            [decoders.ByteFallback(), decoders.Metaspace(prepend_scheme="never")]))),
        ("clip", "clip", dict(normalizer=N.Sequence([N.NFC(), N.Replace(Regex(r"\s+"), " "), N.Lowercase()]), pre_tokenizer=P.Sequence(
            [split(r"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+", "removed", True)]), decoder=decoders.BPEDecoder("</w>"))),
        ("continued", "continued", dict(pre_tokenizer=P.Sequence([P.Whitespace(), P.Punctuation("merged_with_previous")]))),
        ("llama", "pieces", dict(normalizer=N.Sequence([N.Prepend("▁"), N.Replace(" ", "▁")]), pre_tokenizer=None, decoder=decoders.Sequence(
            [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]))),
        ("gemma", "pieces", dict(normalizer=N.Replace(" ", "▁"), pre_tokenizer=P.Split(" ", "merged_with_previous"), decoder=decoders.Sequence(
            [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]))),
        ("mistral", "pieces", dict(normalizer=None, pre_tokenizer=P.Metaspace(prepend_scheme="first", split=False), decoder=decoders.Sequence(
            [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]))),
        ("levels", "words", dict(pre_tokenizer=P.Sequence([P.WhitespaceSplit(), P.Punctuation("merged_with_next")]))),
    ]
    for behavior in ("removed", "isolated", "merged_with_previous", "merged_with_next", "contiguous"):
        result.append((behavior, "wordpiece", dict(pre_tokenizer=P.Sequence([P.Punctuation(behavior), split(r"\s|e", behavior, False)]))))
        result.append((behavior + "-inverted", "wordpiece", dict(pre_tokenizer=split(r"[a-m]+", behavior, True))))
    plain = [AddedToken("<tool>", single_word=False, normalized=False), AddedToken("tool", single_word=True, normalized=True),
             AddedToken("Größe", lstrip=True, rstrip=False, normalized=True), AddedToken("the", single_word=True, normalized=False),
             AddedToken("MASKED", lstrip=True, rstrip=True), AddedToken("  ", normalized=False)]
    special = [AddedToken("[MASK]", lstrip=True, rstrip=True, normalized=False), AddedToken("<pad>", lstrip=False, rstrip=True),
               AddedToken("a_b", single_word=True, normalized=True)]
    for name, base, stages in (("added-level", "bpe", {}), ("added-bert", "wordpiece", {}), ("added-unigram", "unigram", {}),
                               ("added-first", "pieces", dict(normalizer=None, pre_tokenizer=P.Metaspace(prepend_scheme="first", split=False)))):
        result.append((name, base, stages | dict(added=(plain, special))))
    return result


def fnv(data):
    """FNV-1a, the low sixteen bits as four digits."""
    value = 0x811C9DC5
    for byte in data:
        value = ((value ^ byte) * 0x01000193) & 0xFFFFFFFF
    return "%04x" % (value & 0xFFFF)


def digest(ids):
    return fnv(b"".join(i.to_bytes(4, "little") for i in ids))


def main():
    words = Tokenizer(models.WordLevel({w: i for i, w in enumerate(SPECIAL + sorted(set(WORDS.split())) + [".", ","])}, unk_token="[UNK]"))
    words.add_special_tokens(SPECIAL)
    bases = {
        "bpe": base_bpe(), "wordpiece": base_wordpiece(), "unigram": base_unigram(False), "unigram-bytes": base_unigram(True),
        "clip": base_characters(word_end="</w>"), "continued": base_characters(prefix="##"), "pieces": base_characters(fallback=True), "words": words,
    }
    bases["bpe"].decoder = decoders.ByteLevel()
    bases["wordpiece"].decoder = decoders.WordPiece()
    bases["unigram"].decoder = decoders.Metaspace()
    charsmap = {"type": "Precompiled", "precompiled_charsmap": base64.b64encode(character_map()).decode()}
    bases = {name: json.loads(tokenizer.to_str()) for name, tokenizer in bases.items()}
    cases = []
    for name, base, stages in variants():
        stages = dict(stages)
        tokens = stages.pop("added", ([], []))
        model = stages.pop("model", {})
        stages = {key: charsmap if value == "map" else value and step(value) for key, value in stages.items()}
        content = json.loads(json.dumps(bases[base])) | stages
        content["model"] |= model
        tokenizer = Tokenizer.from_str(json.dumps(content))
        tokenizer.add_tokens(tokens[0])
        tokenizer.add_special_tokens(tokens[1])
        whole = json.loads(tokenizer.to_str())
        changed = {key: whole[key] for key in whole if key != "model" and whole[key] != bases[base][key]}
        encoded = tokenizer.encode_batch(TEXTS)
        plain = tokenizer.encode_batch(TEXTS, add_special_tokens=False)
        cases.append(dict(
            name=name, base=base, stages=changed, model=model, around=encoded[0].ids, first=plain[0].ids,
            ids="".join(digest(e.ids) for e in plain), texts="".join(fnv(tokenizer.decode(e.ids).encode()) for e in plain)))
        assert all(len(e.ids) - len(p.ids) == len(encoded[0].ids) - len(plain[0].ids) for e, p in zip(encoded, plain))
    bases = {name: json.dumps(content, ensure_ascii=False, separators=(",", ":")) for name, content in bases.items()}
    for case in cases:
        case["stages"] = {key: json.dumps(value, ensure_ascii=False, separators=(",", ":")) for key, value in case["stages"].items()}
    (HERE / "pipelines.json").write_text(json.dumps(dict(bases=bases, cases=cases), ensure_ascii=False, separators=(",", ":")) + "\n")
    (HERE / "pipelines.strings.json").write_text(json.dumps(TEXTS, separators=(",", ":")) + "\n")
    print(len(TEXTS), "strings,", len(cases), "pipelines")


if __name__ == "__main__":
    main()
