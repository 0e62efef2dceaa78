using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Encoders;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Embedding;

/// <summary>
/// The ids of a prompt and its text as sentence-transformers has it: joined as they are, between [CLS] and [SEP], cut to the model's length with [SEP] kept. What is pooled is the
/// mask's to say: all, [CLS] alone, or all but a prompt that does not count (with [CLS], as SentenceTransformer.encode does for include_prompt=false).
/// </summary>
internal static class BertInput
{
    public static EncoderInput Tokenize(WordPieceTokenizer tokenizer, BertSettings settings, EmbeddingInput input)
    {
        var ids = tokenizer.Encode(input.Instruction + input.Text);
        var kept = Math.Min(ids.Length, settings.MaxTokens - tokenizer.WithSpecialTokens([]).Length);
        var all = tokenizer.WithSpecialTokens(ids[..kept]);
        var mask = new int[all.Length];
        if (settings.Pooling == EncoderPooling.Cls)
        {
            mask[0] = 1;
            return new EncoderInput(all, mask);
        }

        var prompt = settings.PoolsPrompt || input.Instruction.Length == 0 ? 0 : tokenizer.Encode(input.Instruction).Length + 1;
        mask.AsSpan(Math.Min(prompt, mask.Length - 1)).Fill(1);
        return new EncoderInput(all, mask);
    }
}
