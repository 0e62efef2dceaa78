namespace Serverless.GpuWorker.Conversion;

/// <summary>A GPU's memory, by its data sheet (https://www.nvidia.com/en-us/data-center/a100).</summary>
/// <param name="Memory">Bytes.</param>
/// <param name="Bandwidth">Bytes a second.</param>
internal sealed record Card(string Name, long Memory, double Bandwidth)
{
    /// <summary>What weights and cache may take: the rest is for activations, libraries and fragmentation.</summary>
    public const double Usable = 0.9;

    public static IReadOnlyList<Card> Known { get; } =
    [
        new("A100 40 GB", 40_000_000_000, 1.56e12),
        new("A100 80 GB", 80_000_000_000, 2.0e12),
    ];
}
