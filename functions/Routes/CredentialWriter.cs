using Serverless.Functions.Dispatch;
using Serverless.Functions.Secrets;

namespace Serverless.Functions.Routes;

/// <summary>Writes the key of one request to the vault once, however often the route's own write has to be tried.</summary>
internal sealed class CredentialWriter(ISecretVault vault, SecretCache secrets, RouteDraft draft)
{
    private readonly RouteDraft _draft = draft;
    private RouteCredential? _written;
    private bool _isNewSecret;

    /// <summary>The writer at hand, when it is for the same place; another one when a faster writer has changed where the key goes.</summary>
    public static CredentialWriter For(CredentialWriter? current, ISecretVault vault, SecretCache secrets, RouteDraft draft) =>
        current is not null && current._draft.Model == draft.Model ? current : new CredentialWriter(vault, secrets, draft);

    /// <returns>The credential that the route must take over; null when nothing changes.</returns>
    /// <exception cref="GatewayException">400 when the provider needs a key and none is given or known for this address.</exception>
    public async Task<RouteCredential?> EnsureAsync(RouteDocument? current, bool requiresKey, CancellationToken cancellationToken)
    {
        if (_draft.Model is not { } model) return null;
        var known = current?.CredentialFor(model);
        if (_draft.Key is not { } key)
        {
            if (requiresKey && known is null)
            {
                var word = model.Provider.Replace('-', '_');
                var field = $"model.{word}_config.{word}_api_key";
                throw GatewayException.Invalid(field, $"'{field}' is required: no key is stored for this provider and address.", "missing_field");
            }

            return null;
        }

        if (_written is not null) return _written;
        _isNewSecret = known is null;
        var name = known?.Secret.Name ?? $"route-{SafeName(_draft.Name)}-{Guid.NewGuid():N}";
        var reference = await vault.SetAsync(name, key, cancellationToken).ConfigureAwait(false);
        secrets.Put(reference, key);
        return _written = new RouteCredential(model.Provider, model.ApiBase, reference);
    }

    /// <summary>Takes back a secret that no route came to point at. Best effort: one that stays is unused, not wrong.</summary>
    public async Task UndoAsync()
    {
        if (_written is null || !_isNewSecret) return;
        secrets.Forget(_written.Secret);
        try
        {
            await vault.DeleteAsync(_written.Secret.Name, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Azure.RequestFailedException)
        {
        }
    }

    /// <summary>Key Vault takes letters, digits and '-' only; the id behind it keeps names apart.</summary>
    private static string SafeName(string name) => string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-'));
}
