using Serverless.GpuWorker.Embedding;

namespace Serverless.GpuWorker.Api.Requests;

/// <summary>What may be embedded.</summary>
internal static class EmbeddingInputs
{
    /// <param name="nameOf">The field of the i-th text.</param>
    /// <param name="instructionOf">The field of its instruction.</param>
    /// <param name="listName">The field of all.</param>
    /// <exception cref="ApiException">400, naming the text or its instruction.</exception>
    public static void Validate(EmbeddingModel model, IReadOnlyList<EmbeddingInput> inputs, Func<int, string> nameOf, Func<int, string> instructionOf, string listName)
    {
        if (inputs.Count is < 1 or > ApiLimits.EmbeddingInputs) throw ApiErrors.Invalid(listName, $"{listName} must have from 1 to {ApiLimits.EmbeddingInputs} texts.");
        for (var i = 0; i < inputs.Count; i++)
        {
            if (string.IsNullOrWhiteSpace(inputs[i].Text)) throw ApiErrors.Invalid(nameOf(i), $"{nameOf(i)} must not be empty.");
            if (i == 0 || inputs[i].Instruction != inputs[i - 1].Instruction) CheckInstruction(model, inputs[i].Instruction, instructionOf(i));
        }
    }

    /// <exception cref="ApiException">400 context_length_exceeded, naming the first text that would be cut.</exception>
    public static void RequireWhole(EmbeddingModel model, IReadOnlyList<EmbeddingInput> inputs, Func<int, string> nameOf)
    {
        var special = model.Tokenizer.WithSpecialTokens([]).Length;
        for (var i = 0; i < inputs.Count; i++)
        {
            var tokens = model.Tokenizer.Encode(inputs[i].Instruction + inputs[i].Text.Trim()).Length + special;
            if (tokens > model.Embedder.MaxTokens)
            {
                throw ApiErrors.Invalid(nameOf(i), $"{nameOf(i)} has {tokens} tokens, its instruction and special tokens included; the model takes {model.Embedder.MaxTokens}, and the request lets nothing be cut.", "context_length_exceeded");
            }
        }
    }

    /// <summary>A text is cut where the model's length ends, as its makers do; an instruction that takes all of it would leave vectors of nothing.</summary>
    private static void CheckInstruction(EmbeddingModel model, string instruction, string name)
    {
        var most = model.Embedder.MaxTokens - model.Tokenizer.WithSpecialTokens([]).Length - 1;
        if (model.Tokenizer.Encode(instruction.Trim()).Length > most)
        {
            throw ApiErrors.Invalid(name, $"{name} must have at most {most} tokens: the model takes {model.Embedder.MaxTokens}, special tokens and at least one of the text included.", "context_length_exceeded");
        }
    }
}
