using Serverless.Functions.Providers;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Dispatch;

/// <summary>Texts that a route's model reads without writing any: for vectors, or for scores.</summary>
/// <param name="Kind">As the ledger and telemetry call it.</param>
/// <param name="Texts">What is read.</param>
/// <param name="Beside">What is read with each of them: an instruction, or a query.</param>
/// <param name="Counted">What counts as read where the provider does not say how much it was.</param>
/// <param name="Ask">Asks one target; the flag says whether waiting for a restart is better than the next.</param>
/// <param name="Tokens">The tokens that the provider names in its answer; null for none.</param>
internal sealed record TextReading<T>(
    string Kind, IReadOnlyList<string> Texts, string Beside, IReadOnlyList<string> Counted, Func<RouteModel, bool, Task<T>> Ask, Func<T, int?> Tokens)
    where T : class
{
    /// <summary>Why a provider cannot read it so; null for every provider can.</summary>
    public Func<IProvider, GatewayException?>? WhyNot { get; init; }

    /// <summary>Tokens that are read as ids, beside the texts.</summary>
    public int Ids { get; init; }

    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"[{Texts.Count} texts: {Kind}]";
}
