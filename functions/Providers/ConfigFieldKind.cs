namespace Serverless.Functions.Providers;

/// <summary>What a field of a provider's block is.</summary>
public enum ConfigFieldKind
{
    /// <summary>A credential, or a part of one; parts are joined by ':' in the order of the fields. It goes to the vault.</summary>
    Key,

    /// <summary>The address of the service; its host must be permitted.</summary>
    ApiBase,

    /// <summary>1 to 128 letters, digits, '.', '_', '-' and ':'.</summary>
    Word,
}
