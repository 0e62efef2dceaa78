using Azure;
using Azure.Security.KeyVault.Secrets;
using Microsoft.AspNetCore.Http;
using Serverless.Contracts;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Secrets;

/// <summary>Credentials in Azure Key Vault.</summary>
public sealed class KeyVaultSecrets(SecretClient client, TimeProvider time) : ISecretVault
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(2);

    /// <summary>
    /// A name that a deleted secret holds is taken back: the secret is recovered, with its former versions, and gets a new one. What the vault is about to do with the
    /// name is waited for, 20 seconds at most.
    /// </summary>
    /// <exception cref="GatewayException">503: the name is still not free.</exception>
    public async Task<SecretReference> SetAsync(string name, SecretText value, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(value);
        var began = time.GetTimestamp();
        for (var delay = FirstDelay; ; delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay)
        {
            try
            {
                return await WriteAsync(name, value, cancellationToken).ConfigureAwait(false);
            }
            catch (RequestFailedException conflict) when (conflict.Status == 409)
            {
                // ObjectIsBeingDeleted and ObjectIsBeingRecovered pass by themselves, and so does another writer.
                if (Says(conflict, "ObjectIsDeletedButRecoverable")) await RecoverAsync(name, cancellationToken).ConfigureAwait(false);
                if (time.GetElapsedTime(began) + delay > Patience) throw NotFree();
            }

            await Task.Delay(delay, time, cancellationToken).ConfigureAwait(false);
        }
    }

    public async Task<SecretText?> GetAsync(string name, string? version, CancellationToken cancellationToken)
    {
        try
        {
            var secret = await client.GetSecretAsync(name, version, cancellationToken: cancellationToken).ConfigureAwait(false);
            return new SecretText(Pasted(secret.Value.Value));
        }
        catch (RequestFailedException missing) when (missing.Status == 404 || (missing.Status == 403 && Says(missing, "SecretDisabled")))
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
        catch (RequestFailedException gone) when (gone.Status == 404 || (gone.Status == 409 && Says(gone, "ObjectIsBeingDeleted")))
        {
        }
    }

    /// <summary>A key without what came along when it was pasted into the vault, or set there from a file: a line's end, blanks, a byte order mark. None of it can stand in a header.</summary>
    private static string Pasted(string value) => value.Trim().Trim('\uFEFF').Trim();

    private static GatewayException NotFree() => new(
        StatusCodes.Status503ServiceUnavailable,
        new ErrorDetail("secret_name_not_free", "The vault has not finished deleting or recovering a secret of the same name; try again later.", "server_error"),
        LongestDelay);

    /// <summary>The reason within the error, which the SDK keeps in its message only.</summary>
    private static bool Says(RequestFailedException exception, string reason) => exception.Message.Contains(reason, StringComparison.Ordinal);

    /// <summary>Begins it; the next write finds out how far it is. Somebody else may have begun it, or purged the secret.</summary>
    private async Task RecoverAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            await client.StartRecoverDeletedSecretAsync(name, cancellationToken).ConfigureAwait(false);
        }
        catch (RequestFailedException other) when (other.Status is 404 or 409)
        {
        }
    }

    private async Task<SecretReference> WriteAsync(string name, SecretText value, CancellationToken cancellationToken)
    {
        var secret = (await client.SetSecretAsync(new KeyVaultSecret(name, value.Reveal()), cancellationToken).ConfigureAwait(false)).Value;
        return new SecretReference(secret.Name, secret.Properties.Version);
    }
}
