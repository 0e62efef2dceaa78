using System.Numerics;
using System.Text.Json;
using Serverless.GpuWorker.Constraints.Schemas;

namespace Serverless.GpuWorker.Constraints.Nodes;

/// <summary>An array of some of several values, in any order and each at most once (<c>uniqueItems</c>), each written as <see cref="LiteralNode"/> writes it.</summary>
internal sealed class DistinctArrayNode : SchemaNode
{
    // A is a bit for each value that there is already; B the whitespace in a row, and within an item the place in the trie.
    private const int Opened = 0, BeforeItem = 1, InItem = 2, AfterItem = 3;

    private readonly ByteTrie _trie = new();
    private readonly int _least, _most;

    /// <param name="values">No two of them equal, at most <see cref="ConstraintLimits.DistinctValues"/>.</param>
    /// <param name="least">No more than there are values.</param>
    /// <param name="most">The same.</param>
    public DistinctArrayNode(IReadOnlyList<JsonElement> values, int least, int most)
    {
        (_least, _most) = (least, most);
        for (int i = 0; i < values.Count; i++)
            _trie.Add(JsonText.Of(values[i]), i);
    }

    public override JsonValueKind Kind => JsonValueKind.Array;

    public override bool IsContainer => true;

    public override long Bytes => 300 + _trie.Bytes;

    public override int MeasureHeight() => 1;

    public override ReadOnlySpan<byte> FirstBytes => "["u8;

    public override void Begin(Frame after, byte first, Successors successors)
    {
        if (first == '[')
            successors.Add(after, this, Opened);
    }

    public override void Step(Frame frame, byte next, Successors successors)
    {
        if (frame.Phase == InItem)
        {
            int child = _trie.Child(frame.B, next);
            // A number may be the beginning of another: only what follows tells that it is complete.
            if (!HasUnused(child, frame.A) && IsUnused(_trie.Value(frame.B), frame.A))
                successors.Step(AfterValue(frame, _trie.Value(frame.B), successors), next);
            else
                Enter(frame, child, successors);
        }
        else if (Successors.IsWhitespace(next))
        {
            if (frame.B < ConstraintLimits.Whitespace)
                successors.Add(frame.Parent, this, frame.Phase, frame.A, frame.B + 1);
        }
        else if (next == ']')
        {
            if (frame.Phase != BeforeItem && BitOperations.PopCount((uint)frame.A) >= _least)
                successors.Add(frame.Parent!);
        }
        else if (frame.Phase != AfterItem)
        {
            if (HasRoom(frame))
                Enter(frame, _trie.Child(ByteTrie.Root, next), successors);
        }
        else if (next == ',' && HasRoom(frame))
        {
            successors.Add(frame.Parent, this, BeforeItem, frame.A);
        }
    }

    private bool HasRoom(Frame frame) => BitOperations.PopCount((uint)frame.A) < _most;

    private void Enter(Frame frame, int node, Successors successors)
    {
        if (!HasUnused(node, frame.A))
            return;

        int value = _trie.Value(node);
        if (_trie.Below(node).Exists(other => other != value && IsUnused(other, frame.A)))
            successors.Add(frame.Parent, this, InItem, frame.A, node);
        else if (IsUnused(value, frame.A) && !_trie.HasChildren(node))
            successors.Add(AfterValue(frame, value, successors));
        else
            successors.Add(frame.Parent, this, InItem, frame.A, node);
    }

    private Frame AfterValue(Frame frame, int value, Successors successors) => successors.Place(frame.Parent, this, AfterItem, frame.A | (1 << value));

    /// <summary>Whether a value that goes through a node of the trie, or ends there, is not in the array yet.</summary>
    private bool HasUnused(int node, int used) => node != ByteTrie.None && _trie.Below(node).Exists(value => IsUnused(value, used));

    private static bool IsUnused(int value, int used) => value != ByteTrie.None && (used >> value & 1) == 0;
}
