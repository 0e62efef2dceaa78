using System.Buffers.Binary;
using System.Text;
using Serverless.Documents.Rtf;

namespace Serverless.Documents.Compound;

/// <summary>The title among a document's properties ([MS-OLEPS], section 2.21).</summary>
internal static class SummaryTitle
{
    private const string Stream = "\u0005SummaryInformation";
    private const int CodePage = 1, Title = 2;
    private const int TextType = 0x1E, WideTextType = 0x1F;
    private const int FirstSet = 44;
    private const int MaxProperties = 256;
    private const int MaxLength = 1024;

    /// <summary>Null where it has none, or none that can be read: no document is less for that.</summary>
    public static string? Read(CompoundFile file)
    {
        try
        {
            if (file.Read(Stream) is not { } bytes || Find(bytes, Title) is not { } at) return null;
            var page = Find(bytes, CodePage) is { } found ? BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(found + 4)) : 1252;
            var length = (int)Math.Min(MaxLength, BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 4)));
            var text = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(at)) switch
            {
                WideTextType => Encoding.Unicode.GetString(bytes, at + 8, length * 2),
                TextType => (page == 1200 ? Encoding.Unicode : RtfCharsets.Encoding(page)).GetString(bytes, at + 8, length),
                _ => string.Empty,
            };
            text = ExtractedTextBuilder.WithoutHalfPairs(text.Split('\0')[0]).Trim();
            return text.Length == 0 || text.Any(char.IsControl) ? null : text;
        }
        catch (Exception failure) when (failure is InvalidDataException or ArgumentException)
        {
            return null;
        }
    }

    // Where a property's type and value stand.
    private static int? Find(byte[] bytes, int id)
    {
        var set = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(FirstSet));
        var count = Math.Min(MaxProperties, BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(set + 4)));
        for (var i = 0; i < count; i++)
        {
            var entry = bytes.AsSpan(set + 8 + (8 * i));
            if (BinaryPrimitives.ReadInt32LittleEndian(entry) == id) return set + BinaryPrimitives.ReadInt32LittleEndian(entry[4..]);
        }

        return null;
    }
}
