using Serverless.Functions.Dispatch;
using Serverless.Functions.Providers;
using Serverless.Functions.Secrets;

namespace Serverless.Functions.Routes;

/// <summary>Writes the keys of one request to the vault once, however often the route's own write has to be tried.</summary>
internal sealed class CredentialWriter(ISecretVault vault, SecretCache secrets, ProviderCatalog providers)
{
    private readonly List<(RouteCredential Credential, bool IsNew)> _written = [];

    /// <returns>The credentials that the route must take over; none when nothing changes.</returns>
    /// <exception cref="GatewayException">400 when a provider needs a key and none is given or known for this address.</exception>
    public async Task<IReadOnlyList<RouteCredential>> EnsureAsync(RouteDraft draft, RouteDocument? current, CancellationToken cancellationToken)
    {
        var needed = new List<RouteCredential>();
        for (var i = 0; i < draft.Targets.Count; i++)
        {
            var model = draft.Targets[i].Model;
            if (draft.Keys.TryGetValue(i, out var key)) needed.Add(await WriteAsync(draft.Name, model, key, current, cancellationToken).ConfigureAwait(false));
            else Require(draft, model, current);
        }

        return needed;
    }

    /// <summary>Takes back secrets that no route came to point at. Best effort: one that stays is unused, not wrong.</summary>
    public async Task UndoAsync()
    {
        foreach (var (credential, isNew) in _written)
        {
            if (isNew) await secrets.TryDropAsync(credential.Secret).ConfigureAwait(false);
        }
    }

    /// <summary>Key Vault takes letters, digits and '-' only; the id behind it keeps names apart.</summary>
    private static string SafeName(string name) => string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-'));

    private async Task<RouteCredential> WriteAsync(string route, RouteModel model, SecretText key, RouteDocument? current, CancellationToken cancellationToken)
    {
        if (_written.Find(w => w.Credential.IsFor(model)) is { Credential: { } done }) return done;
        var known = current?.CredentialFor(model);
        var name = known?.Secret.Name ?? $"route-{SafeName(route)}-{Guid.NewGuid():N}";
        var reference = await vault.SetAsync(name, key, cancellationToken).ConfigureAwait(false);
        secrets.Put(reference, key);
        var written = new RouteCredential(model.Provider, model.ApiBase, reference) { Account = model.Account };
        _written.Add((written, known is null));
        return written;
    }

    private void Require(RouteDraft draft, RouteModel model, RouteDocument? current)
    {
        var provider = providers.Get(model.Provider);
        if (!provider.RequiresKey(model) || current?.CredentialFor(model) is not null) return;
        // Another target of the same provider and address may bring it.
        for (var i = 0; i < draft.Targets.Count; i++)
        {
            if (draft.Keys.ContainsKey(i) && draft.Targets[i].Model is { } other && other.Provider == model.Provider && other.ApiBase == model.ApiBase && other.Account == model.Account) return;
        }

        var field = $"model.{ProviderCatalog.BlockOf(provider.Name)}.{provider.Config.First(f => f.Kind == ConfigFieldKind.Key).Name}";
        throw GatewayException.Invalid(field, $"'{field}' is required: no key is stored for this provider and address.", "missing_field");
    }
}
