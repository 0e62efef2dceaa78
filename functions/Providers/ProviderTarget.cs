using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Serverless.Functions.Secrets;

namespace Serverless.Functions.Providers;

/// <summary>Whom to call.</summary>
/// <param name="ApiBase">The service's address.</param>
/// <param name="Model">The model's name there.</param>
/// <param name="Key">Null when none is needed.</param>
/// <param name="Config">The words of the route's block, by their fields' names.</param>
public sealed record ProviderTarget(Uri ApiBase, string Model, SecretText? Key, IReadOnlyDictionary<string, string>? Config = null)
{
    // An address is parsed when a call first goes there, not in each call.
    private static readonly ConditionalWeakTable<Uri, ConcurrentDictionary<string, Uri>> Paths = [];

    /// <summary>The address of <paramref name="path"/> (without a leading slash) under the base.</summary>
    public Uri At(string path) => Paths.GetValue(ApiBase, static _ => new()).GetOrAdd(path, static (path, at) => new Uri($"{at.AbsoluteUri.TrimEnd('/')}/{path}"), ApiBase);

    public string? Setting(string name) => Config is { } config && config.TryGetValue(name, out var value) ? value : null;

    public override string ToString() => Model;
}
