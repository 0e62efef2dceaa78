using System.Text;

namespace Serverless.Functions.Guards;

/// <summary>
/// A text on its way through a guard, piece by piece. What comes out does not depend on how the text was cut: a character passes once it is certain that
/// no match begins with it, which takes at most what the longest pattern looks ahead (<see cref="MaxHeld"/>).
/// </summary>
/// <param name="isQuoted">Whether a mask is a string of JSON.</param>
internal sealed class GuardScan(TextGuard guard, bool isQuoted = false) : ITextScan
{
    /// <summary>Characters that may be held back: an e-mail address of the greatest length and some; a phrase of blanks runs to eight times its own.</summary>
    public const int MaxHeld = 1024;

    private readonly StringBuilder _held = new();
    private readonly List<(string Kind, GuardAction Action)> _found = [];
    private char _before;

    public string? BlockedBy { get; private set; }

    /// <summary>Characters held back.</summary>
    public int Held => _held.Length;

    public IReadOnlyList<(string Kind, GuardAction Action)> Found => _found;

    /// <summary>A whole text at once.</summary>
    public static (string Text, GuardScan Scan) Whole(TextGuard guard, string text)
    {
        var scan = new GuardScan(guard);
        return (scan.Push(text, isLast: true), scan);
    }

    public string Push(string text, bool isLast)
    {
        if (BlockedBy is not null) return "";
        _held.Append(text);
        var all = _held.ToString();
        var passed = new StringBuilder(all.Length);
        var at = 0;
        var window = new TextWindow(all, _before, isLast);
        while (at < all.Length)
        {
            var (length, kind, action) = guard.Find(ref window, at);
            if (window.NeedsMore) break;
            if (length > 0)
            {
                _found.Add((kind, action));
                if (action == GuardAction.Block)
                {
                    BlockedBy = kind;
                    _held.Clear();
                    return passed.ToString();
                }

                if (action == GuardAction.Mask)
                {
                    passed.Append(isQuoted ? "\"[" : "[").Append(kind).Append(isQuoted ? "]\"" : "]");
                    at += length;
                    continue;
                }
            }

            passed.Append(all[at++]);
        }

        if (at > 0) _before = all[at - 1];
        _held.Remove(0, at);
        return passed.ToString();
    }
}
