using System.Globalization;

namespace Serverless.Functions.Batches.Messages;

/// <summary>Anthropic's message batch object (docs.anthropic.com, Retrieve a Message Batch).</summary>
internal static class MessageBatchView
{
    /// <param name="address">Of the gateway, for who asks.</param>
    public static Dictionary<string, object?> Of(Batch batch, BatchStatus status, string address) => new()
    {
        ["id"] = batch.Id,
        ["type"] = "message_batch",
        ["processing_status"] = status.IsTerminal ? "ended" : status.CancellingAt is null ? "in_progress" : "canceling",
        ["request_counts"] = Counts(status),
        ["created_at"] = Time(batch.CreatedAt),
        ["expires_at"] = Time(batch.ExpiresAt),
        ["cancel_initiated_at"] = Time(status.CancellingAt),
        ["ended_at"] = status.IsTerminal ? Time(status.EndedAt) : null,
        // What is archived is gone here.
        ["archived_at"] = null,
        ["results_url"] = status.IsTerminal && status.Completed + status.Failed > 0 ? $"{address}/{MessageBatchFunctions.Route}/{batch.Id}/results" : null,
    };

    /// <summary>All are processing until the whole batch has ended.</summary>
    private static object Counts(BatchStatus status)
    {
        if (!status.IsTerminal) return new { Processing = status.Total, Succeeded = 0, Errored = 0, Canceled = 0, Expired = 0 };
        var canceled = status.State == BatchState.Cancelled ? status.Unasked : 0;
        var expired = status.State == BatchState.Expired ? status.Unasked : 0;
        return new { Processing = 0, Succeeded = status.Completed, Errored = status.Total - status.Completed - canceled - expired, Canceled = canceled, Expired = expired };
    }

    private static string? Time(DateTimeOffset? at) => at?.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
}
