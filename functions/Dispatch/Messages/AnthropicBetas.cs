using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace Serverless.Functions.Dispatch;

/// <summary><c>anthropic-beta</c>: the names of what a client asks to be switched on at Anthropic, passed on to it and to nobody else.</summary>
internal static partial class AnthropicBetas
{
    public const string Header = "anthropic-beta";

    private const int Most = 16;

    /// <returns>The names by commas; null for none.</returns>
    /// <exception cref="GatewayException">400: not names.</exception>
    public static string? Of(HttpRequest request)
    {
        var names = request.Headers[Header].SelectMany(value => (value ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)).Distinct(StringComparer.Ordinal).ToList();
        if (names.Count == 0) return null;
        return names.Count <= Most && names.TrueForAll(Name().IsMatch)
            ? string.Join(',', names)
            : throw GatewayException.Invalid(Header, $"'{Header}' must be up to {Most} names of small letters, digits and '-', by commas.");
    }

    [GeneratedRegex(@"^[a-z0-9.-]{1,64}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}
