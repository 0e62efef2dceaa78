namespace Serverless.Functions.Limits.Rules;

/// <summary>What one call takes of each kind of allowance.</summary>
/// <param name="PicoUsd">10^-12 US dollars.</param>
/// <param name="Slots">Places among the calls under way: 0 or 1.</param>
public readonly record struct Amounts(long Calls, long Tokens, long PicoUsd, long Slots)
{
    public long Of(LimitUnit unit) => unit switch
    {
        LimitUnit.Calls => Calls,
        LimitUnit.Tokens => Tokens,
        LimitUnit.Usd => PicoUsd,
        _ => Slots,
    };
}
