using Azure;

namespace Serverless.Functions.Ingestion.State;

/// <summary>What a reading of a JSON blob found: nothing, a value, or a blob that holds none of its kind.</summary>
/// <param name="Value">Null where there is no blob, or a damaged one.</param>
/// <param name="ETag">To write it back by; null where there is no blob.</param>
internal readonly record struct JsonBlob<T>(T? Value, ETag? ETag)
    where T : class
{
    /// <summary>It is there and cannot be read: cut off, overwritten by something else, of a version that this app does not know.</summary>
    public bool IsDamaged => Value is null && ETag is not null;
}
