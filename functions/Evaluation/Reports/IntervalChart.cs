using System.Globalization;
using System.Net;
using System.Text;
using Serverless.Functions.Evaluation.Metrics;

namespace Serverless.Functions.Evaluation.Reports;

/// <summary>A figure of several routes as points with their intervals, in SVG without style attributes: classes only, as the page's policy asks.</summary>
internal static class IntervalChart
{
    private const int Left = 220;
    private const int Width = 760;
    private const int Row = 26;
    private const int Right = 70;

    /// <param name="zero">Whether a line stands at 0, for differences.</param>
    public static string Write(string title, IReadOnlyList<(string Label, Estimate Estimate)> rows, bool zero = false)
    {
        if (rows.Count == 0) return "";
        var low = Math.Min(0, rows.Min(row => row.Estimate.Low));
        var high = rows.Max(row => row.Estimate.High);
        if (!zero && high is > 0.2 and <= 1) high = 1;
        if (high <= low) high = low + 1;
        var height = (rows.Count * Row) + 30;
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"<svg class=\"chart\" viewBox=\"0 0 {Width} {height}\" role=\"img\" aria-label=\"{WebUtility.HtmlEncode(title)}\"><title>{WebUtility.HtmlEncode(title)}</title>");
        foreach (var tick in Enumerable.Range(0, 5).Select(i => low + ((high - low) * i / 4)))
            svg.Append(CultureInfo.InvariantCulture, $"<line class=\"grid\" x1=\"{X(tick):F1}\" x2=\"{X(tick):F1}\" y1=\"4\" y2=\"{height - 22}\"/><text class=\"tick\" x=\"{X(tick):F1}\" y=\"{height - 6}\">{Figure.Short(tick)}</text>");
        if (zero) svg.Append(CultureInfo.InvariantCulture, $"<line class=\"zero\" x1=\"{X(0):F1}\" x2=\"{X(0):F1}\" y1=\"4\" y2=\"{height - 22}\"/>");
        for (var i = 0; i < rows.Count; i++)
        {
            var (label, estimate) = rows[i];
            var y = (i * Row) + 18;
            svg.Append(CultureInfo.InvariantCulture, $"<text class=\"label\" x=\"{Left - 10}\" y=\"{y + 4}\">{WebUtility.HtmlEncode(label.Length > 32 ? label[..31] + "…" : label)}</text>");
            svg.Append(CultureInfo.InvariantCulture, $"<line class=\"range\" x1=\"{X(estimate.Low):F1}\" x2=\"{X(estimate.High):F1}\" y1=\"{y}\" y2=\"{y}\"/><circle class=\"point\" cx=\"{X(estimate.Value):F1}\" cy=\"{y}\" r=\"5\"/>");
            svg.Append(CultureInfo.InvariantCulture, $"<text class=\"value\" x=\"{Width - Right + 8}\" y=\"{y + 4}\">{Figure.Short(estimate.Value)}</text>");
        }

        return svg.Append("</svg>").ToString();

        double X(double value) => Left + ((value - low) / (high - low) * (Width - Left - Right));
    }
}
