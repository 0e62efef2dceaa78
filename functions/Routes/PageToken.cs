using System.Text;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Routes;

/// <summary>An opaque token for the next page: the last name of this one, so that routes that come and go shift nothing.</summary>
internal static class PageToken
{
    private const string Mark = "after:";

    public static string Write(string lastName) => Convert.ToBase64String(Encoding.UTF8.GetBytes(Mark + lastName));

    /// <returns>Null where none is given.</returns>
    /// <exception cref="GatewayException">400 for one that no answer had.</exception>
    public static string? Read(string? token)
    {
        if (string.IsNullOrEmpty(token)) return null;
        var bytes = new byte[128];
        var text = Convert.TryFromBase64String(token, bytes, out var length) ? Encoding.UTF8.GetString(bytes, 0, length) : "";
        return text.StartsWith(Mark, StringComparison.Ordinal) && RouteName.IsValid(text[Mark.Length..])
            ? text[Mark.Length..]
            : throw Unknown();
    }

    public static GatewayException Unknown() => GatewayException.Invalid("page_token", "'page_token' must be a token from an earlier answer.");
}
