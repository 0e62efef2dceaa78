namespace Serverless.Functions.Dispatch;

/// <summary>
/// A prompt that is too long, in Anthropic's words. Its clients look for them and not for a code: Claude Code asks again for a shorter answer after the one sentence, and shortens its conversation
/// after the other. Source: what Anthropic answers, as in anthropics/claude-code #4123 and musistudio/claude-code-router #1799.
/// </summary>
internal static class MessagesTooLong
{
    /// <param name="maxTokens">What was asked for; null where that is unknown.</param>
    public static GatewayException Told(GatewayException failure, long? maxTokens)
    {
        ArgumentNullException.ThrowIfNull(failure);
        if (failure.Counts is not { } counts) return failure;
        if (maxTokens is { } most && Room(counts, most) is var (prompt, context)) return failure.Saying($"input length and `max_tokens` exceed context limit: {prompt} + {most} > {context}, decrease input length or `max_tokens` and try again");
        return failure.Saying(counts is [var one, var other] && one != other
            ? $"prompt is too long: {Math.Max(one, other)} tokens > {Math.Min(one, other)} maximum"
            : $"prompt is too long: {failure.Error.Message}");
    }

    /// <summary>
    /// The prompt and the context that it fits in, of a provider's counts in whatever order; null where they do not say it. That the limit of the answer, or the sum with it, is among them tells such a
    /// complaint from one of the prompt alone.
    /// </summary>
    private static (long Prompt, long Context)? Room(IReadOnlyList<long> counts, long most)
    {
        if (counts.Count < 3) return null;
        var sums = counts.Select(count => count + most).ToHashSet();
        foreach (var prompt in counts)
        {
            if (!counts.Contains(most) && !counts.Contains(prompt + most)) continue;
            foreach (var context in counts)
            {
                if (prompt < context && prompt + most > context && !sums.Contains(context)) return (prompt, context);
            }
        }

        return null;
    }
}
