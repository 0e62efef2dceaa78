using Serverless.Contracts.OpenAI;

namespace Serverless.GpuWorker.Api.Answers;

/// <summary>Adds up what the sequences of a request used. Not thread-safe.</summary>
/// <param name="promptTokens">Tokens of all prompts, each counted once.</param>
internal sealed class SequenceUsage(int promptTokens)
{
    private int _completionTokens;
    private int? _cachedTokens;

    /// <summary>Of the sequences that were added.</summary>
    public Usage Total => Usage.Of(promptTokens, _completionTokens, _cachedTokens);

    public static Usage Of(int promptTokens, IEnumerable<SequenceResult> results)
    {
        var usage = new SequenceUsage(promptTokens);
        foreach (var result in results) usage.Add(result);
        return usage.Total;
    }

    public void Add(SequenceResult result)
    {
        _completionTokens += result.Tokens;
        if (result.CachedTokens is { } cached) _cachedTokens = (_cachedTokens ?? 0) + cached;
    }
}
