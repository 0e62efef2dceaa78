using System.Text.Json;
using System.Text.Json.Serialization;

namespace Serverless.Local.KeyVault;

/// <summary>The body of a PUT or PATCH; what is absent stays as it is.</summary>
internal sealed record SecretChange
{
    private const int MaxValueBytes = 25 * 1024;
    private const int MaxTags = 15;

    [JsonPropertyName("value")]
    public string? Value { get; init; }

    [JsonPropertyName("contentType")]
    public string? ContentType { get; init; }

    [JsonPropertyName("tags")]
    public Dictionary<string, string>? Tags { get; init; }

    [JsonPropertyName("attributes")]
    public SecretChangeAttributes? Attributes { get; init; }

    /// <exception cref="KeyVaultException">The body is malformed or a part of it too large.</exception>
    public static async ValueTask<SecretChange> ReadAsync(Stream body, CancellationToken cancellationToken)
    {
        var change = await ReadRawAsync(body, cancellationToken);
        if (change.Value is { } value && System.Text.Encoding.UTF8.GetByteCount(value) > MaxValueBytes)
            throw KeyVaultException.BadParameter($"The property 'value' has more than {MaxValueBytes} bytes.");
        if (change.Tags is { Count: > MaxTags })
            throw KeyVaultException.BadParameter($"The property 'tags' has more than {MaxTags} entries.");
        return change;
    }

    /// <summary>Without the limits of a secret: a backup holds many versions.</summary>
    /// <exception cref="KeyVaultException">The body is malformed.</exception>
    public static async ValueTask<SecretChange> ReadRawAsync(Stream body, CancellationToken cancellationToken)
    {
        try
        {
            return await JsonSerializer.DeserializeAsync<SecretChange>(body, cancellationToken: cancellationToken)
                ?? throw KeyVaultException.BadParameter("The request body is empty.");
        }
        catch (JsonException)
        {
            throw KeyVaultException.BadParameter("The request body is not a valid secret.");
        }
    }

    /// <summary>Values never reach a log by way of ToString.</summary>
    public override string ToString() => $"secret change [{Value?.Length ?? 0} chars]";
}
