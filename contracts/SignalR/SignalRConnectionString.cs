using System.Globalization;

namespace Serverless.Contracts.SignalR;

/// <summary>
/// A SignalR Service connection string: <c>Endpoint=https://x.service.signalr.net;AccessKey=...;Version=1.0;</c>, with <c>Port</c> where it is not the scheme's, or
/// <c>AuthType=azure.msi</c> in place of the key.
/// </summary>
public sealed class SignalRConnectionString
{
    // HS256 needs a key of 256 bits; the service's own are longer.
    private const int MinKeyLength = 32;

    private SignalRConnectionString(Uri endpoint, string? accessKey)
    {
        Endpoint = endpoint;
        AccessKey = accessKey;
    }

    /// <summary>Scheme, host and port, with a path of <c>/</c>.</summary>
    public Uri Endpoint { get; }

    /// <summary>Null: a managed identity signs in.</summary>
    public string? AccessKey { get; }

    /// <param name="setting">Where the string comes from; errors name it.</param>
    /// <exception cref="FormatException">A part is missing or malformed; the message names setting and part, and has no key in it.</exception>
    public static SignalRConnectionString Parse(string? value, string setting)
    {
        if (string.IsNullOrWhiteSpace(value))
            throw new FormatException($"{setting} is empty: 'Endpoint=https://...;AccessKey=...;Version=1.0;' is expected.");
        var parts = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var part in value.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0 || !parts.TryAdd(part[..equals].Trim(), part[(equals + 1)..].Trim()))
                throw new FormatException($"{setting} is malformed: parts 'Name=value', each once and divided by ';', are expected.");
        }

        var endpoint = ReadEndpoint(parts, setting);
        if (parts.TryGetValue("Version", out var version) && !version.StartsWith("1.", StringComparison.Ordinal))
            throw new FormatException($"{setting}: Version must be 1.x.");
        if (parts.TryGetValue("AuthType", out var authType))
        {
            if (!authType.StartsWith("azure.msi", StringComparison.OrdinalIgnoreCase) && !authType.Equals("azure", StringComparison.OrdinalIgnoreCase))
                throw new FormatException($"{setting}: AuthType must be azure.msi, or absent with an AccessKey.");
            return new SignalRConnectionString(endpoint, null);
        }

        if (!parts.TryGetValue("AccessKey", out var key) || key.Length < MinKeyLength)
            throw new FormatException($"{setting}: AccessKey must have at least {MinKeyLength} characters, unless AuthType=azure.msi is given.");
        return new SignalRConnectionString(endpoint, key);
    }

    private static Uri ReadEndpoint(Dictionary<string, string> parts, string setting)
    {
        if (!parts.TryGetValue("Endpoint", out var text) || !Uri.TryCreate(text, UriKind.Absolute, out var endpoint) || (endpoint.Scheme != Uri.UriSchemeHttp && endpoint.Scheme != Uri.UriSchemeHttps))
            throw new FormatException($"{setting}: Endpoint must be an http or https address.");
        if (endpoint.Scheme == Uri.UriSchemeHttp && !endpoint.IsLoopback)
            throw new FormatException($"{setting}: Endpoint must be https; http is permitted on this machine only.");
        var builder = new UriBuilder(endpoint.Scheme, endpoint.Host, endpoint.Port);
        if (parts.TryGetValue("Port", out var port))
        {
            if (!int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is < 1 or > 65_535)
                throw new FormatException($"{setting}: Port must be from 1 to 65535.");
            builder.Port = number;
        }

        return builder.Uri;
    }

    /// <summary>Keys never reach a log by way of ToString.</summary>
    public override string ToString() => $"Endpoint={Endpoint};{(AccessKey is null ? "AuthType=azure.msi" : "AccessKey=[hidden]")}";
}
