namespace Serverless.Documents.Compound;

/// <summary>A storage or a stream in a compound file.</summary>
/// <param name="Name">In its storage; names differ not only in case.</param>
/// <param name="First">The first sector of a stream.</param>
/// <param name="Length">Bytes of a stream.</param>
internal sealed record CompoundEntry(string Name, bool IsStream, uint First, long Length)
{
    /// <summary>What a storage holds, by name.</summary>
    public Dictionary<string, CompoundEntry> Children { get; } = new(StringComparer.OrdinalIgnoreCase);

    public override string ToString() => $"[{Length} bytes, {Children.Count} entries]";
}
