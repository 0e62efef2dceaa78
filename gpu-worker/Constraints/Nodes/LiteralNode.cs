using System.Text.Json;
using Serverless.GpuWorker.Constraints.Schemas;

namespace Serverless.GpuWorker.Constraints.Nodes;

/// <summary>One of several values (<c>enum</c>, <c>const</c>, <c>true</c>, <c>null</c>), written without spaces.</summary>
internal sealed class LiteralNode : SchemaNode
{
    private const int Inside = 0;
    private readonly ByteTrie _trie = new();
    private readonly byte[] _firstBytes;

    /// <param name="values">At least one; they may be repeated.</param>
    public LiteralNode(IReadOnlyList<JsonElement> values)
    {
        Values = values;
        for (int i = 0; i < values.Count; i++)
            _trie.Add(JsonText.Of(values[i]), i);

        _firstBytes = _trie.LabelsBelow(ByteTrie.Root);
    }

    public IReadOnlyList<JsonElement> Values { get; }

    public override long Bytes => _trie.Bytes + 64L * Values.Count;

    public override int MeasureHeight() => 0;

    public override ReadOnlySpan<byte> FirstBytes => _firstBytes;

    public override void Begin(Frame after, byte first, Successors successors) => Enter(after, _trie.Child(ByteTrie.Root, first), successors);

    public override void Step(Frame frame, byte next, Successors successors)
    {
        int child = _trie.Child(frame.A, next);
        // A number may be the beginning of another: only what follows tells that it is complete.
        if (child == ByteTrie.None && CanEnd(frame))
            successors.Step(frame.Parent!, next);
        else
            Enter(frame.Parent!, child, successors);
    }

    public override bool CanEnd(Frame frame) => _trie.Value(frame.A) != ByteTrie.None;

    private void Enter(Frame after, int node, Successors successors)
    {
        if (node == ByteTrie.None)
            return;

        if (_trie.HasChildren(node))
            successors.Add(after, this, Inside, node);
        else
            successors.Add(after);
    }
}
