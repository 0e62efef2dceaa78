using System.Text;

namespace Serverless.Documents.Office97;

/// <summary>Texts of shapes, each with its kind ([MS-PPT], section 2.9.36).</summary>
internal static class SlideTexts
{
    public const int Title = 0, Notes = 2, CenteredTitle = 6;

    // Most texts say it; one that does not is a box of its own.
    private const int Other = 4;

    /// <summary>Those that follow one another, from kind to kind.</summary>
    public static List<(int Kind, string Text)> Read(IEnumerable<SlideRecord> records)
    {
        var texts = new List<(int Kind, string Text)>();
        int? kind = null;
        foreach (var record in records)
        {
            switch (record.Type)
            {
                case SlideRecords.TextKind:
                    // One without a text still has its place among them.
                    if (kind is { } empty) texts.Add((empty, string.Empty));
                    kind = record.Whole(0);
                    break;
                case SlideRecords.WideText or SlideRecords.NarrowText:
                    texts.Add((kind ?? Other, Text(record)));
                    kind = null;
                    break;
            }
        }

        if (kind is { } last) texts.Add((last, string.Empty));
        return texts;
    }

    /// <summary>The paragraphs of a text.</summary>
    public static IEnumerable<string> Lines(string text) => text.Split('\r').Select(line => line.Replace('\v', '\n').Trim()).Where(line => line.Length > 0);

    private static string Text(SlideRecord record)
    {
        var bytes = record.Content.Span;
        var text = (record.Type == SlideRecords.WideText ? Encoding.Unicode : Encoding.Latin1).GetString(bytes);
        return ExtractedTextBuilder.WithoutHalfPairs(string.Concat(text.Where(c => c is '\r' or '\v' or '\t' || !char.IsControl(c))));
    }
}
