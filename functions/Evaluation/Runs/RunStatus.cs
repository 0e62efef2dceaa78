using System.Globalization;

namespace Serverless.Functions.Evaluation.Runs;

/// <summary>What changes of a run: metadata of its blob, so that one listing answers for a page of runs.</summary>
public sealed record RunStatus
{
    public required RunState State { get; init; }

    public required string Name { get; init; }

    public required int Version { get; init; }

    public required string Client { get; init; }

    /// <summary>Questions times routes.</summary>
    public required int Total { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Why it failed.</summary>
    public string? Error { get; init; }

    public bool IsTerminal => State is RunState.Cancelled or RunState.Completed or RunState.Failed;

    internal Dictionary<string, string> ToMetadata()
    {
        var metadata = new Dictionary<string, string>
        {
            ["state"] = State.ToString(),
            ["name"] = Uri.EscapeDataString(Name),
            ["version"] = Version.ToString(CultureInfo.InvariantCulture),
            ["client"] = Uri.EscapeDataString(Client),
            ["total"] = Total.ToString(CultureInfo.InvariantCulture),
            ["created"] = CreatedAt.ToString("O", CultureInfo.InvariantCulture),
        };
        if (StartedAt is { } started) metadata["started"] = started.ToString("O", CultureInfo.InvariantCulture);
        if (EndedAt is { } ended) metadata["ended"] = ended.ToString("O", CultureInfo.InvariantCulture);
        if (Error is { } error) metadata["error"] = Uri.EscapeDataString(error);
        return metadata;
    }

    internal static RunStatus Of(IDictionary<string, string> metadata)
    {
        return new RunStatus
        {
            State = Enum.TryParse<RunState>(Get("state"), out var state) ? state : RunState.Queued,
            Name = Get("name") ?? "",
            Version = Number("version"),
            Client = Get("client") ?? "",
            Total = Number("total"),
            CreatedAt = Time("created") ?? default,
            StartedAt = Time("started"),
            EndedAt = Time("ended"),
            Error = Get("error"),
        };

        string? Get(string key) => metadata.TryGetValue(key, out var value) ? Uri.UnescapeDataString(value) : null;

        int Number(string key) => int.TryParse(Get(key), CultureInfo.InvariantCulture, out var number) ? number : 0;

        DateTimeOffset? Time(string key) => DateTimeOffset.TryParse(Get(key), CultureInfo.InvariantCulture, out var time) ? time : null;
    }
}
