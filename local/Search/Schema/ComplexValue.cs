namespace Serverless.Local.Search.Schema;

/// <summary>One item of a Collection(Edm.ComplexType).</summary>
/// <param name="Fields">Its type's fields.</param>
/// <param name="Values">One for each, in their order.</param>
internal sealed record ComplexValue(IReadOnlyList<IndexField> Fields, object?[] Values)
{
    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"complex value of {Fields.Count} fields";
}
