using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Api.Answers;

/// <summary>What a sequence has grown by, and its end when <see cref="Result"/> is there.</summary>
/// <param name="Tokens">The tokens that came with the text, where the request wants to be told of them; text that waits to be whole comes with a later piece, and so do its tokens.</param>
/// <param name="Prompt">With the first piece, where the engine was asked: of the prompt's tokens from the second on.</param>
internal readonly record struct SequencePiece(int Index, string Text, IReadOnlyList<GeneratedToken> Tokens, SequenceResult? Result = null, IReadOnlyList<TokenLogprobs>? Prompt = null)
{
    /// <summary>Whether it holds anything but the end.</summary>
    public bool IsShown => Text.Length > 0 || Tokens.Count > 0;

    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"{Index} [{Text?.Length ?? 0} chars]";
}
