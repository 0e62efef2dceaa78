namespace Serverless.Local.KeyVault;

/// <summary>One version of a secret.</summary>
/// <param name="Version">32 hexadecimal digits.</param>
/// <param name="Created">Unix seconds, as are the other times.</param>
internal sealed record SecretVersion(
    string Name,
    string Version,
    string Value,
    string? ContentType,
    IReadOnlyDictionary<string, string>? Tags,
    bool Enabled,
    long? NotBefore,
    long? Expires,
    long Created,
    long Updated)
{
    /// <summary>Values never reach a log by way of ToString.</summary>
    public override string ToString() => $"secret {Name} version {Version}";
}
