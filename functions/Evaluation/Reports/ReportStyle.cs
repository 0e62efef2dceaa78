namespace Serverless.Functions.Evaluation.Reports;

/// <summary>The page's style, light and dark.</summary>
internal static class ReportStyle
{
    public const string Css = """
        :root { color-scheme: light dark; --back: #fff; --text: #1c1c1e; --soft: #5b5f66; --line: #d8dbe0; --mark: #0b63ce; --bad: #b3261e; --band: #f4f6f8; }
        @media (prefers-color-scheme: dark) { :root { --back: #15171a; --text: #e8eaed; --soft: #a3a9b2; --line: #363b42; --mark: #7ab4ff; --bad: #ff8a80; --band: #1e2126; } }
        body { background: var(--back); color: var(--text); font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 1100px; padding: 24px; }
        h1 { font-size: 24px; margin: 0 0 4px; } h2 { font-size: 18px; margin: 32px 0 8px; } h3 { font-size: 15px; margin: 20px 0 4px; }
        p { margin: 4px 0; } .soft { color: var(--soft); } .bad { color: var(--bad); }
        .scroll { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
        th, td { border-bottom: 1px solid var(--line); padding: 4px 10px 4px 0; text-align: left; vertical-align: top; }
        tbody tr:nth-child(even) { background: var(--band); } td.text { max-width: 420px; white-space: pre-wrap; }
        .chart { display: block; height: auto; max-width: 760px; width: 100%; } .chart text { fill: var(--text); font-size: 13px; }
        .chart .label { text-anchor: end; } .chart .tick { fill: var(--soft); font-size: 11px; text-anchor: middle; }
        .grid { stroke: var(--line); } .zero { stroke: var(--soft); stroke-dasharray: 4 3; } .range { stroke: var(--mark); stroke-linecap: round; stroke-width: 4; opacity: .45; } .point { fill: var(--mark); }
        """;
}
