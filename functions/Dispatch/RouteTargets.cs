using Serverless.Functions.Providers;
using Serverless.Functions.Routes;
using Serverless.Functions.Secrets;

namespace Serverless.Functions.Dispatch;

/// <summary>From a route to where its calls go: provider, address and credential.</summary>
public sealed class RouteTargets(RouteStore routes, ProviderCatalog providers, SecretCache secrets)
{
    public IProvider ProviderOf(ResolvedRoute route)
    {
        ArgumentNullException.ThrowIfNull(route);
        return providers.Get(route.Version.Model!.Provider);
    }

    /// <summary>The target with the credential as it is now: another instance may have rotated it since the route was read.</summary>
    public async Task<ProviderTarget> TargetAsync(ResolvedRoute route, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(route);
        var model = route.Version.Model!;
        var apiBase = model.ApiBase is { } address ? new Uri(address) : ProviderOf(route).DefaultApiBase;
        var document = await routes.GetAsync(route.Name, cancellationToken).ConfigureAwait(false) ?? route.Document;
        var key = document.CredentialFor(model) is { } credential
            ? await secrets.GetAsync(credential.Secret, cancellationToken).ConfigureAwait(false)
                ?? throw UpstreamErrors.ToGateway(new UpstreamException(UpstreamFailure.Status, 401))
            : null;
        return new ProviderTarget(apiBase, model.Name, key);
    }

    /// <summary>Forgets the route and its credential after the provider has refused it; false when that has just been done.</summary>
    public bool Refresh(ResolvedRoute route)
    {
        ArgumentNullException.ThrowIfNull(route);
        if (route.Document.CredentialFor(route.Version.Model!) is not { } credential || !secrets.Refresh(credential.Secret)) return false;
        routes.Forget(route.Name);
        return true;
    }
}
