using System.IO.Compression;
using System.Text;
using Serverless.Documents.Encodings;

namespace Serverless.Documents.Archives;

/// <summary>
/// The names of files in an archive. Those that are not marked as UTF-8 (APPNOTE 6.3, appendix D) are mostly in the code page of who packed it; in Shift_JIS and others the second half of a letter may be a backslash, which
/// would part folders.
/// </summary>
internal static class ZipNames
{
    /// <summary>A name for each entry, in their order.</summary>
    public static IReadOnlyList<string> Of(DocumentFile file, ZipArchive archive)
    {
        var names = archive.Entries.Select(entry => entry.FullName).ToArray();
        if (!Array.Exists(names, name => name.Contains('\uFFFD', StringComparison.Ordinal))) return names;
        // The same bytes, a character each.
        using var raw = new ZipArchive(file.Open(), ZipArchiveMode.Read, leaveOpen: false, Encoding.Latin1);
        var bytes = raw.Entries.Select((entry, i) => entry.FullName == names[i] ? null : Encoding.Latin1.GetBytes(entry.FullName)).ToArray();
        var encoding = CodePageGuess.OfNames(bytes.OfType<byte[]>().SelectMany(name => name.Append((byte)'\n')).ToArray());
        return [.. bytes.Select((name, i) => name is null ? names[i] : encoding.GetString(name))];
    }
}
