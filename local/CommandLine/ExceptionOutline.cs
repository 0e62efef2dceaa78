using System.Text;

namespace Serverless.Local.CommandLine;

/// <summary>An exception as it may be logged: types and stack frames, without the messages, which may quote what a user sent.</summary>
internal static class ExceptionOutline
{
    private const int MaxDepth = 5;

    public static string Of(Exception exception)
    {
        var text = new StringBuilder();
        Exception? at = exception;
        for (var depth = 0; at is not null && depth < MaxDepth; at = at.InnerException, depth++)
        {
            if (depth > 0) text.Append(" <- ");
            text.Append(at.GetType().FullName);
        }

        if (exception.StackTrace is { Length: > 0 } stack) text.AppendLine().Append(stack);
        return text.ToString();
    }
}
