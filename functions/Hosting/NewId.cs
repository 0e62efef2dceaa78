namespace Serverless.Functions.Hosting;

/// <summary>
/// Names of requests and answers: 128 random bits as 32 hexadecimal digits. They need be different, not secret, so they do not ask the system for its randomness,
/// which costs each request more than the rest of its name. What must not be guessed (keys, secrets' names) is made elsewhere.
/// </summary>
internal static class NewId
{
    public static string Of(string prefix = "") => string.Create(prefix.Length + 32, prefix, static (text, prefix) =>
    {
        Span<byte> bits = stackalloc byte[16];
        Random.Shared.NextBytes(bits);
        prefix.CopyTo(text);
        Convert.TryToHexStringLower(bits, text[prefix.Length..], out _);
    });
}
