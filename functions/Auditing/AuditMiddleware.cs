using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Azure;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Logging;
using Serverless.Contracts;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Limits;

namespace Serverless.Functions.Auditing;

/// <summary>
/// Around every function by which an operator changes something: that it begins is stored before it may, and how it ended after. A change that cannot be
/// told is not made. Whoever may change nothing leaves no trace here, and so cannot fill it.
/// </summary>
public sealed partial class AuditMiddleware(AuditLog audit, TimeProvider time, ILogger<AuditMiddleware> logger) : IFunctionsWorkerMiddleware
{
    private const int MaxState = 64 * 1024;

    /// <summary>What uses the gateway and does not change it. Documents have a state of their own, which tells their story.</summary>
    internal static readonly IReadOnlySet<string> Unaudited = new HashSet<string>(StringComparer.Ordinal)
    {
        "ChatCompletions", "Completions", "Embeddings", "AzureChatCompletions", "AzureCompletions", "AzureEmbeddings", "AzureV1ChatCompletions", "AzureV1Completions", "AzureV1Embeddings", "AzureV1Responses",
        "AzureResponses", "Messages", "CountMessageTokens", "Responses", "ResponseInputTokens", "Rerank", "Invocations", "EndpointInvocations", "StartStream", "StopStream", "ResumeStream", "Negotiate",
        "CollectionSearch", "Mcp", "FileUpload", "FileDelete", "BatchCreate", "BatchCancel", "AzureV1FileUpload", "AzureV1FileDelete", "AzureV1BatchCreate", "AzureV1BatchCancel",
        "AzureFileUpload", "AzureFileDelete", "AzureBatchCreate", "AzureDeploymentBatchCreate", "AzureBatchCancel", "MessageBatchCreate", "MessageBatchCancel", "MessageBatchDelete",
        "DocumentPut", "DocumentDelete", "DocumentReprocess", "Preflight", "WrongPath",
    };

    public Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(next);
        var http = context.GetHttpContext()!;
        return IsAudited(http, context.FunctionDefinition.Name, out var caller) ? InvokeAsync(context, next, http, caller) : next(context);
    }

    private async Task InvokeAsync(FunctionContext context, FunctionExecutionDelegate next, HttpContext http, Caller caller)
    {
        var now = time.GetUtcNow();
        var begun = new AuditEntry
        {
            Id = AuditLog.NewId(now),
            At = now,
            Who = caller.Subject,
            Action = context.FunctionDefinition.Name,
            Method = http.Request.Method,
            Path = http.Request.Path.Value ?? "/",
            RequestId = RequestLimits.Current?.RequestId,
            Outcome = AuditOutcome.Begun,
        };
        await audit.AppendAsync(begun, http.RequestAborted).ConfigureAwait(false);
        try
        {
            await next(context).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            var refusal = (exception is TargetInvocationException or AggregateException ? exception.InnerException : exception) as GatewayException;
            await EndAsync(http, begun with { Outcome = refusal is { Status: < 500 } ? AuditOutcome.Refused : AuditOutcome.Failed, Code = refusal?.Error.Code }).ConfigureAwait(false);
            throw;
        }

        await EndAsync(http, begun with { Outcome = AuditOutcome.Done }).ConfigureAwait(false);
    }

    private static bool IsAudited(HttpContext http, string function, out Caller caller)
    {
        caller = (http.Items[typeof(Caller)] as Caller)!;
        var method = http.Request.Method;
        return caller is { IsOperator: true } && !HttpMethods.IsGet(method) && !HttpMethods.IsHead(method) && !Unaudited.Contains(function);
    }

    private async Task EndAsync(HttpContext http, AuditEntry entry)
    {
        if (http.Items[typeof(AuditDetail)] is AuditDetail detail) entry = entry with { Subject = detail.Subject, Before = State(detail.Before), After = State(detail.After) };
        try
        {
            // The change is made: who asked for it may be gone.
            await audit.AppendAsync(entry, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is RequestFailedException or AggregateException or IOException or HttpRequestException)
        {
            // It stays as begun, which says that its end is not known.
            LogUntold(logger, entry.Action, entry.Id);
        }
    }

    private static JsonNode? State(object? view)
    {
        if (view is null) return null;
        var bytes = JsonSerializer.SerializeToUtf8Bytes(view, view.GetType(), WireJson.Options);
        return bytes.Length <= MaxState ? JsonNode.Parse(bytes) : new JsonObject { ["bytes"] = bytes.Length };
    }

    [LoggerMessage(1401, LogLevel.Error, "{Action} has ended, but the audit could not be told how; its entry {Id} stays 'begun'.")]
    private static partial void LogUntold(ILogger logger, string action, string id);
}
