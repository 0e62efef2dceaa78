using System.Globalization;
using System.Text;
using System.Xml;
using DocumentFormat.OpenXml.Packaging;

namespace Serverless.Documents.Office;

/// <summary>What a chart shows (ISO/IEC 29500-1, section 21.2): its title, and as a table a row a category and a column a series, by the values that the file keeps.</summary>
internal sealed class OfficeChart
{
    private const int MaxPoints = 5000;
    private const int MaxSeries = 256;

    private readonly StringBuilder _title = new();
    private readonly List<(StringBuilder Name, SortedDictionary<int, string> Categories, SortedDictionary<int, string> Values)> _series = [];

    public string Title => ExtractedTextBuilder.OneLine(_title.ToString());

    /// <summary>Null where the file keeps no values.</summary>
    public OfficeTable? Table { get; private set; }

    public static OfficeChart Read(ChartPart part, ReadingScope scope)
    {
        var chart = new OfficeChart();
        using var xml = OfficePackage.Xml(part, scope);
        chart.Read(xml, scope);
        chart.Table = chart.Rows(scope);
        return chart;
    }

    private void Read(XmlReader xml, ReadingScope scope)
    {
        var open = new Stack<string>();
        var value = new StringBuilder();
        var point = 0;
        while (xml.Read())
        {
            scope.Check();
            switch (xml.NodeType)
            {
                case XmlNodeType.Element:
                    if (xml.LocalName == "ser" && _series.Count < MaxSeries) _series.Add((new StringBuilder(), [], []));
                    if (xml.LocalName == "pt") point = int.TryParse(xml.GetAttribute("idx"), NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : MaxPoints;
                    if (xml.LocalName is "v" or "t") value.Clear();
                    if (!xml.IsEmptyElement) open.Push(xml.LocalName);
                    break;
                case XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.SignificantWhitespace when open.TryPeek(out var name) && name is "v" or "t":
                    OfficePackage.AppendText(xml, value, scope);
                    break;
                case XmlNodeType.EndElement:
                    var ended = open.TryPop(out var last) ? last : string.Empty;
                    // Axes have titles too.
                    if (ended == "t" && open.Contains("title") && !open.Contains("plotArea")) _title.Append(value);
                    if (ended == "v" && _series.Count > 0) Add(open, point, value.ToString());
                    break;
            }
        }
    }

    private void Add(Stack<string> open, int point, string value)
    {
        var (name, categories, values) = _series[^1];
        if (open.Contains("tx")) name.Append(name.Length > 0 ? " " : "").Append(value);
        // Of categories of several levels the innermost comes first.
        else if (open.Contains("cat") || open.Contains("xVal")) _ = point < MaxPoints && categories.TryAdd(point, value);
        else if ((open.Contains("val") || open.Contains("yVal")) && point < MaxPoints) values[point] = Shown(value);
    }

    // Binary fractions are written in full: 0.30000000000000004.
    private static string Shown(string value) =>
        double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? NumberFormat.General.Show(number) : value;

    private OfficeTable? Rows(ReadingScope scope)
    {
        var points = _series.SelectMany(series => series.Values.Keys).Distinct().Order().ToList();
        if (points.Count == 0) return null;
        scope.CheckText((long)points.Count * _series.Count * 3);
        var categories = _series.Find(series => series.Categories.Count > 0).Categories;
        var table = new OfficeTable();
        AddRow(table, [string.Empty, .. _series.Select(series => series.Name.ToString())]);
        foreach (var point in points)
            AddRow(table, [categories?.GetValueOrDefault(point) ?? string.Empty, .. _series.Select(series => series.Values.GetValueOrDefault(point) ?? string.Empty)]);
        return table;
    }

    private static void AddRow(OfficeTable table, IEnumerable<string> cells)
    {
        table.StartRow();
        foreach (var cell in cells)
        {
            table.StartCell();
            table.Append(cell);
            table.EndCell();
        }
    }
}
