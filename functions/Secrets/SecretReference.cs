namespace Serverless.Functions.Secrets;

/// <summary>Where a credential is kept: a Key Vault secret and the version that was written last.</summary>
public sealed record SecretReference(string Name, string Version);
