"""Writes embeddings/ and embeddings.json: tiny folders of models of which only the embedding is read (T5, Whisper, Marian, RoBERTa,
nomic-bert), with the files of their tokenizers as their makers publish them, and what the classes of transformers have for each id.

    python generate_embeddings.py

Needs torch, transformers (5.24), tokenizers, safetensors, sentencepiece (0.2.3) and protobuf.
"""

import io
import json
import pathlib
import shutil

import sentencepiece
import tokenizers
import torch
import transformers as t

here = pathlib.Path(__file__).parent
out = here / "embeddings"
texts = ["the king and the queen of the north", "a sextant measures angles between things far away", "Größe und naïve",
         "reading and singing, 1 2 3.", "the thing that the king measures"]  # fmt: skip
sizes = dict(d_model=4, encoder_layers=1, decoder_layers=1, encoder_attention_heads=1, decoder_attention_heads=1,
             encoder_ffn_dim=4, decoder_ffn_dim=4)  # fmt: skip


def write(path, value):
    path.write_text(json.dumps(value, ensure_ascii=False))


def pieces(path, size, **ids):
    """Trains a SentencePiece model; its pieces."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(texts), model_writer=model, vocab_size=size, model_type="unigram",
        normalization_rule_name="identity", hard_vocab_limit=False, num_threads=1, minloglevel=2, **ids)  # fmt: skip
    path.write_bytes(model.getvalue())
    read = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    return [read.id_to_piece(i) for i in range(read.get_piece_size())]


def bytelevel(folder, special):
    """Trains byte-level BPE: vocab.json and merges.txt; the number of entries."""
    trained = tokenizers.ByteLevelBPETokenizer()
    trained.train_from_iterator(texts, vocab_size=268, show_progress=False, special_tokens=special)
    trained.save_model(str(folder))
    return trained.get_vocab_size()


def t5(folder):
    count = len(pieces(folder / "spiece.model", 60, pad_id=0, eos_id=1, unk_id=2, bos_id=-1)) + 100
    write(folder / "tokenizer_config.json", {"tokenizer_class": "T5Tokenizer", "extra_ids": 100})
    config = t.T5Config(vocab_size=count + 4, d_model=4, d_kv=4, d_ff=4, num_layers=1, num_heads=1)
    return t.T5ForConditionalGeneration(config), "shared.weight", t.T5Tokenizer


def whisper(folder):
    count = bytelevel(folder, ["<|endoftext|>"])
    added = ["<|startoftranscript|>", "<|en|>", "<|transcribe|>", "<|notimestamps|>"]
    write(folder / "added_tokens.json", {token: count + i for i, token in enumerate(added)})
    end = dict(bos_token="<|endoftext|>", eos_token="<|endoftext|>", unk_token="<|endoftext|>")
    write(folder / "special_tokens_map.json", end | {"additional_special_tokens": added})
    write(folder / "tokenizer_config.json", {"tokenizer_class": "WhisperTokenizer"})
    config = t.WhisperConfig(
        **sizes, vocab_size=count + 8, num_mel_bins=4, max_source_positions=4, max_target_positions=4,
        pad_token_id=0, bos_token_id=0, eos_token_id=0, decoder_start_token_id=count)  # fmt: skip
    return t.WhisperForConditionalGeneration(config), "model.decoder.embed_tokens.weight", t.WhisperTokenizer


def marian_files(folder):
    source, target = pieces(folder / "source.spm", 60), pieces(folder / "target.spm", 44)
    write(folder / "tokenizer_config.json", {"source_lang": "en", "target_lang": "de"})
    return [[piece for piece in found if piece not in ("<s>", "</s>", "<unk>")] for found in (source, target)]


def marian(folder):
    source, target = marian_files(folder)
    # Other ids than those of the pieces.
    forms = ["</s>", "<unk>"] + sorted(set(source + target)) + ["<pad>"]
    write(folder / "vocab.json", {form: i for i, form in enumerate(forms)})
    last = len(forms) - 1
    config = t.MarianConfig(
        **sizes, vocab_size=len(forms), max_position_embeddings=4, pad_token_id=last, eos_token_id=0,
        decoder_start_token_id=last, forced_eos_token_id=0)  # fmt: skip
    return t.MarianMTModel(config), "model.shared.weight", t.MarianTokenizer


def marian_two(folder):
    """Two vocabularies, each with an embedding of its own."""
    source, target = ([*("</s>", "<unk>", "<pad>"), *found] for found in marian_files(folder))
    for name, forms in (("vocab", source), ("target_vocab", target)):
        write(folder / f"{name}.json", {form: i for i, form in enumerate(forms)})
    config = t.MarianConfig(
        **sizes, vocab_size=len(source), decoder_vocab_size=len(target), share_encoder_decoder_embeddings=False,
        tie_word_embeddings=False, max_position_embeddings=4, pad_token_id=2, eos_token_id=0,
        decoder_start_token_id=2, forced_eos_token_id=0)  # fmt: skip
    return t.MarianMTModel(config), "model.encoder.embed_tokens.weight", None


def roberta(folder):
    count = bytelevel(folder, ["<s>", "<pad>", "</s>", "<unk>"])
    forms = json.loads((folder / "vocab.json").read_text())
    write(folder / "vocab.json", forms | {"<mask>": count})
    config = t.RobertaConfig(vocab_size=count + 1, hidden_size=4, num_hidden_layers=1, num_attention_heads=1,
                             intermediate_size=4, max_position_embeddings=6, type_vocab_size=1)  # fmt: skip
    return t.RobertaForMaskedLM(config), "roberta.embeddings.word_embeddings.weight", t.RobertaTokenizer


def nomic(folder):
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    letters = [chr(97 + i) for i in range(26)]
    forms = special + letters + ["##" + letter for letter in letters] + ["the", "##ing", "king", "of", ","]
    (folder / "vocab.txt").write_text("\n".join(forms) + "\n")
    write(folder / "tokenizer_config.json", {"tokenizer_class": "BertTokenizer", "do_lower_case": True})
    config = t.NomicBertConfig(vocab_size=64, hidden_size=4, num_hidden_layers=1, num_attention_heads=1,
                               intermediate_size=4, max_position_embeddings=6)  # fmt: skip
    return t.NomicBertModel(config), "embeddings.word_embeddings.weight", t.BertTokenizer


def main():
    torch.manual_seed(14)
    golden = {}
    shutil.rmtree(out, ignore_errors=True)
    for name, make in (("t5", t5), ("whisper", whisper), ("marian", marian), ("marian-two", marian_two),
                       ("roberta", roberta), ("nomic-bert", nomic)):  # fmt: skip
        folder = out / name
        folder.mkdir(parents=True)
        model, tensor, tokenizer = make(folder)
        # Before the model is there: its class must be told by the files alone.
        forms = special = None
        if tokenizer:
            read = tokenizer.from_pretrained(folder)
            forms, special = read.convert_ids_to_tokens(list(range(len(read)))), sorted(set(read.all_special_ids))
        model.save_pretrained(folder)
        (folder / "generation_config.json").unlink(missing_ok=True)
        rows = dict(model.state_dict())[tensor]
        golden[name] = {"tensor": tensor, "forms": forms, "special": special, "shape": list(rows.shape),
                        "rows": [[round(x, 7) for x in row] for row in rows[::20].tolist()]}  # fmt: skip
        print(name, list(rows.shape), forms and len(forms), special)
    (here / "embeddings.json").write_text(json.dumps(golden, separators=(",", ":"), ensure_ascii=False))


if __name__ == "__main__":
    main()
