using Serverless.GpuWorker.Constraints.Nodes;

namespace Serverless.GpuWorker.Constraints;

/// <summary>Of many alternatives those that may begin with a byte, so that a byte costs no look at the others. Immutable.</summary>
internal sealed class FirstBytes
{
    public static readonly FirstBytes None = new([]);

    private readonly SchemaNode[][] _byFirst = new SchemaNode[256][];

    /// <param name="leaves">Whose order is kept.</param>
    public FirstBytes(IReadOnlyList<SchemaNode> leaves)
    {
        var lists = new List<SchemaNode>?[256];
        foreach (var leaf in leaves)
            foreach (byte first in leaf.FirstBytes)
                (lists[first] ??= []).Add(leaf);

        SchemaNode[] before = [];
        for (int first = 0; first < 256; first++)
        {
            if (lists[first] is not { } list)
                _byFirst[first] = [];
            // Bytes in a row that begin the same, as digits do, share a list.
            else
                _byFirst[first] = before = list.SequenceEqual(before) ? before : [.. list];
        }
    }

    public ReadOnlySpan<SchemaNode> Of(byte first) => _byFirst[first];
}
