namespace Serverless.Functions.Providers;

/// <summary>
/// Stop strings applied to what a service wrote: for services that know none, and for such as end their text with the one they stopped at, which an answer does not hold. What comes
/// piece by piece passes once no stop string can begin with it.
/// </summary>
internal sealed class StopStrings(IReadOnlyList<string>? stop)
{
    private string _held = "";

    /// <summary>Whether one has come: nothing passes after it.</summary>
    public bool IsReached { get; private set; }

    /// <summary>A whole text, up to the first of them that is complete.</summary>
    public static string Cut(string text, IReadOnlyList<string>? stop) => new StopStrings(stop).Push(text, isLast: true);

    /// <param name="isLast">Whether nothing follows.</param>
    /// <returns>What may pass now.</returns>
    public string Push(string text, bool isLast = false)
    {
        if (IsReached) return "";
        if (stop is not { Count: > 0 }) return text;
        var all = _held + text;
        // The one that is complete first, as if it had ended the writing; of two that end together the longer.
        var found = stop.Select(s => (At: all.IndexOf(s, StringComparison.Ordinal), s.Length)).Where(f => f.At >= 0).OrderBy(f => f.At + f.Length).ThenBy(f => f.At).ToList();
        if (found.Count > 0)
        {
            IsReached = true;
            return all[..found[0].At];
        }

        var passes = isLast ? all.Length : all.Length - stop.Max(s => Beginning(all, s));
        _held = all[passes..];
        return all[..passes];
    }

    /// <summary>How many of the last characters may be the beginning of a stop string.</summary>
    private static int Beginning(string text, string stop)
    {
        for (var length = Math.Min(text.Length, stop.Length - 1); length > 0; length--)
        {
            if (text.AsSpan(text.Length - length).SequenceEqual(stop.AsSpan(0, length))) return length;
        }

        return 0;
    }
}
