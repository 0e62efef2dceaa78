using System.Runtime.InteropServices;

namespace Serverless.Documents;

/// <summary>A file as it was dropped, or as it stands in an archive or a message.</summary>
/// <param name="Path">Its name; the ending decides on the reader.</param>
/// <param name="ContentType">A media type with its parameters, as the client said; null where it said none.</param>
public sealed record DocumentFile(string Path, string? ContentType, ReadOnlyMemory<byte> Content)
{
    // Longer "endings" are a name's own words: "Notes from J. Wilson and others".
    private const int MaxExtension = 12;

    /// <summary>In lower case with its dot; empty where the name has none. What has a space or nothing but digits is no ending: "release-notes-1.2".</summary>
    public string Extension
    {
        get
        {
            var extension = System.IO.Path.GetExtension(Path).ToLowerInvariant();
            return extension.Length is < 2 or > MaxExtension || extension.AsSpan(1).ContainsAny(' ', '\t') || !extension.AsSpan(1).ContainsAnyExceptInRange('0', '9')
                ? string.Empty
                : extension;
        }
    }

    /// <summary>In lower case, without parameters; null where none is known.</summary>
    public string? MediaType => ContentType?.Split(';', 2)[0].Trim().ToLowerInvariant() is { Length: > 0 } type ? type : null;

    /// <summary>The media type's <c>charset</c>; null where it has none.</summary>
    public string? Charset
    {
        get
        {
            foreach (var parameter in (ContentType ?? string.Empty).Split(';').Skip(1))
            {
                var parts = parameter.Split('=', 2);
                if (parts.Length == 2 && parts[0].Trim().Equals("charset", StringComparison.OrdinalIgnoreCase)) return parts[1].Trim().Trim('"', '\'');
            }

            return null;
        }
    }

    /// <summary>Its bytes, which are not copied where they lie in an array.</summary>
    public MemoryStream Open() => MemoryMarshal.TryGetArray(Content, out var array)
        ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false)
        : new MemoryStream(Content.ToArray(), writable: false);

    /// <summary>Content never reaches a log by way of ToString.</summary>
    public override string ToString() => $"[{Content.Length} bytes]";
}
