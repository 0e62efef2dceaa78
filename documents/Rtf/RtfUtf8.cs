using System.Buffers;
using System.Globalization;
using System.Text;

namespace Serverless.Documents.Rtf;

/// <summary>RTF is of seven bits. Programs that paste their own text into a template write UTF-8 into it all the same, which would be read as the letters of the code page that the template names.</summary>
internal static class RtfUtf8
{
    /// <summary>With each character of UTF-8 as RTF's own escape for it; as it is where its bytes are of a code page, or hold data.</summary>
    public static ReadOnlyMemory<byte> Escape(ReadOnlyMemory<byte> rtf)
    {
        var bytes = rtf.Span;
        if (!bytes.ContainsAnyInRange((byte)0x80, (byte)0xFF) || bytes.IndexOf("\\bin"u8) >= 0 || !System.Text.Unicode.Utf8.IsValid(bytes)) return rtf;
        var escaped = new ArrayBufferWriter<byte>(bytes.Length * 2);
        while (!bytes.IsEmpty)
        {
            var plain = bytes.IndexOfAnyInRange((byte)0x80, (byte)0xFF);
            if (plain < 0) plain = bytes.Length;
            escaped.Write(bytes[..plain]);
            bytes = bytes[plain..];
            if (bytes.IsEmpty || Rune.DecodeFromUtf8(bytes, out var rune, out var length) != OperationStatus.Done) break;
            escaped.Write(Encoding.ASCII.GetBytes($"{{\\uc0{string.Concat(rune.ToString().Select(unit => string.Create(CultureInfo.InvariantCulture, $"\\u{(short)unit}")))}}}"));
            bytes = bytes[length..];
        }

        return escaped.WrittenMemory;
    }
}
