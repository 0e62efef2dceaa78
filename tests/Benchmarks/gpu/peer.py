"""Decode and prefill of a Llama of 7B's shape in PyTorch with transformers: what run.sh sets the worker beside.

Random float16 weights, a static cache of the context's length, greedy; a decode step computes one token for each sequence of a batch.
Times are medians over steps after warm-up, by the host's clock around a synchronised step. With --compile steps run through torch.compile
("reduce-overhead", which captures CUDA graphs), as a careful user of transformers would run them; without, node by node.
"""

import argparse
import json
import statistics
import time

import torch
import transformers
from transformers import LlamaConfig, LlamaForCausalLM, StaticCache

STEPS = 30
WARM_UP = 5


def numbers(text):
    return [int(part) for part in text.split(",")]


def create(context):
    config = LlamaConfig(
        vocab_size=32000,
        hidden_size=4096,
        intermediate_size=11008,
        num_hidden_layers=32,
        num_attention_heads=32,
        num_key_value_heads=32,
        max_position_embeddings=context,
        attn_implementation="sdpa",
        torch_dtype=torch.float16,
    )
    torch.manual_seed(1)
    default = torch.get_default_dtype()
    torch.set_default_dtype(torch.float16)
    try:
        with torch.device("cuda"):
            return LlamaForCausalLM(config).eval()
    finally:
        torch.set_default_dtype(default)


def median_seconds(step):
    samples = []
    for index in range(WARM_UP + STEPS):
        torch.cuda.synchronize()
        started = time.perf_counter()
        step()
        torch.cuda.synchronize()
        if index >= WARM_UP:
            samples.append(time.perf_counter() - started)
    return statistics.median(samples)


@torch.inference_mode()
def decode(model, forward, batch, context):
    cache = StaticCache(config=model.config, max_batch_size=batch, max_cache_len=context, device="cuda", dtype=torch.float16)
    ids = torch.randint(0, 32000, (batch, 1), device="cuda")
    position = torch.tensor([context - 1], device="cuda")
    return median_seconds(lambda: forward(input_ids=ids, past_key_values=cache, cache_position=position, use_cache=True).logits.argmax(-1))


@torch.inference_mode()
def prefill(model, tokens):
    ids = torch.randint(0, 32000, (1, tokens), device="cuda")
    return median_seconds(lambda: model(input_ids=ids, use_cache=False, logits_to_keep=1).logits.argmax(-1))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batch", type=numbers, default=[1, 16, 64, 256])
    parser.add_argument("--context", type=numbers, default=[128, 2048])
    parser.add_argument("--prefill", type=int, default=512)
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--json")
    options = parser.parse_args()

    model = create(max(max(options.context), options.prefill) + 1)
    forward = torch.compile(model, mode="reduce-overhead") if options.compile else model
    results = []
    for context in options.context:
        for batch in options.batch:
            try:
                seconds = decode(model, forward, batch, context)
            except torch.cuda.OutOfMemoryError:
                print(f"decode, batch {batch}, context {context}: out of memory")
                torch.cuda.empty_cache()
                continue
            results.append({"batch": batch, "context": context, "seconds": seconds})
            print(f"decode, batch {batch}, context {context}: {batch / seconds:.1f} tokens/s, {1e3 * seconds:.2f} ms a step")
    seconds = prefill(model, options.prefill)
    print(f"prefill, {options.prefill} tokens: {options.prefill / seconds:.1f} tokens/s")
    report = {
        "torch": torch.__version__,
        "transformers": transformers.__version__,
        "device": torch.cuda.get_device_name(),
        "compiled": options.compile,
        "decode": results,
        "prefillTokens": options.prefill,
        "prefillSeconds": seconds,
    }
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(report, file, indent=2)


if __name__ == "__main__":
    main()
