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

    /// <summary>Rounds of half load, each with what held its first process up meanwhile; that is empty for one that cannot tell.</summary>
    public List<(LoadResult Result, string Pauses)> Halves { get; } = [];

    /// <summary>Of the rounds of half load the one in the middle by its slowest hundredth: what the machine does besides falls on single rounds.</summary>
    public (LoadResult Result, string Pauses) Half => Halves.OrderBy(h => LoadResult.Quantile(h.Result.Whole, 0.99)).ElementAt(Halves.Count / 2);
}
