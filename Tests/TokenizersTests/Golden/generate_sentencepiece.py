"""Writes unigram.model, bpe.model and sentencepiece.json: small models of SentencePiece and a hash of the ids that it gives for the
strings of pipelines.strings.json.

    python3 generate_sentencepiece.py          (sentencepiece 0.2.3)
"""
import io
import json

import hard_strings
import sentencepiece
from generate_pipelines import CORPUS, HERE, TEXTS, digest


def train(name, **options):
    rules = HERE / "rules.tsv"
    pairs = {"ﬁ": "fi", "①": "1", "½": "1/2", "Ａ": "A", "ｶﾞ": "ガ", "e\u0301": "é", "\t": " ", "\n": " ", "\u3000": " ", "\u200d": "", "ab": "AB",
             "\u1112\u1161\u11ab": "한", "…": "...", "\u00a0": " "}
    rules.write_text("".join(
        " ".join("%X" % ord(c) for c in key) + "\t" + " ".join("%X" % ord(c) for c in value) + "\n" for key, value in pairs.items()))
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(CORPUS[:400] + hard_strings.ENGLISH), model_writer=model, normalization_rule_tsv=str(rules), num_threads=1,
        hard_vocab_limit=False, minloglevel=2, character_coverage=0.99, **options)
    rules.unlink()
    (HERE / (name + ".model")).write_bytes(model.getvalue())
    return sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())


def main():
    models = {
        "unigram": train("unigram", vocab_size=400, model_type="unigram", user_defined_symbols=["<tool>", "[MASK]"]),
        "bpe": train("bpe", vocab_size=620, model_type="bpe", byte_fallback=True, remove_extra_whitespaces=False),
    }
    result = {}
    for name, model in models.items():
        ids = model.encode(TEXTS)
        result[name] = dict(ids="".join(map(digest, ids)), first=ids[0], size=model.get_piece_size())
    (HERE / "sentencepiece.json").write_text(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
