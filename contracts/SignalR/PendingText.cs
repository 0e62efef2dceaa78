using System.Text;

namespace Serverless.Contracts.SignalR;

/// <summary>Text that waits to be sent: the answer's and what the model thinks, in the order in which they came. Not thread-safe.</summary>
internal sealed class PendingText
{
    private readonly LinkedList<Run> _runs = new();

    /// <summary>UTF-8 bytes that wait, and count towards a full message.</summary>
    public int Bytes { get; private set; }

    public int Length { get; private set; }

    /// <summary>Characters of one kind that may be sent now: half of a surrogate pair waits for the other half, unless text of the other kind has come.</summary>
    public int Sendable => _runs.First?.Value.Text switch
    {
        null => 0,
        { Length: > 0 } text when _runs.Count == 1 && char.IsHighSurrogate(text[^1]) => text.Length - 1,
        var text => text.Length,
    };

    /// <param name="isThought">Whether it is what the model thinks, and none of its answer.</param>
    public void Append(string text, bool isThought = false)
    {
        if (text.Length == 0) return;
        if (_runs.Last?.Value is not { } run || run.IsThought != isThought) _runs.AddLast(run = new Run(isThought));
        // Halves of a pair count for three bytes each, and for four together.
        var joins = run.Text.Length > 0 && char.IsHighSurrogate(run.Text[^1]) && char.IsLowSurrogate(text[0]);
        run.Text.Append(text);
        Length += text.Length;
        Bytes += Encoding.UTF8.GetByteCount(text) - (joins ? 2 : 0);
    }

    /// <summary>Takes up to <paramref name="max"/> characters of one kind, never half of a pair unless <paramref name="everything"/> is wanted and no other half can come.</summary>
    public (string Text, bool IsThought) Take(int max, bool everything)
    {
        var run = _runs.First!.Value;
        var text = run.Text;
        var length = Math.Min(everything ? text.Length : Sendable, max);
        if (length < text.Length && length > 1 && char.IsHighSurrogate(text[length - 1]))
            length--;
        var taken = text.ToString(0, length);
        text.Remove(0, length);
        if (text.Length == 0) _runs.RemoveFirst();
        Length -= length;
        Bytes -= Encoding.UTF8.GetByteCount(taken);
        return (taken, run.IsThought);
    }

    private sealed class Run(bool isThought)
    {
        public bool IsThought { get; } = isThought;

        public StringBuilder Text { get; } = new();
    }
}
