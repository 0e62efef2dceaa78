using System.Text.RegularExpressions;

namespace Serverless.Documents.Markdown;

/// <summary>Whether a line of Markdown stands in fenced code (CommonMark, 4.5), read from the first line on: a fence is closed by one of as many signs of its kind or more, and nothing else.</summary>
internal sealed partial class CodeFence
{
    private string _open = string.Empty;

    /// <summary>Whether what follows is code.</summary>
    public bool IsOpen => _open.Length > 0;

    /// <summary>Reads the next line.</summary>
    /// <returns>Whether it is a fence, or looks like one within code.</returns>
    public bool Read(string line)
    {
        if (Mark().Match(line) is not { Success: true } mark) return false;
        var signs = mark.Groups[1].Value;
        if (!IsOpen) _open = signs;
        else if (signs.StartsWith(_open, StringComparison.Ordinal) && line.AsSpan().Trim().Length == signs.Length) _open = string.Empty;
        return true;
    }

    [GeneratedRegex(@"^[ \t]*(`{3,}|~{3,})", RegexOptions.NonBacktracking)]
    private static partial Regex Mark();
}
