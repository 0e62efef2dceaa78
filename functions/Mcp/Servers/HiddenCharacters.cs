using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Serverless.Functions.Mcp.Servers;

/// <summary>
/// Characters that a model reads and a person does not see: controls, formats (zero-width ones, those that turn the direction of writing, tags), private and unassigned ones, and variation selectors beyond those of
/// emoji. Joiners are permitted behind a character of a script or a symbol that they are for.
/// </summary>
internal static class HiddenCharacters
{
    /// <summary>Different ones that are told.</summary>
    public const int MostTold = 16;

    // Latin has no use for joiners.
    private const int LastLatin = 0x02FF;

    /// <summary>Different ones of all texts and names in a value, as <c>U+200B</c>, at most <see cref="MostTold"/>.</summary>
    public static IReadOnlyList<string> In(JsonElement value)
    {
        var found = new List<string>();
        Collect(value, found);
        return found;
    }

    /// <summary>Different ones of a text, in their order.</summary>
    public static IReadOnlyList<string> In(string text)
    {
        var found = new List<string>();
        Collect(text, found);
        return found;
    }

    private static void Collect(JsonElement value, List<string> found)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.String:
                Collect(value.GetString()!, found);
                break;
            case JsonValueKind.Array:
                foreach (var item in value.EnumerateArray()) Collect(item, found);
                break;
            case JsonValueKind.Object:
                foreach (var member in value.EnumerateObject())
                {
                    Collect(member.Name, found);
                    Collect(member.Value, found);
                }

                break;
        }
    }

    private static void Collect(string text, List<string> found)
    {
        ArgumentNullException.ThrowIfNull(text);
        var before = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            // A half of a pair is read as the replacement character, which is seen.
            if (found.Count < MostTold && IsHidden(rune, before))
            {
                var told = string.Create(CultureInfo.InvariantCulture, $"U+{rune.Value:X4}");
                if (!found.Contains(told)) found.Add(told);
            }

            before = rune.Value;
        }
    }

    private static bool IsHidden(Rune rune, int before) => rune.Value switch
    {
        '\n' or '\r' or '\t' => false,
        0x200C or 0x200D => before <= LastLatin,
        0xFE0E or 0xFE0F => before <= LastLatin && before is not ('#' or '*' or (>= '0' and <= '9') or 0xA9 or 0xAE),
        (>= 0xFE00 and <= 0xFE0D) or (>= 0xE0100 and <= 0xE01EF) or 0x034F or 0x115F or 0x1160 or 0x3164 or 0xFFA0 or 0x2800 => true,
        _ => Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator,
    };
}
