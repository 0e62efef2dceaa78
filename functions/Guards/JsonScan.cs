using System.Globalization;
using System.Text;

namespace Serverless.Functions.Guards;

/// <summary>
/// JSON on its way through a guard, piece by piece. Each string is looked at as it is read and not as it is written, because in <c>"\nada@example.com"</c> a letter stands before the address for
/// who reads the bytes; and what passes is JSON again: a mask in a number's place is a string. What is not in strings, also of a text that is no JSON, is looked at as it is.
/// </summary>
internal sealed class JsonScan(TextGuard guard) : ITextScan
{
    private const int UnicodeEscape = 6;

    private readonly List<(string Kind, GuardAction Action)> _found = [];
    private readonly StringBuilder _read = new();
    private readonly StringBuilder _escape = new();
    private GuardScan _scan = new(guard, isQuoted: true);
    private bool _isString;

    public string? BlockedBy { get; private set; }

    public IReadOnlyList<(string Kind, GuardAction Action)> Found => _found;

    public string Push(string text, bool isLast)
    {
        ArgumentNullException.ThrowIfNull(text);
        var passed = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (BlockedBy is not null) return passed.ToString();
            if (_escape.Length > 0) ReadEscape(c);
            else if (c == '"') Turn(passed);
            else if (_isString && c == '\\') _escape.Append(c);
            else _read.Append(c);
        }

        if (isLast) _read.Append(_escape);
        Pass(passed, isLast);
        return passed.ToString();
    }

    /// <summary>A string begins or ends.</summary>
    private void Turn(StringBuilder passed)
    {
        Pass(passed, isLast: true);
        if (BlockedBy is not null) return;
        passed.Append('"');
        _isString = !_isString;
        _scan = new GuardScan(guard, isQuoted: !_isString);
    }

    private void Pass(StringBuilder passed, bool isLast)
    {
        var seen = _scan.Found.Count;
        var through = _scan.Push(_read.ToString(), isLast);
        _read.Clear();
        _found.AddRange(_scan.Found.Skip(seen));
        BlockedBy ??= _scan.BlockedBy;
        if (_isString) Write(passed, through);
        else passed.Append(through);
    }

    private void ReadEscape(char c)
    {
        _escape.Append(c);
        if (_escape[1] == 'u' && _escape.Length < UnicodeEscape) return;
        if (_escape[1] == 'u' && ushort.TryParse(_escape.ToString(2, UnicodeEscape - 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit)) _read.Append((char)unit);
        else if ("\"\\/bfnrt".IndexOf(c, StringComparison.Ordinal) is >= 0 and var which && _escape.Length == 2) _read.Append("\"\\/\b\f\n\r\t"[which]);
        else _read.Append(_escape);
        _escape.Clear();
    }

    /// <summary>A string's text in JSON. Halves of pairs are escaped, as a piece may end between them.</summary>
    private static void Write(StringBuilder json, string text)
    {
        foreach (var c in text)
        {
            var escape = c switch { '"' => '"', '\\' => '\\', '\b' => 'b', '\f' => 'f', '\n' => 'n', '\r' => 'r', '\t' => 't', _ => '\0' };
            if (escape != '\0') json.Append('\\').Append(escape);
            else if (c < ' ' || char.IsSurrogate(c)) json.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else json.Append(c);
        }
    }
}
