namespace Serverless.Documents.Office97;

/// <summary>What is read of a character's format ([MS-DOC], section 2.6.1).</summary>
internal sealed record CharacterFormat
{
    // Half points, as of newer documents.
    private const int LeastSize = 5;

    public static CharacterFormat Plain { get; } = new();

    public bool IsDeleted { get; set; }

    public bool IsHidden { get; set; }

    /// <summary>Whether it stands for something else than itself: a picture, a note.</summary>
    public bool IsSpecial { get; set; }

    public bool IsRaised { get; set; }

    public bool IsLowered { get; set; }

    public bool IsStruck { get; set; }

    /// <summary>The number of its font; null for its style's.</summary>
    public int? Font { get; set; }

    /// <summary>The sign that it stands for, of that font.</summary>
    public int? Symbol { get; set; }

    /// <param name="style">What its paragraph's style says.</param>
    /// <param name="hides">Whether a style of characters hides what has it.</param>
    public static CharacterFormat Read(ReadOnlySpan<byte> changes, CharacterFormat style, Func<int, bool> hides)
    {
        if (changes.IsEmpty) return style;
        var format = style with { };
        var modifiers = new WordModifiers(changes);
        while (modifiers.Next())
        {
            switch (modifiers.Code)
            {
                case 0x0800:
                    format.IsDeleted = modifiers.Value != 0;
                    break;
                case 0x0837:
                    format.IsStruck = modifiers.IsOn(style.IsStruck);
                    break;
                case 0x2A53:
                    format.IsStruck = modifiers.Value != 0;
                    break;
                case 0x083C:
                    format.IsHidden = modifiers.IsOn(style.IsHidden);
                    break;
                case 0x0855:
                    format.IsSpecial = modifiers.Value != 0;
                    break;
                case 0x4A30:
                    format.IsHidden |= hides(modifiers.Value);
                    break;
                case 0x4A43:
                    format.IsHidden |= modifiers.Value < LeastSize;
                    break;
                case 0x2A48:
                    (format.IsRaised, format.IsLowered) = (modifiers.Value == 1, modifiers.Value == 2);
                    break;
                case 0x4A4F:
                    format.Font = modifiers.Value;
                    break;
                case 0x6A09:
                    (format.Font, format.Symbol) = (modifiers.Value & 0xFFFF, (modifiers.Value >> 16) & 0xFFFF);
                    break;
            }
        }

        return format;
    }
}
