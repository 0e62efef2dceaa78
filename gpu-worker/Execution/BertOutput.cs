namespace Serverless.GpuWorker.Execution;

/// <summary>What a BERT's ONNX model must yield.</summary>
/// <param name="Names">What the output may be called.</param>
/// <param name="Shape">Its dimensions, for errors.</param>
/// <param name="Fits">Whether dimensions are these; -1 where they vary.</param>
/// <param name="NeedsTypes">Whether texts without segments would be something else.</param>
internal sealed record BertOutput(IReadOnlyList<string> Names, string Shape, Func<IReadOnlyList<int>, bool> Fits, bool NeedsTypes = false)
{
    /// <summary>One vector a token.</summary>
    public static BertOutput HiddenStates { get; } = new(["last_hidden_state", "token_embeddings", "hidden_states"], "[texts, tokens, dimensions]", shape => shape is [_, _, > 0]);

    /// <summary>One number a pair of texts, which segments tell apart.</summary>
    public static BertOutput Logits { get; } = new(["logits"], "[pairs, 1]", shape => shape is [_, 1] or [_, -1], NeedsTypes: true);
}
