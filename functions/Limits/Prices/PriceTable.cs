namespace Serverless.Functions.Limits.Prices;

/// <summary>All prices, as stored in blob <c>config/prices.json</c>.</summary>
public sealed record PriceTable
{
    public const int MaxEntries = 2000;

    private Dictionary<(string?, string?, string?), TokenPrice>? _index;

    public long Revision { get; init; }

    public IReadOnlyList<PriceEntry> Prices { get; init; } = [];

    /// <summary>The route's own price, else the model's at its provider, else the model's anywhere; null when there is none.</summary>
    public TokenPrice? Find(string route, string provider, string model)
    {
        var index = _index ??= Prices.ToDictionary(p => (p.Route, p.Provider, p.Model), p => p.ToPrice());
        return index.TryGetValue((route, null, null), out var price) || index.TryGetValue((null, provider, model), out price) || index.TryGetValue((null, null, model), out price) ? price : null;
    }
}
