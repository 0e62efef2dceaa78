using System.Text;
using System.Text.RegularExpressions;

namespace Serverless.Documents.Encodings;

/// <summary>What programs wrote for terminals and printers, as it was seen there.</summary>
internal static partial class TerminalText
{
    /// <summary>Without colors, titles of windows and what was struck over: manuals print a letter, a backspace and the letter again for bold, an underscore first for italics.</summary>
    public static string Plain(string text)
    {
        // DOS fills a file's last block so.
        text = Codes().Replace(text.TrimEnd('\u001A'), string.Empty);
        if (!text.Contains('\b', StringComparison.Ordinal)) return text;
        var seen = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            var over = text[i] == '\b' && i + 1 < text.Length && seen.Length > 0 ? text[i + 1] : '\b';
            if (over == '\b') seen.Append(text[i]);
            else if (over == '_') i++;
            else if (seen[^1] == over || seen[^1] == '_') seen.Length--;
            else seen.Append(text[i]);
        }

        return seen.ToString();
    }

    /// <summary>Of lines that were written over, as a progress bar's are, what they came to.</summary>
    public static string LastOfEachLine(string text)
    {
        if (!text.Contains('\r', StringComparison.Ordinal)) return text;
        return string.Join('\n', text.Split('\n').Select(line => line.TrimEnd('\r')).Select(line => line[(line.LastIndexOf('\r') + 1)..]));
    }

    // ECMA-48, section 5.4, and ECMA-35, section 14: sets of characters are chosen too.
    [GeneratedRegex(@"\x1B(?:[()*+][0-9A-Za-z]|[=>78cDEHMNOZ]|\[[0-?]*[ -/]*[@-~]|\][^\a\x1B]{0,300}(?:\a|\x1B\\))", RegexOptions.NonBacktracking)]
    private static partial Regex Codes();
}
