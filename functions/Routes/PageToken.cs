using System.Text;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Routes;

/// <summary>An opaque token for the next page: the last name of this one, so that routes that come and go shift nothing.</summary>
internal static class PageToken
{
    public static string Write(string lastName) => Convert.ToBase64String(Encoding.UTF8.GetBytes(lastName));

    /// <returns>Null for no token.</returns>
    /// <exception cref="GatewayException">400 when no answer can have had it.</exception>
    public static string? Read(string? token)
    {
        if (string.IsNullOrEmpty(token)) return null;
        var bytes = new byte[128];
        return Convert.TryFromBase64String(token, bytes, out var length) && RouteName.IsValid(Encoding.UTF8.GetString(bytes, 0, length))
            ? Encoding.UTF8.GetString(bytes, 0, length)
            : throw Unknown();
    }

    public static GatewayException Unknown() => GatewayException.Invalid("page_token", "'page_token' must be a token from an earlier answer.");
}
