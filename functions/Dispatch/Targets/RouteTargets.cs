using Serverless.Functions.Providers;
using Serverless.Functions.Routes;
using Serverless.Functions.Secrets;

namespace Serverless.Functions.Dispatch;

/// <summary>From a route to where its calls go: providers, addresses and credentials, in the order in which they are to be tried.</summary>
public sealed class RouteTargets(RouteStore routes, ProviderCatalog providers, SecretCache secrets, TargetHealth health)
{
    public IProvider ProviderOf(RouteModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return providers.Get(model.Provider);
    }

    /// <summary>A target with the credential as it is now: another instance may have rotated it since the route was read.</summary>
    public async Task<ProviderTarget> TargetAsync(ResolvedRoute route, RouteModel model, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(route);
        var document = await routes.GetAsync(route.Name, cancellationToken).ConfigureAwait(false) ?? route.Document;
        var key = document.CredentialFor(model) is { } credential
            ? await secrets.GetAsync(credential.Secret, cancellationToken).ConfigureAwait(false) is { FitsHeader: true } found
                ? found
                : throw UpstreamErrors.NoCredential()
            : null;
        return new ProviderTarget(ProviderOf(model).ApiBaseOf(model), model.Name, key, model.Config);
    }

    /// <summary>Forgets the route and its credential after the provider has refused it; false when another attempt would be with the same.</summary>
    /// <param name="refused">The key that was refused.</param>
    public bool Refresh(ResolvedRoute route, RouteModel model, SecretText? refused)
    {
        ArgumentNullException.ThrowIfNull(route);
        if (route.Document.CredentialFor(model) is not { } credential || !secrets.Refresh(credential.Secret, refused)) return false;
        routes.Forget(route.Name);
        return true;
    }

    /// <summary>The route's targets that can take what is asked, first the one to try first.</summary>
    /// <param name="whyNot">Why a provider cannot take it; null when it can.</param>
    /// <exception cref="GatewayException">The first target's reason, when none can.</exception>
    internal IReadOnlyList<RouteModel> Candidates(ResolvedRoute route, string clientId, Func<IProvider, GatewayException?> whyNot)
    {
        var all = route.Version.AllTargets;
        if (all.Count == 1) return whyNot(ProviderOf(all[0].Model)) is { } reason ? throw reason : [all[0].Model];
        var able = all.Where(t => whyNot(ProviderOf(t.Model)) is null).ToList();
        if (able.Count == 0) throw whyNot(ProviderOf(all[0].Model))!;
        Func<RouteTarget, double> draw = route.Version.Routing?.Sticky == true
            ? target => TargetOrder.Point($"{clientId}\n{route.Name}\n{target.Model.Provider}\n{target.Model.ApiBase}\n{target.Model.Name}{(target.Model.Account is { } account ? $"\n{account}" : "")}")
            : _ => Random.Shared.NextDouble();
        return TargetOrder.Of(able, draw, t => health.IsAvailable(t.Model, route.KeyOf(t.Model)));
    }
}
