namespace Serverless.Functions.Limits.Prices;

/// <summary>What a model's tokens cost, in 10^-12 US dollars a token: a price of 1 dollar for a million tokens is 1,000,000 of them.</summary>
public readonly record struct TokenPrice(long Input, long CachedInput, long Output)
{
    public const decimal PicoPerUsd = 1_000_000_000_000m;

    /// <summary>The highest price, US dollars for a million tokens.</summary>
    public const decimal MaxUsdPerMillion = 100_000m;

    /// <param name="cached">Tokens of the prompt that the provider had in its cache; they are among <paramref name="prompt"/>.</param>
    /// <returns>10^-12 US dollars; at most <see cref="long.MaxValue"/>.</returns>
    public long Cost(long prompt, long cached, long completion)
    {
        cached = Math.Clamp(cached, 0, prompt);
        var cost = ((Int128)(prompt - cached) * Input) + ((Int128)cached * CachedInput) + ((Int128)completion * Output);
        return cost > long.MaxValue ? long.MaxValue : (long)cost;
    }

    /// <summary>The most that so many tokens can cost, whichever of the prompt's turn out to be cached.</summary>
    public long WorstCost(long prompt, long completion) => (this with { Input = Math.Max(Input, CachedInput) }).Cost(prompt, 0, completion);

    public static decimal ToUsd(long pico) => pico / PicoPerUsd;
}
