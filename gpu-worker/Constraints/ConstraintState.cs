using Serverless.GpuWorker.Constraints.Nodes;

namespace Serverless.GpuWorker.Constraints;

/// <summary>All places that a document's beginning may have led to. Where each byte leads is found once and kept.</summary>
/// <param name="kinds">Which bytes lead to the same state, as <see cref="ByteKinds"/> tells; null where that is not known.</param>
internal sealed class ConstraintState(Frame[] places, byte[]? kinds, SchemaAutomaton automaton)
{
    /// <summary>Where no document goes on.</summary>
    public static readonly ConstraintState Dead = new([], null, null!);

    // By the byte's high half, since a place takes either bytes of few kinds or nearly all.
    private readonly ConstraintState?[]?[] _next = new ConstraintState?[16][];

    public IReadOnlyList<Frame> Places => places;

    /// <summary>Whether the document is complete if nothing follows.</summary>
    public bool CanEnd { get; } = places.Any(place => place.CanEnd);

    /// <summary>Kept by whoever makes it.</summary>
    public TokenMask? Mask { get; set; }

    public ConstraintState Next(byte value)
    {
        if (places.Length == 0)
            return Dead;

        if (kinds is not null)
            value = kinds[value];

        var row = _next[value >> 4] ??= new ConstraintState?[16];
        return row[value & 15] ??= automaton.Advance(places, value);
    }

    /// <summary>Where a text leads; <see cref="Dead"/> where it is no beginning of a document.</summary>
    public ConstraintState Next(ReadOnlySpan<byte> text)
    {
        var state = this;
        foreach (byte value in text)
            state = state.Next(value);

        return state;
    }
}
