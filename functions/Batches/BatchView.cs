using System.Globalization;
using Serverless.Functions.Batches.Input;

namespace Serverless.Functions.Batches;

/// <summary>OpenAI's batch object.</summary>
internal static class BatchView
{
    /// <param name="faults">Of its input.</param>
    /// <param name="hasOutput">Whether it has written a file of answers.</param>
    /// <param name="hasErrors">Whether it has written one of errors.</param>
    public static object Of(Batch batch, BatchStatus status, IReadOnlyList<InputFault> faults, bool hasOutput, bool hasErrors)
    {
        List<InputFault> all = [.. faults];
        if (status.Error is { } reason) all.Add(new InputFault("batch_failed", reason, null, null));
        if (status.Untold > 0) all.Add(new InputFault("file_not_found", Untold(status.Untold.Value), "input_file_id", null));
        return new
        {
            batch.Id,
            Object = "batch",
            batch.Endpoint,
            Errors = all.Count > 0 ? new { Object = "list", Data = all } : null,
            batch.InputFileId,
            batch.CompletionWindow,
            Status = status.Word,
            OutputFileId = hasOutput ? batch.OutputFileId : null,
            ErrorFileId = hasErrors ? batch.ErrorFileId : null,
            CreatedAt = batch.CreatedAt.ToUnixTimeSeconds(),
            InProgressAt = status.InProgressAt?.ToUnixTimeSeconds(),
            ExpiresAt = batch.ExpiresAt.ToUnixTimeSeconds(),
            FinalizingAt = status.FinalizingAt?.ToUnixTimeSeconds(),
            CompletedAt = EndOf(status, BatchState.Completed),
            FailedAt = EndOf(status, BatchState.Failed),
            ExpiredAt = EndOf(status, BatchState.Expired),
            CancellingAt = status.CancellingAt?.ToUnixTimeSeconds(),
            CancelledAt = EndOf(status, BatchState.Cancelled),
            RequestCounts = new { status.Total, status.Completed, status.Failed },
            batch.Metadata,
        };
    }

    private static string Untold(int requests) => string.Create(
        CultureInfo.InvariantCulture, $"The input file was deleted before the batch had ended: {requests} requests that were not asked are in no file, since nobody can tell which they were.");

    private static long? EndOf(BatchStatus status, BatchState state) => status.State == state ? status.EndedAt?.ToUnixTimeSeconds() : null;
}
