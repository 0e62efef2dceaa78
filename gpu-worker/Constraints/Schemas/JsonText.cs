using System.Text;
using System.Text.Json;

namespace Serverless.GpuWorker.Constraints.Schemas;

/// <summary>How fixed parts of a document are written: without spaces, and characters as they are but for those that RFC 8259, section 7, has escaped.</summary>
internal static class JsonText
{
    public static byte[] Of(JsonElement value)
    {
        var text = new StringBuilder();
        Write(value, text);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    public static byte[] Of(string value)
    {
        var text = new StringBuilder();
        Write(value, text);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static void Write(JsonElement value, StringBuilder text)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                text.Append('{');
                foreach (var member in value.EnumerateObject())
                {
                    Separate(text, '{');
                    Write(member.Name, text);
                    text.Append(':');
                    Write(member.Value, text);
                }
                text.Append('}');
                break;
            case JsonValueKind.Array:
                text.Append('[');
                foreach (var item in value.EnumerateArray())
                {
                    Separate(text, '[');
                    Write(item, text);
                }
                text.Append(']');
                break;
            case JsonValueKind.String:
                Write(value.GetString()!, text);
                break;
            default:
                text.Append(value.GetRawText());
                break;
        }
    }

    private static void Separate(StringBuilder text, char opened)
    {
        if (text[^1] != opened)
            text.Append(',');
    }

    private static void Write(string value, StringBuilder text)
    {
        text.Append('"');
        foreach (char character in value)
        {
            if (character is '"' or '\\')
                text.Append('\\').Append(character);
            else if (character >= ' ')
                text.Append(character);
            else if ("\b\t\n\f\r".IndexOf(character, StringComparison.Ordinal) is >= 0 and var letter)
                text.Append('\\').Append("btnfr"[letter]);
            else
                text.Append("\\u00").Append(((int)character).ToString("x2", System.Globalization.CultureInfo.InvariantCulture));
        }
        text.Append('"');
    }
}
