using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Serverless.Functions.Hosting;
using Serverless.Functions.Ingestion.Collections;
using Serverless.Functions.Ingestion.State;

namespace Serverless.Functions.Ingestion.Progress;

/// <summary>How a collection gets on: asked for, or pushed to a page.</summary>
public sealed class ProgressFunctions(CollectionStore collections, IProgressChannel channel, CollectionProgress progress)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(10);

    /// <summary>Has the caller's SignalR connections hear of those documents of a collection that the caller may see, for ten minutes; asked again, for ten more.</summary>
    [Function("ProgressSubscribe")]
    public async Task<IActionResult> SubscribeAsync([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "collections/{collection}/subscription")] HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var stop = request.HttpContext.RequestAborted;
        var caller = request.Caller();
        var collection = request.Placeholder("collection");
        await collections.RequireReadableAsync(collection, caller, stop);
        foreach (var group in ProgressAudience.Of(collection, caller)) await channel.JoinAsync(caller.ClientId, group, Lifetime, stop);
        return new JsonAnswer(new { target = ProgressMessage.Target, expires_in = (int)Lifetime.TotalSeconds });
    }

    /// <summary>Counts of the documents that the caller may see.</summary>
    [Function("ProgressGet")]
    public async Task<IActionResult> GetAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "collections/{collection}/progress")] HttpRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        var stop = request.HttpContext.RequestAborted;
        var caller = request.Caller();
        var collection = request.Placeholder("collection");
        await collections.RequireReadableAsync(collection, caller, stop);
        return new JsonAnswer(await progress.OfAsync(collection, caller, stop));
    }
}
