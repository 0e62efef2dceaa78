using Serverless.Functions.Routes;

namespace Serverless.Functions.Dispatch;

/// <summary>What a breaker and its probes are of: routes that ask the same model of one provider, address and account share them.</summary>
internal readonly record struct TargetKey(string Provider, string? ApiBase, string Model, string? Account)
{
    public static TargetKey Of(RouteModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new TargetKey(model.Provider, model.ApiBase, model.Name, model.Account);
    }
}
