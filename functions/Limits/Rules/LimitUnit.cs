namespace Serverless.Functions.Limits.Rules;

/// <summary>What a limit counts.</summary>
public enum LimitUnit
{
    Calls,

    /// <summary>Tokens of prompt and completion together.</summary>
    Tokens,

    /// <summary>Money, counted in millionths of a millionth of a US dollar (<see cref="Prices.TokenPrice"/>).</summary>
    Usd,

    /// <summary>Calls under way at one time.</summary>
    Concurrency,
}
