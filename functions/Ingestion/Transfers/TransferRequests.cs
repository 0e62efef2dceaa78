using Microsoft.AspNetCore.Http;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Ingestion.Transfers;

/// <summary>What requests about transfers have in common.</summary>
internal static class TransferRequests
{
    private const int IdLength = 32;

    /// <summary>The transfer that a path names, with what it could not move: <c>failures</c>, some at a time.</summary>
    /// <exception cref="GatewayException">404 where there is none.</exception>
    public static async Task<JsonAnswer> ShowAsync(this TransferStore runs, TransferKind kind, HttpRequest request, string collection, CancellationToken cancellationToken)
    {
        var id = request.Placeholder("id");
        var token = request.ContinuationToken();
        var run = id.Length == IdLength && id.All(char.IsAsciiHexDigitLower) ? await runs.FindAsync(kind, collection, id, cancellationToken) : null;
        var name = kind.ToString().ToLowerInvariant();
        if (run is null) throw GatewayException.NotFound($"{name}_not_found", $"There is no such {name} of this collection.", "id");
        try
        {
            var (failures, next) = await runs.ListFailuresAsync(kind, collection, id, token, cancellationToken);
            return new JsonAnswer(TransferView.Of(run, failures, HttpRequestExtensions.PageToken(next)));
        }
        catch (Azure.RequestFailedException failure) when (failure.Status == 400 && token is not null)
        {
            throw GatewayException.Invalid("page_token", "'page_token' is not one that this list gave.");
        }
    }

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
