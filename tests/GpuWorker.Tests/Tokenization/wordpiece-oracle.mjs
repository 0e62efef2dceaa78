// Makes wordpiece-oracle.json: what @huggingface/tokenizers makes of texts with the vocabulary of bert-base-uncased.
// usage: npm install --no-save @huggingface/tokenizers && node wordpiece-oracle.mjs VOCAB.TXT > wordpiece-oracle.json
import { readFileSync } from "node:fs";
import { Tokenizer } from "@huggingface/tokenizers";

const lines = readFileSync(process.argv[2], "utf8").split("\n").map((line) => line.trimEnd());
if (lines.at(-1) === "") lines.pop();
const tokenizer = new Tokenizer({
  version: "1.0", truncation: null, padding: null, added_tokens: [], post_processor: null,
  normalizer: { type: "BertNormalizer", clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: true },
  pre_tokenizer: { type: "BertPreTokenizer" },
  decoder: { type: "WordPiece", prefix: "##", cleanup: true },
  model: {
    type: "WordPiece", unk_token: "[UNK]", continuing_subword_prefix: "##", max_input_chars_per_word: 100,
    vocab: Object.fromEntries(lines.map((piece, id) => [piece, id])),
  },
}, {});

const texts = [
  "", " ", "a", "Hello, World!", "my fig tree loses foliage", "unaffable", "don't stop-me now...", "Café naïve ÀÉÎÕÜ ñandú Ångström", "ﬁne ﬂoor", "ＡＢＣ１２３",
  "東京は日本の首都です。", "中文和English混排，测试。", "한국어 텍스트 각", "हिन्दी भाषा", "ไทย", "Привет, мир! Ёлка", "Ελληνικά άλφα", "العربية مُحَمَّد", "עִבְרִית",
  "İstanbul IĞDIR", "Straße ẞ", "$5.00 €10 £3 ¥100", "~^`|<>+=", "“quotes” ‘single’ — dash – en … ellipsis", "C# C++ .NET 10 f(x)=x^2", "100% @user #tag a_b a/b\\c",
  "🙂 smile 👩‍💻", "a\u200db\u200cc", "soft\u00adhyphen", "nul\u0000byte rep\ufffdlaced bell\u0007", "tab\tnew\nline\rreturn\u00a0nbsp\u2028ls\u3000wide", "[CLS] [SEP] [UNK] [MASK] [PAD]",
  "<s> </s> [INST]", "x".repeat(100), "x".repeat(101), "é".repeat(60), "supercalifragilisticexpialidocious", "xyzzyqwrt", "e\u0301 o\u0308 decomposed",
  "2026-11-28T20:00:00Z", "https://example.org/a?b=c&d=e", "ab\ue000cd", "½ ² ™ ©", "Ǆ ǅ ǆ", "ʻokina Hawaiʻi", "ё й Й", "ﷺ", "a".repeat(99) + "é", "\u1e9b\u0323", "豈 更 車",
];
console.log(JSON.stringify(texts.map((text) => ({ text, ids: tokenizer.encode(text, { add_special_tokens: false }).ids })), null, 1));
