namespace Serverless.GpuWorker.Tests.Constraints.Quotes;

/// <summary>What a text sets in quotation marks, read by characters and not as the automaton reads it.</summary>
internal static class QuotedSpans
{
    private static readonly Dictionary<char, string> Pairs = new() { ['"'] = "\"", ['“'] = "”", ['„'] = "“”", ['«'] = "»", ['「'] = "」", ['『'] = "』", ['＂'] = "＂" };

    /// <summary>Each quote, and whether it is closed: the last one may have been cut off.</summary>
    public static IEnumerable<(string Text, bool IsClosed)> Of(string text)
    {
        for (int at = 0; at < text.Length; at++)
        {
            if (!Pairs.TryGetValue(text[at], out string? closers))
                continue;

            int end = text.AsSpan(at + 1).IndexOfAny(closers);
            if (end < 0)
            {
                yield return (text[(at + 1)..], false);
                yield break;
            }
            yield return (text.Substring(at + 1, end), true);
            at += end + 1;
        }
    }

    /// <summary>Those that stand in no source, or are empty.</summary>
    public static int Wrong(string text, IReadOnlyList<string> sources) =>
        Of(text).Count(quote => quote.IsClosed ? quote.Text.Length == 0 || !Occurs(quote.Text, sources) : !Occurs(quote.Text.TrimEnd('\uFFFD'), sources));

    private static bool Occurs(string quote, IReadOnlyList<string> sources) => sources.Any(source => source.Contains(quote, StringComparison.Ordinal));
}
