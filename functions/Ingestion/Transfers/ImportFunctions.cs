using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;
using Serverless.Functions.Ingestion.Access;
using Serverless.Functions.Ingestion.Collections;
using Serverless.Functions.Ingestion.Transfers.Imports;

namespace Serverless.Functions.Ingestion.Transfers;

/// <summary>Imports over HTTP: who may write to a collection may import into it.</summary>
public sealed class ImportFunctions(CollectionStore collections, ImportSources sources, TransferStart start, TransferStore runs, TimeProvider time)
{
    private const int MaxName = 1024;

    /// <summary>Brings a container's blobs into a collection; asked again, only those that are new or were changed.</summary>
    [Function("ImportStart")]
    public async Task<IActionResult> StartAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "collections/{collection}/imports")] HttpRequest request, [DurableClient] DurableTaskClient durable)
    {
        ArgumentNullException.ThrowIfNull(request);
        var stop = request.HttpContext.RequestAborted;
        var collection = CollectionFunctions.RequireName(request.Placeholder("collection"));
        var caller = request.Caller();
        await collections.RequireWriterOrCreateAsync(collection, caller, stop);
        var fields = new JsonFields(await RequestBody.ReadObjectAsync(request, stop));
        var run = new ImportRun
        {
            Id = TransferStart.NewId(time),
            Collection = collection,
            StartedAt = time.GetUtcNow(),
            Source = sources.Read(fields, caller),
            Prefix = fields.OptionalString("prefix", MaxName) ?? string.Empty,
            Target = fields.OptionalString("target", MaxName) ?? string.Empty,
            Overwrite = fields.Boolean("overwrite", false),
            Groups = fields.Strings("groups", DocumentAccess.MaxNames, DocumentAccess.MaxName),
            Users = fields.Strings("users", DocumentAccess.MaxNames, DocumentAccess.MaxName),
        };
        fields.RejectUnknown();
        // A document's name is checked with each blob; this is what no name could mend.
        if (new DocumentName(collection, run.Target + "a").WhyNotStorable() is { } reason) throw GatewayException.Invalid("target", $"'target' cannot begin a document's path: {reason}.");
        if (run.Prefix.Any(char.IsControl)) throw GatewayException.Invalid("prefix", "'prefix' must not hold control characters.");
        if (run.Groups is { Count: > 0 } || run.Users is { Count: > 0 })
        {
            if (DocumentAccess.Of(run.Groups ?? [], run.Users ?? []).WhyNot is { } whyNot) throw GatewayException.Invalid("groups", $"'groups' and 'users': {whyNot}.");
        }

        await start.RunAsync(durable, run, stop);
        return new JsonAnswer(TransferView.Of(run), StatusCodes.Status202Accepted);
    }

    [Function("ImportList")]
    public async Task<IActionResult> ListAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "collections/{collection}/imports")] HttpRequest request)
    {
        var collection = await RequireOverseenAsync(request);
        return await runs.ListAsync(TransferKind.Import, request, collection, request.HttpContext.RequestAborted);
    }

    /// <summary>Cancels an import under way; what it brought in stays. Forgets one that has ended.</summary>
    [Function("ImportDelete")]
    public async Task<IActionResult> DeleteAsync([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = "collections/{collection}/imports/{id}")] HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var stop = request.HttpContext.RequestAborted;
        var collection = CollectionFunctions.RequireName(request.Placeholder("collection"));
        await collections.RequireWriterAsync(collection, request.Caller(), stop);
        return await runs.EndAsync(TransferKind.Import, request, collection, stop);
    }

    [Function("ImportGet")]
    public async Task<IActionResult> GetAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "collections/{collection}/imports/{id}")] HttpRequest request)
    {
        var collection = await RequireOverseenAsync(request);
        return await runs.ShowAsync(TransferKind.Import, request, collection, request.HttpContext.RequestAborted);
    }

    /// <summary>The collection that a path names, if the caller may see what is done to it.</summary>
    private async Task<string> RequireOverseenAsync(HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var collection = CollectionFunctions.RequireName(request.Placeholder("collection"));
        await collections.RequireOverseerAsync(collection, request.Caller(), request.HttpContext.RequestAborted);
        return collection;
    }
}
