#!/usr/bin/env bash
# Trains the tokenizers of the demo checkpoints on texts of this repository: corpus/*.txt and the samples' documents.
# Needs spm_train (Debian package sentencepiece, 0.1.97). The results are committed; run this again only when the texts
# have changed so much that their words are cut in pieces.
set -euo pipefail
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Lines of "text <tab> weight". Sample documents weigh most, so that their words are not cut.
{
  find ../../samples -path '*/documents/*' -type f | sort | xargs cat | sed -e '/^ *<script/d' -e 's/<[^>]*>/ /g' -e 's/[#*]/ /g'
} | tr '\t' ' ' | sed -e 's/^ *//' -e '/^ *$/d' -e 's/$/\t12/' > "$work/corpus.tsv"
sed -e '/^ *$/d' -e 's/$/\t4/' corpus/prose.txt >> "$work/corpus.tsv"
cp "$work/corpus.tsv" "$work/text.tsv"
grep -v '^#' corpus/words.txt | tr -s ' ' '\n' | sed '/^$/d' | sort -u > "$work/words"
sed 's/$/\t12/' "$work/words" >> "$work/corpus.tsv"
cut -f1 "$work/text.tsv" | grep -oE "[A-Za-z]+" | tr 'A-Z' 'a-z' | awk 'length > 2' | sort -u > "$work/sample-words"
sed 's/$/\t8/' "$work/sample-words" >> "$work/corpus.tsv"
awk '{ print toupper(substr($0, 1, 1)) substr($0, 2) "\t4" }' "$work/words" >> "$work/corpus.tsv"

# Every printable ASCII character once by itself, so that each has a piece.
for code in $(seq 33 126); do printf "\\x$(printf %x "$code")\t1\n"; done >> "$work/corpus.tsv"

# A line's first word follows a newline, not a space: words that begin sentences are also learnt without the word mark.
grep -oE '(^|[.?!] )[A-Z][a-z]+' "$work/text.tsv" | tr -d '.?! ' | sort | uniq -c | awk '$1 > 1 { print "(" $2 ")\t" $1 * 6 }' >> "$work/corpus.tsv"

common=(--input="$work/corpus.tsv" --input_format=tsv --split_digits=true --character_coverage=1.0 --num_threads=1 --minloglevel=1)

# The Llama demo: like Llama 2's own (BPE, bytes for unknown characters, text taken as it is).
spm_train "${common[@]}" --model_prefix="$work/llama" --model_type=bpe --vocab_size=5632 \
  --byte_fallback=true --normalization_rule_name=identity --remove_extra_whitespaces=false \
  --user_defined_symbols='[INST],[/INST],<<SYS>>,<</SYS>>,Context:,Question:'

# The Instructor demo: like T5's own (Unigram, NFKC and lower case, <pad> 0, </s> 1, <unk> 2, no BOS).
spm_train "${common[@]}" --model_prefix="$work/t5" --model_type=unigram --normalization_rule_name=nmt_nfkc_cf --vocab_size=6000 --hard_vocab_limit=false \
  --pad_id=0 --eos_id=1 --unk_id=2 --bos_id=-1

cp "$work/llama.model" demo-llama.model
cp "$work/t5.model" demo-instructor.model

# How often each word occurs in running text: what makes a word of a question rare.
{ awk -F'\t' '{ print $1 }' "$work/text.tsv"; } | tr 'A-Z' 'a-z' | grep -oE '[a-z]+' | sort | uniq -c \
  | awk '{ print $2 "\t" $1 }' > corpus/word-counts.tsv
