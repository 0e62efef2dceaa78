using Azure;
using Azure.Security.KeyVault.Secrets;

namespace Serverless.Functions.Secrets;

/// <summary>Credentials in Azure Key Vault.</summary>
public sealed class KeyVaultSecrets(SecretClient client) : ISecretVault
{
    public async Task<SecretReference> SetAsync(string name, SecretText value, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(value);
        try
        {
            return await WriteAsync(name, value, cancellationToken).ConfigureAwait(false);
        }
        catch (RequestFailedException conflict) when (conflict.Status == 409)
        {
            // ObjectIsDeletedButRecoverable: the name is held by a soft-deleted secret.
            var recovery = await client.StartRecoverDeletedSecretAsync(name, cancellationToken).ConfigureAwait(false);
            await recovery.WaitForCompletionAsync(cancellationToken).ConfigureAwait(false);
            return await WriteAsync(name, value, cancellationToken).ConfigureAwait(false);
        }
    }

    public async Task<SecretText?> GetAsync(string name, string? version, CancellationToken cancellationToken)
    {
        try
        {
            var secret = await client.GetSecretAsync(name, version, cancellationToken: cancellationToken).ConfigureAwait(false);
            return new SecretText(secret.Value.Value);
        }
        catch (RequestFailedException missing) when (missing.Status == 404 || (missing.Status == 403 && IsDisabled(missing)))
        {
            return null;
        }
    }

    public async Task DeleteAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            await client.StartDeleteSecretAsync(name, cancellationToken).ConfigureAwait(false);
        }
        catch (RequestFailedException missing) when (missing.Status == 404)
        {
        }
    }

    private static bool IsDisabled(RequestFailedException exception) => exception.Message.Contains("SecretDisabled", StringComparison.Ordinal);

    private async Task<SecretReference> WriteAsync(string name, SecretText value, CancellationToken cancellationToken)
    {
        var secret = (await client.SetSecretAsync(new KeyVaultSecret(name, value.Reveal()), cancellationToken).ConfigureAwait(false)).Value;
        return new SecretReference(secret.Name, secret.Properties.Version);
    }
}
