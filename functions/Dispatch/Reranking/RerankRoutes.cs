using Serverless.Functions.Clients;
using Serverless.Functions.Guards;
using Serverless.Functions.Providers;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Dispatch;

/// <inheritdoc/>
public sealed class RerankRoutes(RouteCatalog routes, RoutedReadings readings, TargetCalls calls, RouteGuards guards) : IRerankRoutes
{
    public const int MaxDocuments = 1000;

    public async Task<RerankBatch> RerankAsync(string route, string query, IReadOnlyList<string> documents, string? user, Caller caller, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(documents);
        ArgumentNullException.ThrowIfNull(caller);
        AnswerChecks.Question(query, "query");
        if (documents.Count is 0 or > MaxDocuments) throw GatewayException.Invalid("documents", $"'documents' must have 1 to {MaxDocuments} texts.");
        AnswerChecks.Texts(documents, "documents");
        var resolved = await routes.ResolveAsync(route, caller, "model", cancellationToken).ConfigureAwait(false);
        if (resolved.Type != RouteTypes.Rerank) throw Gateway.WrongType(resolved, RouteTypes.Rerank);
        query = (await guards.InputAsync(resolved, [query], "query", cancellationToken).ConfigureAwait(false))[0];
        documents = await guards.InputAsync(resolved, documents, "documents", cancellationToken).ConfigureAwait(false);
        var call = new RerankCall(query, documents, ClientName.Of(caller, user));
        var reading = new TextReading<RerankBatch>(
            "rerank", documents, query, [query, .. documents], (model, mayWait) => calls.RerankAsync(resolved, model, call, mayWait, cancellationToken), batch => batch.PromptTokens);
        return await readings.AskAsync(resolved, reading, caller, cancellationToken).ConfigureAwait(false);
    }
}
