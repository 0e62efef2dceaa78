namespace Serverless.Local.KeyVault;

/// <param name="Current">The version that was the newest.</param>
/// <param name="DeletedAt">Unix seconds.</param>
/// <param name="PurgeAt">When it is purged by itself.</param>
internal sealed record DeletedSecret(SecretVersion Current, long DeletedAt, long PurgeAt);
