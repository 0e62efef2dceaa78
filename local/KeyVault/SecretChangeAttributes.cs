using System.Text.Json.Serialization;

namespace Serverless.Local.KeyVault;

/// <param name="NotBefore">Unix seconds.</param>
/// <param name="Expires">Unix seconds.</param>
internal sealed record SecretChangeAttributes(
    [property: JsonPropertyName("enabled")] bool? Enabled,
    [property: JsonPropertyName("nbf")] long? NotBefore,
    [property: JsonPropertyName("exp")] long? Expires);
