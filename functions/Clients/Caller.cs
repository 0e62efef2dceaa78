namespace Serverless.Functions.Clients;

/// <summary>Who asks: the outcome of authentication.</summary>
/// <param name="ClientId">A stable id; the anonymous caller of a local run has "anonymous".</param>
/// <param name="Groups">The groups whose documents the caller may read.</param>
/// <param name="IsOperator">Whether the caller may change routes, clients and collections.</param>
public sealed record Caller(string ClientId, IReadOnlyList<string> Groups, bool IsOperator)
{
    /// <summary>The app itself, for work that nobody asked for by HTTP, such as ingestion.</summary>
    public static Caller System { get; } = new("system", ["*"], IsOperator: true);
}
