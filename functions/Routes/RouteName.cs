using System.Globalization;
using System.Text.RegularExpressions;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Routes;

/// <summary>A route's name, with the version when an older one is meant: <c>gardening</c>, <c>gardening@3</c>.</summary>
public sealed partial record RouteName(string Name, int? Version)
{
    /// <summary>1..64 ASCII letters, digits, '_', '-', '.'; not dots alone, which a URL would swallow.</summary>
    public static bool IsValid(string name) => Pattern().IsMatch(name) && name.AsSpan().Trim('.').Length > 0;

    /// <exception cref="GatewayException">400 when it is no route's name.</exception>
    public static RouteName Parse(string text, string field)
    {
        ArgumentNullException.ThrowIfNull(text);
        var at = text.IndexOf('@', StringComparison.Ordinal);
        var name = at < 0 ? text : text[..at];
        if (!IsValid(name)) throw GatewayException.Invalid(field, $"'{field}' must be a route's name: 1 to 64 letters, digits, '_', '-' or '.'.", "invalid_route_name");
        return at < 0 ? new RouteName(name, null) : new RouteName(name, ParseVersion(text[(at + 1)..], field));
    }

    /// <exception cref="GatewayException">400 when it is no version.</exception>
    public static int ParseVersion(string text, string field) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version) && version > 0
            ? version
            : throw GatewayException.Invalid(field, $"'{field}' must name a version as a positive integer.", "invalid_version");

    public override string ToString() => Version is { } version ? string.Create(CultureInfo.InvariantCulture, $"{Name}@{version}") : Name;

    [GeneratedRegex(@"^[A-Za-z0-9_\-.]{1,64}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
