namespace Serverless.Local.Search;

/// <summary>How an AI Search emulator is set up.</summary>
public sealed record SearchEmulatorOptions
{
    /// <summary>The folder of <c>search.db</c>; created when it is missing.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>The token that <c>Authorization: Bearer</c> must carry.</summary>
    public required string BearerToken { get; init; }

    /// <summary>The key that an <c>api-key</c> header must carry; null: keys are refused.</summary>
    public string? AdminKey { get; init; }

    /// <summary>A key that may search and look up, nothing else.</summary>
    public string? QueryKey { get; init; }

    /// <summary>The port on 127.0.0.1; 0 takes a free one.</summary>
    public int Port { get; init; }

    /// <summary>How long a written document stays invisible to searches, look-ups and counts. AI Search needs "a few seconds".</summary>
    public TimeSpan VisibilityDelay { get; init; }

    /// <summary>Keys never reach a log by way of ToString.</summary>
    public override string ToString() => $"AI Search emulator in {DataDirectory} on port {Port}";
}
