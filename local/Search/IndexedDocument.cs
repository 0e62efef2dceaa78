using Serverless.Local.Search.Schema;

namespace Serverless.Local.Search;

/// <summary>A document as the index holds it.</summary>
/// <param name="Slot">Its place in document order, kept when it is replaced.</param>
/// <param name="Values">One for each field, in field order.</param>
internal sealed record IndexedDocument(int Slot, string Key, object?[] Values)
{
    public static IndexedDocument Create(IndexSchema schema, int slot, object?[] values) => new(slot, (string)values[schema.Key.Ordinal]!, values);

    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"document in slot {Slot}";
}
