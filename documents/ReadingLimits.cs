namespace Serverless.Documents;

/// <summary>What one file may cost, whatever its format. Settings of the same names in section <see cref="Section"/>.</summary>
public sealed record ReadingLimits
{
    /// <summary>Where the limits are set: who reads that a file is too much reads by which setting.</summary>
    public const string Section = "Ingestion";

    /// <summary>UTF-16 code units of extracted text.</summary>
    public int MaxTextCharacters { get; init; } = 32 * 1024 * 1024;

    /// <summary>Elements of an HTML page, an XML part, a JSON document: each costs some 600 bytes while a page is read.</summary>
    public int MaxElements { get; init; } = 400_000;

    /// <summary>Bytes that everything packed in a file may unpack to, all levels together.</summary>
    public long MaxUnpackedBytes { get; init; } = 256L * 1024 * 1024;

    /// <summary>How many times its size a packed part may unpack to, beyond its first megabyte.</summary>
    public int MaxUnpackRatio { get; init; } = 200;

    /// <summary>Files in an archive or a message, all levels together.</summary>
    public int MaxArchiveFiles { get; init; } = 1000;

    /// <summary>Archives and messages within one another.</summary>
    public int MaxArchiveDepth { get; init; } = 3;

    /// <summary>Pages, slides or sheets.</summary>
    public int MaxPages { get; init; } = 5000;

    /// <summary>Seconds that reading a file may take.</summary>
    public int ReadTimeoutSeconds { get; init; } = 60;
}
