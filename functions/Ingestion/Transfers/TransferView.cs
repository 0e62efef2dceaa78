using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Contracts;

namespace Serverless.Functions.Ingestion.Transfers;

/// <summary>A transfer as callers see it.</summary>
internal static class TransferView
{
    /// <summary>The run's own fields, and a page of what it could not move where there is any.</summary>
    public static JsonObject Of(TransferRun run, IReadOnlyList<TransferFailure>? failures = null, string? next = null)
    {
        var view = JsonSerializer.SerializeToNode(run, run.GetType(), WireJson.Options)!.AsObject();
        if (failures is { Count: > 0 }) view["failed"] = JsonSerializer.SerializeToNode(failures, WireJson.Options);
        if (next is not null) view["next_page_token"] = next;
        return view;
    }
}
