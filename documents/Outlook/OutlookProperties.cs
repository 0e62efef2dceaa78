using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Serverless.Documents.Compound;
using Serverless.Documents.Encodings;

namespace Serverless.Documents.Outlook;

/// <summary>The properties of a message or an attachment ([MS-OXMSG], section 2.1): long ones are streams that are named by them, short ones stand in a table.</summary>
/// <param name="header">Bytes before the table's first entry.</param>
internal sealed class OutlookProperties(CompoundFile file, CompoundEntry storage, int header)
{
    private const int EntryBytes = 16;
    private const int WholeType = 0x0003, TextType = 0x001E, WideTextType = 0x001F, TimeType = 0x0040, BytesType = 0x0102;

    private readonly byte[] _table = storage.Children.TryGetValue("__properties_version1.0", out var table) ? file.Read(table) : [];

    /// <summary>Null where there is none, or nothing in it.</summary>
    public string? Text(ushort id)
    {
        var text = Stream(id, WideTextType) is { } wide ? Encoding.Unicode.GetString(wide) : Stream(id, TextType) is { } narrow ? Decoded(narrow) : null;
        text = text is null ? null : string.Concat(text.EnumerateRunes().Where(rune => !Rune.IsControl(rune) || rune.Value is '\n' or '\r' or '\t').Select(rune => rune.ToString())).ReplaceLineEndings("\n").Trim();
        return string.IsNullOrEmpty(text) ? null : text;
    }

    public byte[]? Bytes(ushort id) => Stream(id, BytesType);

    /// <summary>In UTC; null where there is none, or none that a calendar has.</summary>
    public DateTimeOffset? Time(ushort id)
    {
        if (Value(id, TimeType) is not { } value) return null;
        var time = BinaryPrimitives.ReadInt64LittleEndian(value);
        // FILETIME of 1900 to 9999.
        return time is > 94_354_848_000_000_000 and < 2_650_467_744_000_000_000 ? DateTimeOffset.FromFileTime(time).ToUniversalTime() : null;
    }

    public int? Whole(ushort id) => Value(id, WholeType) is { } value ? BinaryPrimitives.ReadInt32LittleEndian(value) : null;

    private string Decoded(byte[] bytes)
    {
        // The code page of the message, else of the mail that it came as.
        var page = Whole(0x3FFD) ?? Whole(0x3FDE);
        try
        {
            return TextDecoder.Decode(bytes.AsSpan().TrimEnd((byte)0), page is > 0 and < 65536 ? Name(page.Value) : null);
        }
        catch (DocumentRejectedException)
        {
            return string.Empty;
        }
    }

    private static string? Name(int page)
    {
        try
        {
            return (CodePagesEncodingProvider.Instance.GetEncoding(page) ?? Encoding.GetEncoding(page)).WebName;
        }
        catch (Exception unknown) when (unknown is ArgumentException or NotSupportedException)
        {
            return null;
        }
    }

    private byte[]? Stream(ushort id, int type) =>
        storage.Children.TryGetValue(string.Create(CultureInfo.InvariantCulture, $"__substg1.0_{id:X4}{type:X4}"), out var entry) && entry.IsStream ? file.Read(entry) : null;

    private byte[]? Value(ushort id, int type)
    {
        for (var at = header; at + EntryBytes <= _table.Length; at += EntryBytes)
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(_table.AsSpan(at)) == ((uint)id << 16 | (uint)type)) return _table[(at + 8)..(at + EntryBytes)];
        }

        return null;
    }
}
