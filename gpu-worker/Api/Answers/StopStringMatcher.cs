namespace Serverless.GpuWorker.Api.Answers;

/// <summary>
/// Finds stop strings in a text that comes in pieces, and holds back only what could still become one. Comparison is ordinal.
/// The text ends at the stop string that is complete first (the longer one of two that end together), however the pieces are cut. Not thread-safe.
/// </summary>
/// <param name="includesStop">Whether the stop string that is met is a part of the text.</param>
internal sealed class StopStringMatcher(IReadOnlyList<string> stops, bool includesStop = false)
{
    private string _held = "";

    /// <summary>Whether a stop string was met; nothing more is to be appended then.</summary>
    public bool Stopped => StoppedBy is not null;

    /// <summary>The stop string that was met.</summary>
    public string? StoppedBy { get; private set; }

    /// <summary>The text that is safe to send now that <paramref name="piece"/> has come.</summary>
    /// <param name="mayStop">False where the text does not end with a stop string that is complete with this piece.</param>
    public string Append(string piece, bool mayStop = true)
    {
        if (Stopped) throw new InvalidOperationException("The text has ended at a stop string.");
        if (stops.Count == 0 || piece.Length == 0) return piece;

        var text = _held + piece;
        if (mayStop && FirstMatch(text) is var (start, end))
        {
            StoppedBy = text[start..end];
            _held = "";
            return text[..(includesStop ? end : start)];
        }

        var held = HeldLength(text);
        _held = text[^held..];
        return text[..^held];
    }

    /// <summary>What was held back, when the text has ended for another reason.</summary>
    public string Flush()
    {
        var rest = _held;
        _held = "";
        return rest;
    }

    /// <summary>Where the stop string that is complete first begins and ends; null when there is none. One within what is held was complete when it did not count.</summary>
    private (int Start, int End)? FirstMatch(string text)
    {
        var (start, end) = (-1, int.MaxValue);
        foreach (var stop in stops)
        {
            var at = text.IndexOf(stop, Math.Max(0, _held.Length - stop.Length + 1), StringComparison.Ordinal);
            if (at < 0) continue;
            var thisEnd = at + stop.Length;
            if (thisEnd < end || (thisEnd == end && at < start)) (start, end) = (at, thisEnd);
        }

        return start < 0 ? null : (start, end);
    }

    /// <summary>Length of the longest end of <paramref name="text"/> that begins a stop string.</summary>
    private int HeldLength(string text)
    {
        var longest = 0;
        foreach (var stop in stops)
        {
            for (var length = Math.Min(stop.Length - 1, text.Length); length > longest; length--)
            {
                if (text.AsSpan(text.Length - length).SequenceEqual(stop.AsSpan(0, length)))
                {
                    longest = length;
                    break;
                }
            }
        }

        return longest;
    }
}
