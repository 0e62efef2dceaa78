using System.Numerics.Tensors;
using Serverless.Local.Search.Schema;

namespace Serverless.Local.Search;

/// <summary>A document as the index holds it.</summary>
/// <param name="Slot">Its place in document order, kept when it is replaced.</param>
/// <param name="Values">One for each field, in field order.</param>
/// <param name="Norms">The length of each vector value, 0 elsewhere.</param>
internal sealed record IndexedDocument(int Slot, string Key, object?[] Values, float[] Norms)
{
    public static IndexedDocument Create(IndexSchema schema, int slot, object?[] values)
    {
        var norms = new float[values.Length];
        for (var i = 0; i < values.Length; i++)
            if (values[i] is float[] vector)
                norms[i] = TensorPrimitives.Norm<float>(vector);
        return new IndexedDocument(slot, (string)values[schema.Key.Ordinal]!, values, norms);
    }

    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"document in slot {Slot}";
}
