using Serverless.Functions.Providers;
using Serverless.Functions.Routes;
using Serverless.Functions.Secrets;

namespace Serverless.Functions.Dispatch;

/// <summary>One call's way to a target: it remembers which key it was sent with, for when that key is refused.</summary>
internal sealed class TargetCredential(RouteTargets targets, ResolvedRoute route, RouteModel model)
{
    private SecretText? _used;

    public async Task<ProviderTarget> TargetAsync(CancellationToken cancellationToken)
    {
        var target = await targets.TargetAsync(route, model, cancellationToken).ConfigureAwait(false);
        _used = target.Key;
        return target;
    }

    /// <summary>The provider has refused it; whether there may be another one.</summary>
    public bool WasRefused() => targets.Refresh(route, model, _used);
}
