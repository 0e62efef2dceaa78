namespace Serverless.Local.KeyVault;

/// <summary>How a Key Vault emulator is set up.</summary>
public sealed record KeyVaultEmulatorOptions
{
    /// <summary>The folder of <c>keyvault.db</c> and of <c>keyvault.key</c>, which only its owner can read; created when it is missing.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>The token that <c>Authorization: Bearer</c> must carry.</summary>
    public required string BearerToken { get; init; }

    /// <summary>The port on 127.0.0.1; 0 takes a free one.</summary>
    public int Port { get; init; }

    /// <summary>How long a deletion or a recovery takes after it was accepted, as the service's do.</summary>
    public TimeSpan StateChange { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Keys never reach a log by way of ToString.</summary>
    public override string ToString() => $"Key Vault emulator in {DataDirectory} on port {Port}";
}
