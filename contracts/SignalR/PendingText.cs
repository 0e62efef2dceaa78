using System.Text;

namespace Serverless.Contracts.SignalR;

/// <summary>Text that waits to be sent. Not thread-safe.</summary>
internal sealed class PendingText
{
    private readonly StringBuilder _text = new();

    /// <summary>UTF-8 bytes that wait, and count towards a full message.</summary>
    public int Bytes { get; private set; }

    public int Length => _text.Length;

    /// <summary>Characters that may be sent now: half of a surrogate pair waits for the other half.</summary>
    public int Sendable => _text.Length > 0 && char.IsHighSurrogate(_text[^1]) ? _text.Length - 1 : _text.Length;

    public void Append(string text)
    {
        _text.Append(text);
        Bytes += Encoding.UTF8.GetByteCount(text);
    }

    /// <summary>Takes up to <paramref name="max"/> characters, never half of a pair unless <paramref name="everything"/> is wanted and no other half can come.</summary>
    public string Take(int max, bool everything)
    {
        var length = Math.Min(everything ? _text.Length : Sendable, max);
        if (length < _text.Length && length > 1 && char.IsHighSurrogate(_text[length - 1]))
            length--;
        var taken = _text.ToString(0, length);
        _text.Remove(0, length);
        Bytes = _text.Length == 0 ? 0 : Math.Max(0, Bytes - Encoding.UTF8.GetByteCount(taken));
        return taken;
    }
}
