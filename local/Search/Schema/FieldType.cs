namespace Serverless.Local.Search.Schema;

/// <summary>The element type of a field.</summary>
internal enum FieldType
{
    String,
    Boolean,
    Int32,
    Int64,
    Double,
    DateTimeOffset,

    /// <summary>Only as Collection(Edm.ComplexType), of plain fields.</summary>
    ComplexType,

    /// <summary>Only as Collection(Edm.Single): a vector.</summary>
    Single,
}
