namespace Serverless.Functions.Limits.Prices;

/// <summary>A line of the price table: either for a route, or for a model (of a provider, or of any).</summary>
/// <param name="Input">US dollars for a million tokens of the prompt.</param>
/// <param name="CachedInput">The same for those that the provider had in its cache; null means as <paramref name="Input"/>.</param>
/// <param name="Output">The same for the completion.</param>
public sealed record PriceEntry(string? Route, string? Provider, string? Model, decimal Input, decimal? CachedInput, decimal Output)
{
    public TokenPrice ToPrice() => new(Pico(Input), Pico(CachedInput ?? Input), Pico(Output));

    // A dollar for a million tokens is 10^12 / 10^6 for one.
    private static long Pico(decimal usdPerMillion) => (long)(usdPerMillion * (TokenPrice.PicoPerUsd / 1_000_000m));
}
