using Azure.Core;
using Azure.Core.Pipeline;
using Microsoft.Extensions.Logging;

namespace Serverless.Functions.Hosting;

/// <summary>
/// Makes a container or queue of the app's own anew when a write finds it gone, and writes again: whoever deleted or lost it while instances ran would have each
/// of them refuse until it is started again. What it held is lost, which is one warning in the log.
/// </summary>
/// <param name="errorCode">How the service says it: <c>ContainerNotFound</c> or <c>QueueNotFound</c>.</param>
/// <param name="nameOf">The container's or queue's name in a request's URL.</param>
internal sealed partial class LostContainerPolicy(string errorCode, Func<Uri, string> nameOf, ILogger logger) : HttpPipelinePolicy
{
    private static readonly HashSet<string> Own =
    [
        "documents", "status", "extracted", "manifests", "pipeline", "config", "document-events", "document-events-poison", "document-notices",
    ];

    /// <summary>Makes the container or queue of a name; set once the client is there to do it.</summary>
    public Func<string, CancellationToken, Task> Create { get; set; } = (_, _) => Task.CompletedTask;

    public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        ArgumentNullException.ThrowIfNull(message);
        await ProcessNextAsync(message, pipeline).ConfigureAwait(false);
        if (message.Response.Status != 404 || (message.Request.Method != RequestMethod.Put && message.Request.Method != RequestMethod.Post)) return;
        if (!message.Response.Headers.TryGetValue("x-ms-error-code", out var code) || code != errorCode) return;
        var name = nameOf(message.Request.Uri.ToUri());
        if (!Own.Contains(name)) return;
        LogLost(name);
        await Create(name, message.CancellationToken).ConfigureAwait(false);
        message.Response.Dispose();
        await ProcessNextAsync(message, pipeline).ConfigureAwait(false);
    }

    /// <summary>The app calls none of its storage this way.</summary>
    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) => ProcessNext(message, pipeline);

    [LoggerMessage(EventId = 1010, Level = LogLevel.Warning, Message = "'{Name}' of the storage account was not there and is made: what it may have held is lost. POST /reconcile compares documents, statuses and index.")]
    private partial void LogLost(string name);
}
