using System.Runtime.CompilerServices;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Providers;

internal static class ProviderExtensions
{
    private static readonly ConditionalWeakTable<RouteModel, Uri> Bases = [];

    /// <summary>The address of the provider's own where a model has none.</summary>
    public static Uri? DefaultApiBaseOf(this IProvider provider, RouteModel model) => model.ApiBase is null ? provider.DefaultApiBase(model) : null;

    /// <summary>Where calls for a model go.</summary>
    public static Uri ApiBaseOf(this IProvider provider, RouteModel model) => model.ApiBase is null ? provider.DefaultApiBase(model) : Bases.GetValue(model, static model => new Uri(model.ApiBase!));
}
