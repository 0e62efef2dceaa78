namespace Serverless.Functions.Tests.Ingestion.Support;

/// <summary>One orchestration: its input and what has been recorded of its present generation.</summary>
internal sealed class InMemoryInstance(string id, string name, string input)
{
    public string Id { get; } = id;

    /// <summary>The orchestrator's.</summary>
    public string Name { get; } = name;

    public string Input { get; set; } = input;

    public DateTimeOffset CreatedAt { get; init; } = DateTimeOffset.UtcNow;

    public bool IsLive { get; set; } = true;

    /// <summary>In the order in which they were scheduled; null while one runs.</summary>
    public List<RecordedActivity?> History { get; } = [];

    public bool IsSignalled { get; set; }

    public int Generations { get; set; } = 1;
}
