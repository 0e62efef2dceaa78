using System.Globalization;
using Serverless.Documents.Signs;

namespace Serverless.Documents.Office;

/// <summary>Counts the numbered paragraphs of a shape as PowerPoint does (ISO/IEC 29500-1, section 21.1.2.4.1): each level goes on from the paragraph before it at that level, unless a higher one or one without a number stands between.</summary>
internal sealed class SlideNumbers
{
    private const int Levels = 9;

    private readonly int[] _next = new int[Levels];
    private readonly string?[] _types = new string?[Levels];
    private int _level;
    private string? _type;
    private int _startAt;

    public void StartShape()
    {
        Array.Clear(_next);
        Array.Clear(_types);
        EndParagraph();
    }

    /// <param name="level">From 0; null for the outermost.</param>
    public void StartParagraph(string? level)
    {
        EndParagraph();
        _level = int.TryParse(level, NumberStyles.None, CultureInfo.InvariantCulture, out var given) && given < Levels ? given : 0;
    }

    /// <param name="type">As the format names it: arabicPeriod, alphaLcParenR...</param>
    public void Numbered(string? type, string? startAt)
    {
        _type = type ?? "arabicPeriod";
        _startAt = int.TryParse(startAt, NumberStyles.None, CultureInfo.InvariantCulture, out var given) ? given : 1;
    }

    /// <summary>What stands before the paragraph's text: its number and a space, or nothing.</summary>
    public string Next()
    {
        Array.Clear(_types, _level + 1, Levels - _level - 1);
        if (_type is null)
        {
            _types[_level] = null;
            return string.Empty;
        }

        var kind = $"{_type} {_startAt}";
        if (_types[_level] != kind) (_types[_level], _next[_level]) = (kind, _startAt);
        return Written(_next[_level]++, _type) + " ";
    }

    public void EndParagraph() => (_level, _type) = (0, null);

    private static string Written(int number, string type)
    {
        var sign = type.StartsWith("alphaLc", StringComparison.Ordinal) ? NumberSigns.Letters(number, 'a')
            : type.StartsWith("alphaUc", StringComparison.Ordinal) ? NumberSigns.Letters(number, 'A')
            : type.StartsWith("romanLc", StringComparison.Ordinal) ? NumberSigns.Roman(number).ToLowerInvariant()
            : type.StartsWith("romanUc", StringComparison.Ordinal) ? NumberSigns.Roman(number)
            : NumberSigns.Figures(number);
        if (type.EndsWith("ParenBoth", StringComparison.Ordinal)) return $"({sign})";
        return type.EndsWith("ParenR", StringComparison.Ordinal) ? sign + ")" : type.EndsWith("Plain", StringComparison.Ordinal) ? sign : sign + ".";
    }
}
