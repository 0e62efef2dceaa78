using System.Xml;

namespace Serverless.Documents.OpenDocument;

/// <summary>The lists that are open, and the numbers of their items. For elements in the order of the document.</summary>
internal sealed class OpenDocumentLists(OpenDocumentStyles styles)
{
    private readonly List<Open> _open = [];
    private readonly Dictionary<string, int> _last = new(StringComparer.Ordinal);
    private readonly List<int> _headings = [];
    private string? _lastOutermost;

    /// <summary>Whether what is read stands in a list.</summary>
    public bool IsIn => _open.Count > 0;

    public void StartList(XmlReader xml)
    {
        var style = OpenDocumentStyles.Attribute(xml, "style-name") ?? (_open.Count > 0 ? _open[^1].Style : null);
        var list = new Open(OpenDocumentStyles.Attribute(xml, "id"), style);
        // Which list it goes on from is told by name, or it is the one before.
        var before = OpenDocumentStyles.Attribute(xml, "continue-list") ?? (OpenDocumentStyles.Attribute(xml, "continue-numbering") == "true" ? _lastOutermost : null);
        if (before is not null && _last.TryGetValue(before, out var count)) list.Count = count;
        _open.Add(list);
    }

    public void EndList()
    {
        if (_open.Count == 0) return;
        var list = _open[^1];
        _open.RemoveAt(_open.Count - 1);
        if (list.Count is not { } count) return;
        if (list.Id is not null && _last.Count < 65_536) _last[list.Id] = count;
        if (_open.Count > 0) return;
        _lastOutermost = list.Style ?? string.Empty;
        _last[_lastOutermost] = count;
    }

    /// <summary>An item begins; its first paragraph has its number.</summary>
    public void StartItem(XmlReader xml)
    {
        if (_open.Count == 0) return;
        var list = _open[^1];
        list.Start = OpenDocumentStyles.Whole(xml, "start-value");
        list.IsWaiting = true;
    }

    /// <summary>The number of the paragraph that begins, or null.</summary>
    /// <param name="style">The paragraph's own, which may name a list style.</param>
    public string? Next(string? style)
    {
        if (_open.Count == 0 || !_open[^1].IsWaiting) return null;
        var list = _open[^1];
        list.IsWaiting = false;
        var levels = styles.Levels(list.Style ?? styles.List(style));
        list.Count = list.Start ?? (list.Count is { } count ? count + 1 : levels?[Math.Min(_open.Count, ListLevel.Most) - 1]?.Start ?? 1);
        return levels is null ? null : ListLevel.Show(levels, [.. _open.Select(open => open.Count ?? 1)]);
    }

    /// <summary>The number of the heading that begins, or null.</summary>
    /// <param name="level">From 1.</param>
    public string? NextHeading(int level)
    {
        if (styles.Outline is not { } outline || level > ListLevel.Most) return null;
        while (_headings.Count < level) _headings.Add((outline[_headings.Count]?.Start ?? 1) - 1);
        _headings.RemoveRange(level, _headings.Count - level);
        _headings[^1]++;
        return ListLevel.Show(outline, _headings);
    }

    private sealed record Open(string? Id, string? Style)
    {
        public int? Count { get; set; }

        public int? Start { get; set; }

        public bool IsWaiting { get; set; }
    }
}
