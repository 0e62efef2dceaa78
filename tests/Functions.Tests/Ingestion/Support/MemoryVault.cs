using System.Collections.Concurrent;
using Serverless.Functions.Secrets;

namespace Serverless.Functions.Tests.Ingestion.Support;

/// <summary>A vault in memory, its versions numbered.</summary>
internal sealed class MemoryVault : ISecretVault
{
    private readonly ConcurrentDictionary<string, List<SecretText>> _secrets = new(StringComparer.Ordinal);

    public Task<SecretReference> SetAsync(string name, SecretText value, CancellationToken cancellationToken)
    {
        var versions = _secrets.GetOrAdd(name, _ => []);
        versions.Add(value);
        return Task.FromResult(new SecretReference(name, $"{versions.Count}"));
    }

    public Task<SecretText?> GetAsync(string name, string? version, CancellationToken cancellationToken) =>
        Task.FromResult(_secrets.TryGetValue(name, out var versions) ? versions[version is null ? ^1 : int.Parse(version, System.Globalization.CultureInfo.InvariantCulture) - 1] : null);

    public Task DeleteAsync(string name, CancellationToken cancellationToken)
    {
        _secrets.TryRemove(name, out _);
        return Task.CompletedTask;
    }
}
