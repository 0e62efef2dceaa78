namespace Serverless.GpuWorker.Constraints.Schemas;

/// <summary>
/// A schema that cannot be enforced. The message names the keyword, what is permitted and where it stands, and quotes nothing else of the schema.
/// </summary>
public sealed class SchemaException(string message, Exception? innerException = null) : Exception(message, innerException)
{
    /// <summary>Where it stands (RFC 6901, as a URI fragment), names that may be content as <c>*</c>; null where that is not known.</summary>
    public string? Pointer { get; private init; }

    /// <summary>Whether it asks for what no value is, rather than for what is not supported.</summary>
    internal bool IsContradiction { get; private init; }

    internal static SchemaException Contradiction(string message) => new(message) { IsContradiction = true };

    /// <summary>The same, with the place named.</summary>
    internal SchemaException At(string pointer) => new($"{Message} (at {pointer})", InnerException) { Pointer = pointer, IsContradiction = IsContradiction };
}
