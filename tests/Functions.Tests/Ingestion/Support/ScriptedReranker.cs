using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Tests.Ingestion.Support;

/// <summary>Scores documents as a test says, and keeps what it was asked.</summary>
internal sealed class ScriptedReranker : IRerankRoutes
{
    public List<(string Route, string Query, IReadOnlyList<string> Documents)> Asked { get; } = [];

    /// <summary>The score of a document; by default all are equal.</summary>
    public Func<string, double> Score { get; set; } = _ => 0.5;

    /// <summary>What it calls itself.</summary>
    public string Model { get; set; } = "scripted";

    /// <summary>What it fails with; null for nothing.</summary>
    public Exception? Failure { get; set; }

    public Task<RerankBatch> RerankAsync(string route, string query, IReadOnlyList<string> documents, string? user, Caller caller, CancellationToken cancellationToken)
    {
        Asked.Add((route, query, documents));
        return Failure is null ? Task.FromResult(new RerankBatch([.. documents.Select(Score)], Model, null)) : Task.FromException<RerankBatch>(Failure);
    }
}
