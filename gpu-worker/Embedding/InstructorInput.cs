using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Embedding;

/// <summary>
/// The ids of an instruction and its text, and which of them are pooled, as InstructorEmbedding's instructor.py (INSTRUCTOR._text_length, Transformer.tokenize) has it:
/// both are stripped and joined with nothing between, cut to the model's length, EOS added; the encoder sees all, the mean is over the text and its EOS,
/// the instruction's share being as many tokens as it has by itself.
/// </summary>
internal static class InstructorInput
{
    public static EncoderInput Tokenize(ITokenizer tokenizer, EmbeddingInput input, int maxTokens)
    {
        var instruction = input.Instruction.Trim();
        var joint = tokenizer.Encode(instruction + input.Text.Trim());
        var kept = Math.Min(joint.Length, maxTokens - 1);
        int[] ids = [.. joint.AsSpan(0, kept), tokenizer.EosId];

        var masked = instruction.Length == 0 ? 0 : Math.Min(tokenizer.Encode(instruction).Length, maxTokens - 1);
        var mask = new int[ids.Length];
        mask.AsSpan(Math.Min(masked, mask.Length)).Fill(1);
        // Joined, an instruction may have fewer tokens than alone, so that a very short text leaves nothing: EOS stands for it.
        mask[^1] = 1;
        return new EncoderInput(ids, mask);
    }
}
