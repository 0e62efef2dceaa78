namespace Serverless.Functions.Secrets;

/// <summary>Where credentials are kept.</summary>
public interface ISecretVault
{
    /// <summary>Stores a new version of the secret and returns it. A soft-deleted secret of that name is recovered first.</summary>
    Task<SecretReference> SetAsync(string name, SecretText value, CancellationToken cancellationToken);

    /// <param name="version">Null for the latest.</param>
    /// <returns>Null when there is no such secret or version, or it is disabled.</returns>
    Task<SecretText?> GetAsync(string name, string? version, CancellationToken cancellationToken);

    /// <summary>Soft-deletes the secret, all of its versions; none there is no error.</summary>
    Task DeleteAsync(string name, CancellationToken cancellationToken);
}
