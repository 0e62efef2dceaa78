using System.Globalization;

namespace Serverless.Functions.Batches;

/// <summary>What changes of a batch: metadata of its blob, so that one listing answers for a page of batches.</summary>
public sealed record BatchStatus
{
    public required BatchState State { get; init; }

    /// <summary>Requests; 0 before the input has been read.</summary>
    public int Total { get; init; }

    /// <summary>Requests that were answered: all of them when the batch has ended, before that those of the <see cref="Counted"/> groups of slices.</summary>
    public int Completed { get; init; }

    /// <summary>Requests that were refused, failed or were not asked. As <see cref="Completed"/>.</summary>
    public int Failed { get; init; }

    /// <summary>Of <see cref="Failed"/>, those that were not asked.</summary>
    public int Unasked { get; init; }

    /// <summary>Of <see cref="Unasked"/>, those that have no line in the file of errors, because the input was gone at the end; null where an earlier version of the app ended the batch.</summary>
    public int? Untold { get; init; }

    /// <summary>How many groups of slices (<see cref="BatchStore.SlicesPerGroup"/>) are done and counted: the first so many.</summary>
    public int Counted { get; init; }

    public DateTimeOffset? InProgressAt { get; init; }

    public DateTimeOffset? FinalizingAt { get; init; }

    public DateTimeOffset? CancellingAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Why it failed where that is not its input's fault.</summary>
    public string? Error { get; init; }

    public bool IsTerminal => State is BatchState.Failed or BatchState.Completed or BatchState.Expired or BatchState.Cancelled;

    /// <summary>OpenAI's word for <see cref="State"/>.</summary>
    public string Word => State == BatchState.InProgress ? "in_progress" : State.ToString().ToLowerInvariant();

    internal Dictionary<string, string> ToMetadata()
    {
        var metadata = new Dictionary<string, string>
        {
            ["state"] = State.ToString(),
            ["total"] = Total.ToString(CultureInfo.InvariantCulture),
            ["completed"] = Completed.ToString(CultureInfo.InvariantCulture),
            ["failed"] = Failed.ToString(CultureInfo.InvariantCulture),
            ["unasked"] = Unasked.ToString(CultureInfo.InvariantCulture),
            ["counted"] = Counted.ToString(CultureInfo.InvariantCulture),
        };
        foreach (var (name, time) in (ReadOnlySpan<(string, DateTimeOffset?)>)[("begun", InProgressAt), ("finalizing", FinalizingAt), ("cancelling", CancellingAt), ("ended", EndedAt)])
        {
            if (time is { } at) metadata[name] = at.ToString("O", CultureInfo.InvariantCulture);
        }

        if (Untold is { } untold) metadata["untold"] = untold.ToString(CultureInfo.InvariantCulture);
        if (Error is not null) metadata["error"] = Uri.EscapeDataString(Error);
        return metadata;
    }

    internal static BatchStatus Of(IDictionary<string, string> metadata)
    {
        return new BatchStatus
        {
            State = Enum.TryParse<BatchState>(Get("state"), out var state) ? state : BatchState.Validating,
            Total = Number("total"),
            Completed = Number("completed"),
            Failed = Number("failed"),
            Unasked = Number("unasked"),
            Untold = Get("untold") is null ? null : Number("untold"),
            Counted = Number("counted"),
            InProgressAt = Time("begun"),
            FinalizingAt = Time("finalizing"),
            CancellingAt = Time("cancelling"),
            EndedAt = Time("ended"),
            Error = Get("error") is { } error ? Uri.UnescapeDataString(error) : null,
        };

        string? Get(string key) => metadata.TryGetValue(key, out var value) ? value : null;

        int Number(string key) => int.TryParse(Get(key), CultureInfo.InvariantCulture, out var number) ? number : 0;

        DateTimeOffset? Time(string key) => DateTimeOffset.TryParse(Get(key), CultureInfo.InvariantCulture, out var time) ? time : null;
    }
}
