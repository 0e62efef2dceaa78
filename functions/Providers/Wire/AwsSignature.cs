using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Serverless.Functions.Secrets;

namespace Serverless.Functions.Providers;

/// <summary>
/// AWS Signature Version 4 for requests with a body and without a query ("Create a signed AWS API request" in AWS's IAM user guide).
/// </summary>
internal static class AwsSignature
{
    /// <param name="key"><c>access key id:secret access key[:session token]</c>.</param>
    /// <returns>The headers that the request must carry: date, token and signature.</returns>
    public static IReadOnlyList<KeyValuePair<string, string>> Sign(HttpMethod method, Uri uri, ReadOnlySpan<byte> body, SecretText key, string region, string service, DateTimeOffset now)
    {
        var parts = key.Reveal().Split(':', 3);
        var stamp = now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var day = stamp[..8];
        var signed = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["content-type"] = "application/json", ["host"] = uri.Authority, ["x-amz-date"] = stamp };
        if (parts.Length == 3) signed["x-amz-security-token"] = parts[2];
        var names = string.Join(';', signed.Keys);
        var canonical = new StringBuilder()
            .Append(method.Method).Append('\n')
            .Append(CanonicalPath(uri)).Append('\n')
            .Append('\n');
        foreach (var (name, value) in signed) canonical.Append(name).Append(':').Append(value).Append('\n');
        canonical.Append('\n').Append(names).Append('\n').Append(Convert.ToHexStringLower(SHA256.HashData(body)));

        var scope = $"{day}/{region}/{service}/aws4_request";
        var toSign = $"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical.ToString())))}";
        var signature = Convert.ToHexStringLower(Hmac(SigningKey(parts[1], day, region, service), toSign));
        var headers = new List<KeyValuePair<string, string>>
        {
            new("x-amz-date", stamp),
            new("Authorization", $"AWS4-HMAC-SHA256 Credential={parts[0]}/{scope}, SignedHeaders={names}, Signature={signature}"),
        };
        if (parts.Length == 3) headers.Add(new("x-amz-security-token", parts[2]));
        return headers;
    }

    internal static byte[] SigningKey(string secret, string day, string region, string service) =>
        Hmac(Hmac(Hmac(Hmac(Encoding.UTF8.GetBytes("AWS4" + secret), day), region), service), "aws4_request");

    /// <summary>Every segment encoded once more than it stands in the request: all services but S3 do so.</summary>
    private static string CanonicalPath(Uri uri) => string.Join('/', uri.AbsolutePath.Split('/').Select(Uri.EscapeDataString));

    private static byte[] Hmac(byte[] key, string text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));
}
