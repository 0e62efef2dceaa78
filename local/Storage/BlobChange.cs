namespace Serverless.Local.Storage;

/// <summary>A blob that is new, replaced or gone.</summary>
/// <param name="ETag">Null: gone.</param>
internal sealed record BlobChange(string Name, string? ETag, string? ContentType, long ContentLength, string? BlobType);
