#!/usr/bin/env python3
"""Makes spm-oracle.json: what sentencepiece's own spm_encode and spm_decode (Debian package sentencepiece, 0.1.97) say about
texts of ours with the demo tokenizers. Texts are lines, as spm_encode reads them: no newline, no NUL."""
import json, pathlib, random, subprocess

here = pathlib.Path(__file__).parent
models = {"demo-llama": here / "../../../gpu-worker/Demo/demo-llama.model", "demo-instructor": here / "../../../gpu-worker/Demo/demo-instructor.model"}

random.seed(2023)
texts = [
    "Why is my Fiddle Fig tree dropping its leaves?", "a", " ", "  two  spaces  ", "   ", "\ttab\tand\x0bvertical", "trailing space ", " leading",
    "<s>", "</s>", "<unk>", "<0x41>", "<s>[INST] <<SYS>>x<</SYS>> y [/INST]</s>", "[INST][/INST]Context:Question: Context: Question:", "[INST", "x[INST]y",
    "naïve café Zürich Ångström", "Cafe\u0301 decomposed", "ﬁne ﬂoral ½ ² ™ № Ⅷ ㎏ ｆｕｌｌ　ｗｉｄｔｈ", "Привет, как дела?", "Γειά σου Κόσμε", "שלום עולם", "مرحبا بالعالم",
    "नमस्ते दुनिया", "สวัสดีชาวโลก", "你好，世界。今天天气很好", "こんにちは世界カタカナ", "안녕하세요 세계", "한국어", "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𝒎𝒂𝒕𝒉", "👩‍👩‍👧‍👦 🌱🪴 👍🏽 🇩🇪",
    "e.g. 4.5 and 5.5. $1,234.56 100% #1 @x a_b-c/d\\e|f~g^h`i", "http://example.com/a?b=c&d=%20#frag", "CamelCaseWord snake_case_word SHOUTING", "x" * 300, "ab" * 200, "leaves" * 60,
    "Donaudampfschifffahrtsgesellschaftskapitän", "pneumonoultramicroscopicsilicovolcanoconiosis", "\u00a0nbsp\u2003em\u3000ideographic\u200bzero\ufeffbom", "\u2581mark\u2581\u2581twice", "\u0001\u0002\u0007\u001b[31mred\u007f\u0085",
    "\u202eright to left\u202c", "\ufffd replacement", "a\u0301\u0302\u0303\u0304\u0305 zalgo", "........!!!!????", "1234567890 12 345", "it's don't we've I'll", "“quoted” ‘single’ – — … •", "\ue000private\U0010ffff",
]
words = "the a leaf water MPT-30B tokens context über 水 Жизнь 🌱 [INST] Question: 3.14 <s> don't -- \u0007 ".split(" ")
texts += ["".join(random.choice(words) + random.choice(["", " ", "  "]) for _ in range(random.randint(2, 25))) for _ in range(60)]
ranges = [(32, 126), (0xA0, 0x17F), (0x370, 0x52F), (0x5D0, 0x6FF), (0x900, 0x97F), (0x2000, 0x2BFF), (0x3000, 0x30FF), (0x4E00, 0x4FFF), (0xAC00, 0xACFF), (0xFE30, 0xFFEF), (0x1F300, 0x1F6FF), (0x1D400, 0x1D4FF)]
texts += ["".join(chr(random.randint(*random.choice(ranges))) for _ in range(random.randint(1, 40))) for _ in range(100)]
texts = [text for text in dict.fromkeys(texts) if not any(c in text for c in "\n\r\x00")]

def run(tool, model, lines, **flags):
    command = [tool, f"--model={model}"] + [f"--{name}={value}" for name, value in flags.items()]
    output = subprocess.run(command, input="\n".join(lines) + "\n", capture_output=True, encoding="utf-8", check=True).stdout
    result = output.split("\n")[:-1]
    assert len(result) == len(lines), (len(result), len(lines))
    return result

encoded = {name: run("spm_encode", model, texts, output_format="id") for name, model in models.items()}
decoded = {name: run("spm_decode", model, encoded[name], input_format="id") for name, model in models.items()}
cases = [{"text": text, **{name: {"ids": [int(i) for i in encoded[name][n].split()], "decoded": decoded[name][n]} for name in models}} for n, text in enumerate(texts)]
lines = ",\n".join(json.dumps(case, ensure_ascii=True, separators=(",", ":")) for case in cases)
(here / "spm-oracle.json").write_text("[\n" + lines + "\n]\n")
print(len(cases), "cases")
