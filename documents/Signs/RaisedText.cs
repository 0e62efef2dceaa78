using System.Text;

namespace Serverless.Documents.Signs;

/// <summary>
/// What stands raised in a line, once it is plain text: an exponent or the number of a note would run together with the figure before it, so that ten to the
/// fifth became 105. Digits and signs become Unicode's own superscripts, other exponents are bracketed, and letters as of "1st" stay as they are.
/// </summary>
internal static class RaisedText
{
    private const string Plain = "0123456789+-\u2212=()ni";
    private const string Raised = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱ";

    /// <summary>Rewrites the end of a line.</summary>
    /// <param name="start">Where in it the raised text begins.</param>
    public static void Raise(StringBuilder line, int start)
    {
        if (start >= line.Length) return;
        var text = line.ToString(start, line.Length - start);
        if (Superscript(text) is { } raised)
        {
            line.Length = start;
            line.Append(raised);
        }
        else if (IsExponent(text.Trim(), start > 0 ? line[start - 1] : ' '))
        {
            line.Length = start;
            line.Append("^(").Append(text.Trim()).Append(')');
        }
    }

    /// <summary>A character raised; null for one that Unicode has not so.</summary>
    public static char? Superscript(char c) => Plain.IndexOf(c, StringComparison.Ordinal) is >= 0 and var at ? Raised[at] : null;

    /// <summary>A text raised, its spaces as they are; null where Unicode has not all of it so.</summary>
    public static string? Superscript(string text)
    {
        var raised = new char[text.Length];
        for (var i = 0; i < text.Length; i++)
        {
            if ((char.IsWhiteSpace(text[i]) ? text[i] : Superscript(text[i])) is not { } c) return null;
            raised[i] = c;
        }

        return new string(raised);
    }

    // With a sign it computes; a figure right after a figure would be taken for one.
    private static bool IsExponent(string text, char before) =>
        text.Length > 0 && char.IsLetterOrDigit(before) && (text.AsSpan().ContainsAny("+-\u2212*/=") || (char.IsDigit(text[0]) && char.IsDigit(before)));
}
