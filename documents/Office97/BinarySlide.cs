namespace Serverless.Documents.Office97;

/// <summary>What is drawn on a slide, or on its notes: titles, texts and tables, in the order in which they lie over one another.</summary>
/// <param name="outline">The texts of its placeholders, which the presentation keeps in one place.</param>
internal sealed class BinarySlide(List<(int Kind, string Text)> outline, bool isNotes, ReadingScope scope)
{
    private const int MostGroups = 64;

    // Shapes that say when and by whom, and which page this is (section 2.13.22).
    private const int FirstRunning = 7, LastRunning = 10;

    // [MS-ODRAW], sections 2.3.4.29, 2.3.4.44.
    private const int TableProperties = 0x039F, ShapeFlags = 0x03BF, IsHidden = 0x0002_0002;

    private readonly List<object> _parts = [];
    private readonly HashSet<int> _shown = [];

    public string? Title { get; private set; }

    public static BinarySlide Read(SlideRecord container, List<(int Kind, string Text)> outline, bool isNotes, ReadingScope scope)
    {
        var slide = new BinarySlide(outline, isNotes, scope);
        if (container.Child(SlideRecords.Drawing) is { } drawing) slide.AddShapes(drawing.Content, 0);
        // What no shape shows: some programs leave the outline as it was written.
        for (var i = 0; i < outline.Count; i++)
        {
            if (!slide._shown.Contains(i)) slide.AddText(outline[i].Kind, outline[i].Text);
        }

        return slide;
    }

    public void AddTo(ExtractedTextBuilder builder)
    {
        foreach (var part in _parts)
        {
            if (part is BinarySlideTable table) table.AddTo(builder);
            else foreach (var line in SlideTexts.Lines((string)part)) builder.AddBlock(line, apart: false);
            builder.AddGap();
        }
    }

    private void AddShapes(ReadOnlyMemory<byte> bytes, int depth)
    {
        if (depth > MostGroups) return;
        foreach (var record in SlideRecord.Read(bytes))
        {
            scope.Check();
            if (record.Type == SlideRecords.Shape) AddShape(record);
            else if (record.Type == SlideRecords.Group && IsTable(record)) AddTable(record);
            // A drawing holds a group of all that is drawn, and that others.
            else if (record.Type is SlideRecords.Group or 0xF002) AddShapes(record.Content, depth + 1);
        }
    }

    private void AddShape(SlideRecord shape)
    {
        if (Property(shape, ShapeFlags) is { } flags && (flags & IsHidden) == IsHidden) return;
        if (shape.Child(SlideRecords.ShapeData)?.Child(SlideRecords.Placeholder) is { Content.Length: > 4 } placeholder && placeholder.Content.Span[4] is >= FirstRunning and <= LastRunning) return;
        foreach (var (kind, text) in Texts(shape)) AddText(kind, text);
    }

    private List<(int Kind, string Text)> Texts(SlideRecord shape)
    {
        if (shape.Child(SlideRecords.TextBox) is not { } box) return [];
        if (box.Child(SlideRecords.OutlineText) is not { } reference) return SlideTexts.Read(SlideRecord.Read(box.Content));
        var at = reference.Whole(0);
        return at >= 0 && at < outline.Count && _shown.Add(at) ? [outline[at]] : [];
    }

    private void AddText(int kind, string text)
    {
        if (string.IsNullOrWhiteSpace(text) || (isNotes && kind != SlideTexts.Notes)) return;
        if (kind is SlideTexts.Title or SlideTexts.CenteredTitle && Title is null) Title = ExtractedTextBuilder.OneLine(text);
        else _parts.Add(text);
    }

    private void AddTable(SlideRecord group)
    {
        var table = new BinarySlideTable();
        foreach (var shape in SlideRecord.Read(group.Content).Where(record => record.Type == SlideRecords.Shape))
        {
            if (shape.Child(SlideRecords.Position) is { Content.Length: >= 16 } position && shape.Child(SlideRecords.TextBox) is not null)
                table.Add(position.Whole(0), position.Whole(4), position.Whole(12), string.Join(' ', Texts(shape).SelectMany(text => SlideTexts.Lines(text.Text))));
        }

        _parts.Add(table);
    }

    // The first shape of a group is its own.
    private static bool IsTable(SlideRecord group) => SlideRecord.Read(group.Content).FirstOrDefault() is { Type: SlideRecords.Shape } own && Property(own, TableProperties) is { } table && (table & 1) != 0;

    private static int? Property(SlideRecord shape, int id)
    {
        foreach (var record in SlideRecord.Read(shape.Content))
        {
            if (record.Type is not (SlideRecords.ShapeProperties or SlideRecords.MoreProperties)) continue;
            for (var i = 0; i < record.Instance && (6 * i) + 6 <= record.Content.Length; i++)
            {
                var entry = record.Content.Span[(6 * i)..];
                if (((entry[0] | (entry[1] << 8)) & 0x3FFF) == id) return record.Whole((6 * i) + 2);
            }
        }

        return null;
    }
}
