using System.Text;

namespace Serverless.Documents.Mail;

/// <summary>The words of <c>text/enriched</c> (RFC 1896), as some programs still write mail.</summary>
internal static class EnrichedText
{
    /// <param name="text">With \n line ends: one is a space, each after it a line's end, but for what is not to be filled.</param>
    public static string Plain(string text)
    {
        var plain = new StringBuilder(text.Length);
        var (at, verbatim, parameters) = (0, 0, 0);
        while (at < text.Length)
        {
            var c = text[at];
            if (c == '<' && at + 1 < text.Length && text[at + 1] == '<')
            {
                if (parameters == 0) plain.Append('<');
                at += 2;
            }
            else if (c == '<' && text.IndexOf('>', at) is >= 0 and var close)
            {
                var command = text.AsSpan(at + 1, close - at - 1);
                if (command.Equals("param", StringComparison.OrdinalIgnoreCase)) parameters++;
                else if (command.Equals("/param", StringComparison.OrdinalIgnoreCase)) parameters = Math.Max(0, parameters - 1);
                else if (command.Equals("nofill", StringComparison.OrdinalIgnoreCase)) verbatim++;
                else if (command.Equals("/nofill", StringComparison.OrdinalIgnoreCase)) verbatim = Math.Max(0, verbatim - 1);
                at = close + 1;
            }
            else if (c == '<')
            {
                // No command ends any more.
                if (parameters == 0) plain.Append(text, at, text.Length - at);
                break;
            }
            else if (c == '\n' && verbatim == 0)
            {
                var end = at;
                while (end < text.Length && text[end] == '\n') end++;
                if (parameters == 0) plain.Append(end - at == 1 ? " " : new string('\n', end - at - 1));
                at = end;
            }
            else
            {
                if (parameters == 0) plain.Append(c);
                at++;
            }
        }

        return plain.ToString();
    }
}
