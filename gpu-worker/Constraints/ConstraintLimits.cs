namespace Serverless.GpuWorker.Constraints;

/// <summary>What bounds a schema and the documents that are written to it.</summary>
internal static class ConstraintLimits
{
    public const int SchemaChars = 65_536;

    /// <summary>Subschemas and enumerated values of one schema.</summary>
    public const int Nodes = 4096;

    /// <summary>Objects and arrays within each other.</summary>
    public const int Depth = 32;

    /// <summary>Whitespace characters in a row: enough to indent, too few to go on for ever.</summary>
    public const int Whitespace = 16;

    /// <summary>Digits before and after the point; what a double holds exactly.</summary>
    public const int Digits = 15;

    public const int ExponentDigits = 2;

    /// <summary>The highest count that minItems, maxItems, minLength and maxLength may name.</summary>
    public const int Count = 1_000_000;

    /// <summary>Readings of one beginning that are kept in view; what would be one more is not written. Each costs the others of a batch time.</summary>
    public const int Readings = 64;

    /// <summary>Schemas within each other while they are read, through references as well: what the stack holds with ease.</summary>
    public const int ReadingDepth = 200;

    /// <summary>Alternatives of all unions together, and comparisons of them.</summary>
    public const int Alternatives = 100_000;
}
