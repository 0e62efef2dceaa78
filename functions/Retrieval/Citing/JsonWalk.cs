namespace Serverless.Functions.Retrieval.Citing;

/// <summary>
/// Follows JSON (RFC 8259) that an answer is or holds, character by character: whether what comes next is within a string, or is what strings and numbers stand in. It is lenient, and what cannot be JSON ends it. Not thread-safe.
/// </summary>
internal sealed class JsonWalk
{
    // What follows an opening bracket further away is not waited for.
    private const int MaxGap = 64;

    // A value comes after these.
    private const string BeforeValue = "[{,:";

    // Numbers, true, false and null.
    private const string Scalars = "0123456789+-.eEtrufalsn";

    private int _depth;
    private bool _isEscaped;
    private char _last;

    /// <summary>Whether JSON goes on.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>Whether a string goes on.</summary>
    public bool IsString { get; private set; }

    /// <summary>Whether JSON begins at a bracket: an object, a list of strings, objects or lists of numbers. A list of nothing but numbers is not told from markers by itself.</summary>
    /// <param name="at">Where <c>{</c> or <c>[</c> stands.</param>
    /// <param name="isLast">Whether no more text comes.</param>
    /// <returns>Null: it takes more text to say.</returns>
    public static bool? Begins(string text, int at, bool isLast)
    {
        if (AfterGap(text, at + 1, isLast) is not { } next) return isLast ? false : null;
        if (next < 0) return false;
        if (text[at] == '{') return text[next] is '"' or '}';
        return text[next] == '[' ? IsListOfNumbers(text, next, isLast) : text[next] is '"' or '{';
    }

    public void Open() => (IsOpen, IsString, _isEscaped, _depth, _last) = (true, false, false, 0, ',');

    public void Close() => (IsOpen, IsString) = (false, false);

    /// <summary>Whether a character may come next, where no string goes on.</summary>
    public bool Permits(char c) => c switch
    {
        '[' or '{' or '"' => BeforeValue.Contains(_last),
        ']' or '}' or ',' or ':' or ' ' or '\t' or '\r' or '\n' => true,
        _ => Scalars.Contains(c) && (BeforeValue.Contains(_last) || Scalars.Contains(_last)),
    };

    /// <summary>Takes the next character of what is open.</summary>
    public void Take(char c)
    {
        if (IsString)
        {
            if (_isEscaped) _isEscaped = false;
            else if (c == '\\') _isEscaped = true;
            else if (c == '"') IsString = false;
            // No string of JSON goes on over lines.
            else if (c is '\n' or '\r') Close();
            return;
        }

        if (c is '[' or '{') _depth++;
        else if (c == '"') IsString = true;
        else if (c is ']' or '}' && --_depth <= 0) Close();
        if (!char.IsWhiteSpace(c)) _last = c;
    }

    /// <returns>Null where the text ends before; -1 where there is nothing near.</returns>
    private static int? AfterGap(string text, int at, bool isLast)
    {
        var start = at;
        while (at < text.Length && at - start <= MaxGap && char.IsWhiteSpace(text[at])) at++;
        return at - start > MaxGap ? -1 : at < text.Length ? at : isLast ? -1 : null;
    }

    /// <summary>A row of a matrix, and not markers in brackets: <c>[1, 2], </c> with more after it.</summary>
    private static bool? IsListOfNumbers(string text, int at, bool isLast)
    {
        var commas = 0;
        for (var end = at + 1; end - at <= MaxGap; end++)
        {
            if (end == text.Length) return isLast ? false : null;
            if (text[end] == ',') commas++;
            if (text[end] != ']' && (char.IsWhiteSpace(text[end]) || text[end] == ',' || Scalars.Contains(text[end]))) continue;
            if (text[end] != ']' || commas == 0) return false;
            return AfterGap(text, end + 1, isLast) is not { } next ? null : next >= 0 && text[next] == ',';
        }

        return false;
    }
}
