namespace Serverless.Local.KeyVault;

/// <summary>A request that Key Vault refuses. The message never contains a value.</summary>
internal sealed class KeyVaultException(int status, string code, string message, string? innerCode = null) : Exception(message)
{
    public int Status { get; } = status;

    public string Code { get; } = code;

    public string? InnerCode { get; } = innerCode;

    public static KeyVaultException NotFound(string name) => new(404, "SecretNotFound", $"A secret with (name/id) {name} was not found in this key vault.");

    public static KeyVaultException BadParameter(string message) => new(400, "BadParameter", message);
}
