namespace Serverless.Benchmarks.Gateway;

/// <summary>One of the servers that are compared.</summary>
/// <param name="Port">Where the load goes.</param>
/// <param name="Key">The client's key; null where none is asked for.</param>
/// <param name="Processes">What it runs in, by name; none for the upstream itself.</param>
internal sealed record Contender(string Name, int Port, string? Key, IReadOnlyList<(string Name, MeasuredProcess Process)> Processes)
{
    public List<double> PerSecond { get; } = [];

    /// <summary>Microseconds of processor time a request, of each process, by round.</summary>
    public List<double[]> Cpu { get; } = [];

    public List<double> Allocated { get; } = [];

    public LoadResult? Half { get; set; }

    /// <summary>What held its first process up meanwhile; empty for one that cannot tell.</summary>
    public string Pauses { get; set; } = "";
}
