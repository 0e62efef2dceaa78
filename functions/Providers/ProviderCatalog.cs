namespace Serverless.Functions.Providers;

/// <summary>The providers by name.</summary>
public sealed class ProviderCatalog(IEnumerable<IProvider> providers)
{
    private readonly Dictionary<string, IProvider> _providers = providers.ToDictionary(p => p.Name, StringComparer.Ordinal);

    public IEnumerable<string> Names => _providers.Keys.Order(StringComparer.Ordinal);

    /// <summary>What a provider's block in a route is called, for example <c>azure_openai_config</c>.</summary>
    public static string BlockOf(string provider)
    {
        ArgumentNullException.ThrowIfNull(provider);
        return $"{provider.Replace('-', '_')}_config";
    }

    public IProvider? Find(string name) => _providers.GetValueOrDefault(name);

    /// <exception cref="InvalidOperationException">A stored route names a provider that this version does not have.</exception>
    public IProvider Get(string name) => Find(name) ?? throw new InvalidOperationException("A stored route names an unknown provider.");
}
