"""Two hundred strings that tokenizers get wrong: scripts, marks, emoji, spaces, digits, code, special-token look-alikes."""

SCRIPTS = [
    "The quick brown fox jumps over the lazy dog.", "Größe, Straße, Äpfel, ÜBER, ẞ", "façade naïve cliché œuvre Ÿ",
    "Příliš žluťoučký kůň úpěl ďábelské ódy", "Zażółć gęślą jaźń", "Það er góður dagur í dag", "Cửa Việt, tiếng Việt rất đẹp",
    "İstanbul'da ılık bir gün, ŞĞÇÖÜ", "Съешь же ещё этих мягких французских булок", "Їжак і ґанок", "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία",
    "ἐν ἀρχῇ ἦν ὁ λόγος", "ქართული ენა", "Հայերեն լեզու", "עברית: שָׁלוֹם עולם", "العربية: السَّلامُ عَلَيْكُمْ", "فارسی: می‌خواهم بروم",
    "اردو زبان ۱۲۳۴", "हिन्दी: नमस्ते दुनिया १२३", "বাংলা ভাষা ১২৩৪", "தமிழ் மொழி", "తెలుగు భాష", "ಕನ್ನಡ ಭಾಷೆ", "മലയാളം ൧൨൩", "සිංහල භාෂාව",
    "ภาษาไทยไม่มีช่องว่างระหว่างคำ ๑๒๓", "ພາສາລາວ", "မြန်မာဘာသာ", "ភាសាខ្មែរ កាន់តែពិសេស", "བོད་སྐད་ ༡༢༣", "አማርኛ ቋንቋ ፩፪፫", "ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ",
    "ᐃᓄᒃᑎᑐᑦ", "ᠮᠣᠩᠭᠣᠯ ᠬᠡᠯᠡ", "日本語のテキスト、カタカナと漢字。", "ｶﾀｶﾅ ﾊﾝｶｸ ＦＵＬＬ　ＷＩＤＴＨ １２３", "中文文本，没有空格。", "繁體中文：龍龜鬱",
    "한국어 텍스트입니다", "\u1112\u1161\u11ab\u1100\u1173\u11af decomposed jamo", "𐌰𐌱𐌲 Gothic 𐌳", "𒀀𒀁 cuneiform 𓀀𓀁", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𝟙𝟚𝟛 𝓂𝒶𝓉𝒽", "𠀀𠀁𪛖 rare Han",
    "ⵜⴰⵎⴰⵣⵉⵖⵜ", "ߒߞߏ", "Ꙁꙁ Ⱥⱥ Ɐ", "ꦧꦱꦗꦮ", "mixed Англиский и 中文 and العربية together",
]
MARKS = [
    "e\u0301 é", "A\u030a Å \u212b", "a\u0323\u0307 \u1e69 s\u0323\u0307", "n\u0303o\u0308 decomposed", "Z\u0351\u036b\u0343\u036aA\u0321\u034aLGO", "\u0301 leading mark",
    "한글 \u1100\u1161", "ﬁ ﬂ ﬀ ﬆ ligatures", "Ω \u2126 ohm, K \u212a kelvin", "ǆ ǅ Ǆ titlecase", "ª º ordinal", "ʰ ʷ modifiers", "क\u093c \u0958 nukta",
    "x\u20dd enclosed", "\u0f73 \u0f75 Tibetan", "\u0340\u0341\u0344",
]
EMOJI = [
    "🦙", "😀😃😄", "👩‍👩‍👧‍👦 family", "🏳️‍🌈 flag", "🇩🇪🇫🇷🇯🇵", "👍🏽👍🏿", "❤️ ❤", "1️⃣ 2️⃣ #️⃣", "😶‍🌫️🧑🏾‍🚀", "🚀 (normal) 😶‍🌫️ (multiple emojis concatenated) ✅",
    "🫨🫩 new emoji", "text🙂text", "☃︎ ☃️", "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", "©®™ ⌘⌥",
]
SPACES = [
    "", " ", "  ", "   ", "    ", " " * 7, " " * 16, " " * 31, "\t", "\t\t", "\t\t\t\t", "\n", "\n\n", "\n\n\n", "\n" * 10, "\r", "\r\n", "\r\n\r\n", "\n\r\n\r",
    " \n", "\n ", " \n \n ", "\t\n", "\n\t", "a\nb", "a\n\nb", "a\n \nb", "a  b", "a   b", "a          b", " a", "  a", "   a ", "a ", "a  ", "a\t", "a \t b",
    "a\n", "a \n", "a\r\nb\r\n", "\u00a0", "a\u00a0b", "a \u00a0 b", "\u2003em\u2003space", "\u2028line\u2029paragraph", "\u3000ideographic\u3000", "\u200bzero\u200bwidth",
    "\u200d \u200c \u2060", "\ufeffbom", "\u0085next\u0085line", "\u180emongolian\u180e", "\u1680ogham", "\x0b\x0c vertical", "    def f(x):\n        return x\n\n\n",
    "\t\tif (x) {\n\t\t\treturn;\n\t\t}\n", "trailing   \n   leading", "  \n\n  \n", "!\n\n", "! \n!", "...\r\n\r\n...", "wo  rd\t \tx",
]
CONTROL = [
    "\x00", "a\x00b", "\x01\x02\x03\x04", "\x07bell\x08back", "\x1b[31mred\x1b[0m", "\x7f del", "\x80\x9f C1", "\u061c\u202e bidi \u202c", "\ufffd replacement", "\ufffe\uffff",
    "\U0010ffff", "\ue000 private \U000f0000", "\ufff9\ufffb", "\u00ad soft hyphen",
]
DIGITS = [
    "3", "33", "333", "3333", "33333", "333333333", " 3", "  33", "3 3", "1234567890", "3.14159", "1,000,000.00", "-42", "+1e-10", "0x1F", "1st 2nd 3rd", "v2.0.1", "2024-01-31T23:59:59Z",
    "½ ¾ ²³ ₁₂", "Ⅷ Ⅻ ⅳ", "①②③ ⑽ ⒈", "٣٤٥ ۶۷ 一二三", "a1b2c3", "1a 2b", "12 345 6789", "  1  22  333  ", "9'9", "5's", "１２３４", "1\u00b22", "๑๒ 12๑", "0" * 40,
]
ENGLISH = [
    "I'm you're he's we'll they've I'd don't", "I'M YOU'RE HE'S WE'LL THEY'VE I'D DON'T", "'s 't 're 've 'm 'll 'd", "'S 'T 'Re 'vE 'LL", "''s 'tis '", "it’s curly ’s", "'\u017f long s", "rock'n'roll o'clock",
    "x='test'", "'sam 'reply 'velvet 'llama 'mad", "antidisestablishmentarianism", "supercalifragilisticexpialidocious", "a" * 50, "ab" * 30, "AAAAaaaaBBBB", "CamelCaseAndsnake_case-and-kebab",
    "hello_world __init__ ____", "C++ C# F# .NET", "<div class=\"x\">&nbsp;</div>", "<table> <tr><td>1</td></tr></table>", "{\"key\": [1, 2.5, null]}", "https://example.org/a?b=c&d=%20#e",
    "user@example.org", "!!!???...", "------=======______", "''''''```````\"\"\"\"......!!!!!!??????", "$100 €200 £300 ¥400", "a+b=c; d*e/f^g|h~i", "\\n \\t \\\\", "∀x∈ℝ: x²≥0 ∑∫√∞≠≤", "← → ⇒ ▶ ■ ★", "“quotes” ‘single’ «guillemets» „low“",
    "— – ‐ ‑ − dashes", "ok.ok?ok!ok,ok", "( [ { < > } ] )", " (", ") .", "\n =", "' era", "Hello, y'all! How are you 😁 ?我想在apple工作1314151天～", ">\u2581</ \u2581 \u2581\u2581 \u2581a Ġ Ċ ĠĠ",
]
SPECIAL = [
    "<|endoftext|>", "<|im_start|>user\nhi<|im_end|>\n", "a<|im_end|>b", "<|im_end", "|im_end|>", "< |im_end|>", "<|im_start|><|im_start|>", "<bos>", "<eos> text <pad>", "<start_of_turn>user\nhi<end_of_turn>\n",
    "<unused5><unused99>", "<0x0A>", "<unk><s></s>", "<tool_call>{}</tool_call>", "<repo_name>x<file_sep>y", "<|fim_prefix|>a<|fim_suffix|>b<|fim_middle|>", "[multimodal] [PAD151665] [INST]", "<start_of_image>", "<mask> <2mass>", "[@BOS@] <b></b>",
]

STRINGS = SCRIPTS + MARKS + EMOJI + SPACES + CONTROL + DIGITS + ENGLISH + SPECIAL
