using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Serverless.GpuWorker.Tests.Model;

/// <summary>Spoils JSON the way that accidents and attackers do; reproducible by the generator that is handed in.</summary>
internal static partial class Mutation
{
    private static readonly string[] Values =
    [
        "0", "-1", "1", "8", "4096", "2147483647", "2147483648", "-9223372036854775808", "9223372036854775807", "18446744073709551616", "1e99", "1.5", "null", "true", "[]", "{}", "\"\"",
        "\"..\"", "\"../model.safetensors\"", "\"/etc/passwd\"", "\"a\\u0000b\"", "\"\\ud800\"", "\"F16\"", "\"I64\"", "[[[[[[[[[[1]]]]]]]]]]",
    ];

    /// <summary>One to three faults.</summary>
    public static byte[] Of(byte[] json, Random random)
    {
        for (int fault = random.Next(3); fault >= 0; fault--)
            json = random.Next(6) switch
            {
                0 => WithByte(json, random),
                1 => [.. json[..random.Next(json.Length)], .. json[random.Next(json.Length)..]],
                2 => json[..random.Next(json.Length)],
                _ => WithValue(json, random),
            };

        return json;
    }

    private static byte[] WithByte(byte[] json, Random random)
    {
        byte[] copy = json.Length == 0 ? [0] : [.. json];
        copy[random.Next(copy.Length)] = (byte)random.Next(256);
        return copy;
    }

    /// <summary>Another value in place of a number or a string, a name included.</summary>
    private static byte[] WithValue(byte[] json, Random random)
    {
        string text = Encoding.Latin1.GetString(json);
        var tokens = Token().Matches(text);
        if (tokens.Count == 0)
            return json;

        var token = tokens[random.Next(tokens.Count)];
        string value = random.Next(3) == 0 ? tokens[random.Next(tokens.Count)].Value : Values[random.Next(Values.Length)];
        if (long.TryParse(token.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) && random.Next(2) == 0)
            value = (number + random.Next(-4, 5)).ToString(CultureInfo.InvariantCulture);

        return Encoding.Latin1.GetBytes(text[..token.Index] + value + text[(token.Index + token.Length)..]);
    }

    [GeneratedRegex("\"[^\"]*\"|-?[0-9]+(\\.[0-9]+)?(E-?[0-9]+)?")]
    private static partial Regex Token();
}
