using Serverless.Contracts;

namespace Serverless.Functions.Retrieval.Citing;

/// <summary>
/// What in an answer stands for itself, so that no bracket in it is a marker and nothing is put into it: code, mathematics, and JSON but for its strings. It is told while the answer is written, and the same however that is cut. Not thread-safe.
/// </summary>
/// <param name="keepsQuotes">Whether what stands in quotation marks is left to its reader: code ends before it, and there is neither mathematics nor JSON.</param>
internal sealed class LiteralText(bool keepsQuotes)
{
    // Of code or a formula within a line.
    private const int MaxWithin = 200;

    // From so many backticks or tildes on, code goes on over lines.
    private const int Fence = 3;

    private readonly JsonWalk _json = new();

    // Signs that opened the code that goes on; 0 outside of it.
    private int _fence;
    private char _fenceSign;

    // What closes the formula that goes on.
    private string? _formula;

    // The last that was no blank, and the one before it.
    private char _last = '\n';
    private char _before = '\n';
    private bool _isLineStart = true;

    /// <summary>Whether a string of JSON goes on.</summary>
    public bool IsString => _json.IsString;

    /// <summary>Takes note of what was dealt with.</summary>
    public void Pass(ReadOnlySpan<char> text)
    {
        foreach (var c in text)
        {
            if (_json.IsOpen) _json.Take(c);
            _isLineStart = c == '\n' || (_isLineStart && c is ' ' or '\t');
            if (!char.IsWhiteSpace(c)) (_before, _last) = (_last, c);
        }
    }

    /// <summary>What stands for itself from a position on, as far as can be seen.</summary>
    /// <param name="isLast">Whether no more text comes.</param>
    /// <returns>How many characters of it, and whether they are part of a sentence; 0 to wait for more; null where there is none.</returns>
    public (int Length, bool IsOfSentence)? At(string text, int at, bool isLast)
    {
        var c = text[at];
        if (_fence > 0) return c == _fenceSign ? Ticks(text, at, isLast) : (1, false);
        if (_formula is { } closing) return OfFormula(text, at, isLast, closing);
        if (_json.IsString) return null;
        if (_json.IsOpen)
        {
            if (_json.Permits(c)) return (1, false);
            _json.Close();
        }

        if (c == '`' || (c == '~' && _isLineStart)) return Ticks(text, at, isLast);
        if (keepsQuotes) return null;
        if (c is '{' or '[') return OfData(text, at, isLast);
        if (c == '\\') return at + 1 == text.Length ? isLast ? null : (0, false) : text[at + 1] is '(' or '[' ? Begin(text[at + 1] == '(' ? "\\)" : "\\]") : null;
        return c == '$' ? OfDollar(text, at, isLast) : null;
    }

    /// <summary>Whether data begin at a bracket, outside of all that stands for itself.</summary>
    /// <returns>Null: it takes more text to say.</returns>
    public bool? BeginsData(string text, int at, bool isLast)
    {
        if (keepsQuotes || IsString) return false;
        // "pages": [1, 2] and x = [1, 2], of an object or a program that is only told of.
        return text[at] == '[' && (_last == '=' || (_last == ':' && _before is '"' or '\'')) ? true : JsonWalk.Begins(text, at, isLast);
    }

    private (int, bool)? OfData(string text, int at, bool isLast)
    {
        if (BeginsData(text, at, isLast) is not { } begins) return (0, false);
        if (!begins) return null;
        _json.Open();
        return (1, false);
    }

    private (int, bool)? Begin(string closing)
    {
        _formula = closing;
        return (closing.Length, true);
    }

    /// <summary>A formula goes on over lines, and not over an empty one.</summary>
    private (int, bool)? OfFormula(string text, int at, bool isLast, string closing)
    {
        if (at + 1 == text.Length && !isLast && (text[at] == closing[0] || text[at] == '\n')) return (0, false);
        var ends = text.AsSpan(at).StartsWith(closing, StringComparison.Ordinal);
        if (ends || text.AsSpan(at).StartsWith("\n\n", StringComparison.Ordinal)) _formula = null;
        // The empty line ends a sentence as any.
        return _formula is null && !ends ? null : (ends ? closing.Length : 1, true);
    }

    /// <summary>A formula within a line, as Markdown with mathematics has it: nothing blank within its signs, and no digit after them; and none before, because "$5" is money.</summary>
    private (int, bool)? OfDollar(string text, int at, bool isLast)
    {
        if (at + 1 == text.Length) return isLast ? null : (0, false);
        var next = text[at + 1];
        if (next == '$') return _isLineStart ? Begin("$$") : (2, true);
        if (char.IsWhiteSpace(next) || char.IsAsciiDigit(next)) return null;
        for (var end = at + 1; end - at <= MaxWithin; end++)
        {
            if (end == text.Length) return isLast ? null : (0, false);
            if (text[end] == '\n') return null;
            if (text[end] != '$' || char.IsWhiteSpace(text[end - 1])) continue;
            if (end + 1 == text.Length && !isLast) return (0, false);
            if (end + 1 == text.Length || !char.IsAsciiDigit(text[end + 1])) return (end + 1 - at, true);
        }

        return null;
    }

    private (int, bool)? Ticks(string text, int at, bool isLast)
    {
        var (sign, end) = (text[at], EndOfRun(text, at));
        var ticks = end - at;
        if (end == text.Length && !isLast) return (0, false);
        if (_fence > 0 || ticks >= Fence)
        {
            if (_fence == 0) (_fence, _fenceSign) = (ticks, sign);
            else if (ticks >= _fence) _fence = 0;
            return (ticks, false);
        }

        if (sign == '~') return null;
        for (var i = end; i < text.Length && i - end < MaxWithin && text[i] != '\n' && !(keepsQuotes && QuotationMarks.ClosersOf(text[i]) is not null);)
        {
            if (text[i] != '`')
            {
                i++;
                continue;
            }

            var closed = EndOfRun(text, i);
            if (closed == text.Length && !isLast) return (0, false);
            if (closed - i == ticks) return (closed - at, true);
            i = closed;
        }

        // Nothing closes it, as far as can be waited for.
        var line = text.AsSpan(end);
        return isLast || line.Length >= MaxWithin || line.Contains('\n') || (keepsQuotes && line.ContainsAny(QuotationMarks.Openers)) ? (ticks, true) : (0, false);
    }

    private static int EndOfRun(string text, int at)
    {
        var end = at;
        while (end < text.Length && text[end] == text[at]) end++;
        return end;
    }
}
