using System.Globalization;
using System.Text;
using System.Xml;
using DocumentFormat.OpenXml.Packaging;
using Serverless.Documents.Signs;

namespace Serverless.Documents.Office;

/// <summary>
/// The numbers of paragraphs (ISO/IEC 29500-1, section 17.9), which Word counts when it shows a document: a step's, a clause's, a heading's. Bullets are none.
/// For paragraphs in the order of the document.
/// </summary>
internal sealed class WordNumbers
{
    private const int Levels = 9;

    private readonly Dictionary<string, Level[]> _lists = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Numbering> _numberings = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int?[]> _counts = new(StringComparer.Ordinal);

    public static WordNumbers Read(MainDocumentPart main, ReadingScope scope)
    {
        var numbers = new WordNumbers();
        if (main.NumberingDefinitionsPart is not { } part) return numbers;
        using var xml = OfficePackage.Xml(part, scope);
        numbers.Read(xml);
        return numbers;
    }

    /// <summary>Adds a list.</summary>
    /// <param name="levels">At most nine; each number in a text is a % and its level from 1.</param>
    public void AddList(string id, IEnumerable<(int Start, string Format, string Text, bool IsLegal)> levels)
    {
        Level[] list = [.. levels.Take(Levels).Select(level => new Level { Start = level.Start, Format = level.Format, Text = level.Text, IsLegal = level.IsLegal })];
        _lists[id] = [.. list, .. Enumerable.Range(list.Length, Levels - list.Length).Select(_ => new Level())];
    }

    /// <summary>Adds what paragraphs name to be items of a list.</summary>
    /// <param name="starts">Numbers to begin with in place of the list's own, by levels from 0.</param>
    public void AddNumbering(string id, string list, IEnumerable<(int Level, int Start)> starts)
    {
        _numberings[id] = new Numbering { List = list };
        foreach (var (level, start) in starts)
        {
            if (level is >= 0 and < Levels) _numberings[id].Starts[level] = start;
        }
    }

    /// <summary>The next paragraph's number as it is shown; null for a bullet or none.</summary>
    /// <param name="numbering">Its numId.</param>
    /// <param name="level">From 0; null for that of its style.</param>
    public string? Next(string? numbering, int? level, string? style)
    {
        if (numbering is null || !_numberings.TryGetValue(numbering, out var found) || !_lists.TryGetValue(found.List, out var levels)) return null;
        var at = level ?? Math.Max(0, style is null ? 0 : Array.FindIndex(levels, l => l.Style == style));
        if (at >= Levels) return null;
        if (!_counts.TryGetValue(found.List, out var counts)) _counts[found.List] = counts = new int?[Levels];
        // Once for each numbering: another list that looks like the last begins anew.
        if (found.Starts[at] is { } start && found.Begun.Add(at)) counts[at] = start;
        else counts[at] = counts[at] is { } count ? unchecked(count + 1) : levels[at].Start;
        for (var i = 0; i < at; i++) counts[i] ??= found.Starts[i] ?? levels[i].Start;
        for (var i = at + 1; i < Levels; i++) counts[i] = null;
        return Show(levels, counts, at);
    }

    private static string? Show(Level[] levels, int?[] counts, int at)
    {
        var (level, shown) = (levels[at], new StringBuilder());
        if (level.Format is "bullet" or "none") return null;
        for (var i = 0; i < level.Text.Length; i++)
        {
            if (level.Text[i] == '%' && i + 1 < level.Text.Length && level.Text[i + 1] is >= '1' and <= '9' and var digit)
            {
                var of = digit - '1';
                if (counts[of] is { } count) shown.Append(Written(count, level.IsLegal ? "decimal" : levels[of].Format));
                i++;
                continue;
            }

            shown.Append(level.Text[i]);
        }

        return string.IsNullOrWhiteSpace(shown.ToString()) ? null : shown.ToString().Trim();
    }

    private static string Written(int number, string format) => format switch
    {
        "lowerLetter" => NumberSigns.Letters(number, 'a'),
        "upperLetter" => NumberSigns.Letters(number, 'A'),
        "lowerRoman" => NumberSigns.Roman(number).ToLowerInvariant(),
        "upperRoman" => NumberSigns.Roman(number),
        "decimalZero" => number.ToString("00", CultureInfo.InvariantCulture),
        "bullet" or "none" => "",
        _ => NumberSigns.Figures(number),
    };

    private void Read(XmlReader xml)
    {
        Level[]? list = null;
        Level? level = null;
        Numbering? numbering = null;
        int? overridden = null;
        while (xml.Read())
        {
            var value = xml.NodeType == XmlNodeType.Element ? WordText.Attribute(xml, "val") : null;
            switch (xml.NodeType == XmlNodeType.Element ? xml.LocalName : null)
            {
                case "abstractNum" when WordText.Attribute(xml, "abstractNumId") is { } id:
                    _lists[id] = list = [.. Enumerable.Range(0, Levels).Select(_ => new Level())];
                    numbering = null;
                    break;
                case "num" when WordText.Attribute(xml, "numId") is { } id:
                    (list, level) = (null, null);
                    _numberings[id] = numbering = new Numbering();
                    break;
                case "abstractNumId" when numbering is not null && value is not null:
                    numbering.List = value;
                    break;
                case "lvl" when list is not null:
                    level = Whole(WordText.Attribute(xml, "ilvl")) is >= 0 and < Levels and var at ? list[at] : null;
                    break;
                case "lvlOverride":
                    overridden = Whole(WordText.Attribute(xml, "ilvl"));
                    break;
                case "startOverride" when numbering is not null && overridden is >= 0 and < Levels:
                    numbering.Starts[overridden.Value] = Whole(value);
                    break;
                case "start" when level is not null:
                    level.Start = Whole(value) ?? level.Start;
                    break;
                case "numFmt" when level is not null:
                    level.Format = value ?? level.Format;
                    break;
                case "lvlText" when level is not null:
                    level.Text = value ?? level.Text;
                    break;
                case "pStyle" when level is not null:
                    level.Style = value;
                    break;
                case "isLgl" when level is not null:
                    level.IsLegal = WordStyles.IsOn(value);
                    break;
            }
        }
    }

    private static int? Whole(string? text) => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    private sealed class Level
    {
        public int Start { get; set; }

        public string Format { get; set; } = "decimal";

        public string Text { get; set; } = "";

        public string? Style { get; set; }

        /// <summary>All levels' numbers are written in figures.</summary>
        public bool IsLegal { get; set; }
    }

    private sealed class Numbering
    {
        public string List { get; set; } = "";

        public int?[] Starts { get; } = new int?[Levels];

        public HashSet<int> Begun { get; } = [];
    }
}
