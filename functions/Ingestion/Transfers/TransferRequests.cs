using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Serverless.Contracts;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Ingestion.Transfers;

/// <summary>What requests about transfers have in common.</summary>
internal static class TransferRequests
{
    private const int IdLength = 32;
    private const int DefaultTop = 50, MaxTop = 200;

    /// <summary>The transfer that a path names, with what it could not move: <c>failures</c>, some at a time.</summary>
    /// <exception cref="GatewayException">404 where there is none.</exception>
    public static async Task<JsonAnswer> ShowAsync(this TransferStore runs, TransferKind kind, HttpRequest request, string collection, CancellationToken cancellationToken)
    {
        var token = request.ContinuationToken();
        var run = await runs.RequireAsync(kind, request, collection, cancellationToken);
        try
        {
            var (failures, next) = await runs.ListFailuresAsync(kind, collection, run.Id, token, cancellationToken);
            return new JsonAnswer(TransferView.Of(run, failures, HttpRequestExtensions.PageToken(next)));
        }
        catch (Azure.RequestFailedException failure) when (failure.Status == 400 && token is not null)
        {
            throw GatewayException.Invalid("page_token", "'page_token' is not one that this list gave.");
        }
    }

    /// <summary>A collection's transfers of a kind, the newest first: <c>{imports, next_page_token?}</c>, by <c>?top=</c> (1..200, 50) and <c>?page_token=</c>.</summary>
    /// <exception cref="GatewayException">400 naming the parameter.</exception>
    public static async Task<JsonAnswer> ListAsync(this TransferStore runs, TransferKind kind, HttpRequest request, string collection, CancellationToken cancellationToken)
    {
        var top = request.WholeNumber("top", 1, MaxTop, DefaultTop);
        var before = request.Query["page_token"].ToString();
        if (before.Length > 0 && !IsId(before)) throw GatewayException.Invalid("page_token", "'page_token' is not one that this list gave.");
        var (found, hasMore) = await runs.ListAsync(kind, collection, top, before.Length > 0 ? before : null, cancellationToken);
        var view = new JsonObject { [$"{Name(kind)}s"] = new JsonArray([.. found.Select(run => (JsonNode)TransferView.Of(run))]) };
        if (hasMore && found.Count > 0) view["next_page_token"] = found[^1].Id;
        return new JsonAnswer(view);
    }

    /// <summary>Cancels a transfer that is under way, 202 with what is seen of it; forgets one that has ended, 204.</summary>
    /// <exception cref="GatewayException">404 where there is none; 409 for a restore whose generation is being built.</exception>
    public static async Task<IActionResult> EndAsync(this TransferStore runs, TransferKind kind, HttpRequest request, string collection, CancellationToken cancellationToken)
    {
        var run = await runs.RequireAsync(kind, request, collection, cancellationToken);
        switch (run.State)
        {
            case TransferState.Running or TransferState.Cancelling:
                await runs.CancelAsync(run, cancellationToken);
                return new JsonAnswer(TransferView.Of(run with { State = TransferState.Cancelling }), StatusCodes.Status202Accepted);
            case TransferState.Building:
                throw new GatewayException(StatusCodes.Status409Conflict, new ErrorDetail(
                    "restore_building", "The restored generation is being built, and is the collection's next. PUT the collection with other settings to have another take its place.", "invalid_request_error", "id"));
            default:
                await runs.ForgetAsync(run, cancellationToken);
                return new StatusCodeResult(StatusCodes.Status204NoContent);
        }
    }

    /// <summary>The transfer that a path names, as it is shown.</summary>
    /// <exception cref="GatewayException">404 where there is none.</exception>
    private static async Task<TransferRun> RequireAsync(this TransferStore runs, TransferKind kind, HttpRequest request, string collection, CancellationToken cancellationToken)
    {
        var id = request.Placeholder("id");
        return (IsId(id) ? await runs.FindShownAsync(kind, collection, id, cancellationToken) : null)
            ?? throw GatewayException.NotFound($"{Name(kind)}_not_found", $"There is no such {Name(kind)} of this collection.", "id");
    }

    private static bool IsId(string id) => id.Length == IdLength && id.All(char.IsAsciiHexDigitLower);

    private static string Name(TransferKind kind) => kind.ToString().ToLowerInvariant();

    /// <summary>Reads <c>container</c>: where exports lie, in the app's own storage account.</summary>
    /// <exception cref="GatewayException">400 naming the field.</exception>
    public static string ExportContainer(JsonFields fields)
    {
        var container = fields.OptionalString("container", 63) ?? AppContainers.Exports;
        return container != AppContainers.Exports && AppContainers.WhyNot(container) is { } reason
            ? throw GatewayException.Invalid("container", $"'container' cannot hold exports: {reason}.")
            : container;
    }
}
