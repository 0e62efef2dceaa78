using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Serverless.Functions.Secrets;

namespace Serverless.Functions.Ingestion.Notices;

/// <summary>
/// Standard Webhooks' symmetric signature (github.com/standard-webhooks/standard-webhooks, spec): HMAC-SHA256 over <c>id.timestamp.body</c>, Base64, after <c>v1,</c>. A secret is
/// <c>whsec_</c> and 24 to 64 bytes in Base64.
/// </summary>
public static class WebhookSignature
{
    public const string Prefix = "whsec_";
    private const int LeastBytes = 24;
    private const int MostBytes = 64;

    /// <summary>A secret of 32 random bytes.</summary>
    public static SecretText NewSecret() => new(Prefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));

    /// <summary>Why a secret cannot be one, or null; it quotes nothing.</summary>
    public static string? WhyNot(string secret) => Key(secret) is null ? $"must be '{Prefix}' and {LeastBytes} to {MostBytes} bytes in Base64" : null;

    /// <summary>The three headers of a delivery.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Headers(SecretText secret, string id, DateTimeOffset at, ReadOnlySpan<byte> body)
    {
        ArgumentNullException.ThrowIfNull(secret);
        var timestamp = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Key(secret.Reveal()) ?? throw new FormatException("The webhook's secret has not the form of one."));
        hmac.AppendData(Encoding.UTF8.GetBytes($"{id}.{timestamp}."));
        hmac.AppendData(body);
        return [new("webhook-id", id), new("webhook-timestamp", timestamp), new("webhook-signature", "v1," + Convert.ToBase64String(hmac.GetHashAndReset()))];
    }

    private static byte[]? Key(string secret)
    {
        if (!secret.StartsWith(Prefix, StringComparison.Ordinal)) return null;
        var buffer = new byte[MostBytes + 3];
        return Convert.TryFromBase64String(secret[Prefix.Length..], buffer, out var length) && length is >= LeastBytes and <= MostBytes ? buffer[..length] : null;
    }
}
