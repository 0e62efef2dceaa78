using System.Globalization;
using System.Net;
using System.Text;
using Serverless.Functions.Evaluation.Runs;

namespace Serverless.Functions.Evaluation.Reports;

/// <summary>A run as a page: what was asked, charts and tables by route, comparisons, the worst questions, and every question.</summary>
internal static class ReportPage
{
    private const int Worst = 20;

    public static string Write(RunReport report, string nonce)
    {
        var (run, status) = (report.Run, report.Status);
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $"<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>{Text(run.Name)} {run.Version}</title><style nonce=\"{nonce}\">{ReportStyle.Css}</style></head><body><main>");
        page.Append(CultureInfo.InvariantCulture, $"<h1>{Text(run.Name)}, run {run.Version}</h1><p class=\"soft\">{status.State.ToString().ToLowerInvariant()} · {run.Questions} questions from {Text(run.QuestionsFrom)} (SHA-256 {run.QuestionsHash[..12]}…) · {run.Routes.Count} routes · {run.CreatedAt:u}</p>");
        if (status.Error is { } error) page.Append(CultureInfo.InvariantCulture, $"<p class=\"bad\">{Text(error)}</p>");
        foreach (var changed in report.Summary.ChangedMeanwhile) page.Append(CultureInfo.InvariantCulture, $"<p class=\"bad\">Changed while the run went: {Text(changed)}.</p>");

        page.Append("<h2>Routes</h2>");
        Table(page, ["Route", "Answered", "Errors", "p50, ms", "p95, ms", "First token p50, ms", "Prompt tokens", "Completion tokens", "Cost, US dollars"], report.Summary.Routes.Select(Row));
        foreach (var codes in report.Summary.Routes.Where(route => route.Errors > 0))
            page.Append(CultureInfo.InvariantCulture, $"<p class=\"bad\">{Text(codes.Route)}: {Text(string.Join(", ", codes.ErrorCodes.Select(code => $"{code.Key} {code.Value}")))}</p>");
        page.Append("<h2>Figures</h2><p class=\"soft\">Means over the answered questions that a figure applies to, with 95 % bootstrap intervals.</p>");
        foreach (var (name, label) in Labels(run.K)) page.Append(Chart(label, name, report.Summary));

        Comparisons(page, "Routes compared", report.Summary.Comparisons);
        if (report.Other is { } other)
        {
            if (report.SameQuestions == true) Comparisons(page, $"Against {other.Name}, run {other.Version}", report.Against);
            else page.Append(CultureInfo.InvariantCulture, $"<h2>Against {Text(other.Name)}, run {other.Version}</h2><p class=\"bad\">The two runs asked different questions: they cannot be compared.</p>");
        }

        for (var i = 0; i < run.Routes.Count; i++) Questions(page, report, i);
        Parameters(page, report);
        return page.Append("</main></body></html>").ToString();
    }

    private static IEnumerable<(string Name, string Label)> Labels(int k) =>
    [
        .. EvaluationMetrics.All.Where(metric => metric.HigherIsBetter).Select(metric => (metric.Name, metric.Label.Replace("@k", FormattableString.Invariant($"@{k}"), StringComparison.Ordinal))),
        (EvaluationMetrics.RefusalPrecision, "Refusal precision"),
        (EvaluationMetrics.RefusalRecall, "Refusal recall"),
        .. EvaluationMetrics.All.Where(metric => !metric.HigherIsBetter).Select(metric => (metric.Name, metric.Label)),
    ];

    private static string[] Row(RouteSummary route) =>
    [
        route.Route, Number(route.Answered), Number(route.Errors), Figure.Of(route.Latency?.P50Ms), Figure.Of(route.Latency?.P95Ms), Figure.Of(route.Latency?.FirstTokenP50Ms),
        Number(route.PromptTokens), Number(route.CompletionTokens), Figure.Of((double?)route.CostUsd) + (route.Unpriced > 0 ? $" ({route.Unpriced} unpriced)" : ""),
    ];

    private static string Chart(string label, string name, RunSummary summary)
    {
        var rows = summary.Routes.Where(route => route.Metrics.ContainsKey(name)).Select(route => (route.Route, route.Metrics[name])).ToList();
        return rows.Count == 0 ? "" : $"<h3>{Text(label)}</h3>" + IntervalChart.Write(label, rows);
    }

    private static void Comparisons(StringBuilder page, string title, IReadOnlyList<RouteComparison> comparisons)
    {
        foreach (var comparison in comparisons)
        {
            page.Append(CultureInfo.InvariantCulture, $"<h2>{Text(title)}: {Text(comparison.Second)} less {Text(comparison.First)}</h2>");
            var quality = EvaluationMetrics.All.Where(metric => metric.HigherIsBetter && comparison.Metrics.ContainsKey(metric.Name)).Select(metric => (metric.Label, comparison.Metrics[metric.Name].Difference)).ToList();
            page.Append(IntervalChart.Write($"Differences, {comparison.Second} less {comparison.First}", quality, zero: true));
            Table(
                page, ["Figure", "Difference, 95 %", "p", "Questions higher", "lower", "equal"],
                EvaluationMetrics.All.Where(metric => comparison.Metrics.ContainsKey(metric.Name)).Select(metric => (metric.Label, Paired: comparison.Metrics[metric.Name]))
                    .Select(row => (string[])[row.Label, Figure.Of(row.Paired.Difference), Figure.Short(row.Paired.P), Number(row.Paired.Higher), Number(row.Paired.Lower), Number(row.Paired.Equal)]));
        }
    }

    private static void Questions(StringBuilder page, RunReport report, int route)
    {
        var (results, answers) = (report.Results[route], report.Answers[route].ToDictionary(answer => answer.Number));
        page.Append(CultureInfo.InvariantCulture, $"<h2>{Text(report.Run.Routes[route].Reference)}: the worst questions</h2>");
        var worst = results.Where(result => Score(result) < 1).OrderBy(Score).ThenBy(result => result.Number).Take(Worst).ToList();
        if (worst.Count == 0) page.Append("<p class=\"soft\">None: every question has the best figures.</p>");
        else Table(page, Headings(answers.Count > 0), worst.Select(result => Cells(result, answers)));
        page.Append(CultureInfo.InvariantCulture, $"<h2>{Text(report.Run.Routes[route].Reference)}: every question</h2>");
        Table(page, Headings(answers.Count > 0), results.Select(result => Cells(result, answers)));
    }

    /// <summary>Errors are worst; then by the mean of what a question is judged by.</summary>
    internal static double Score(QuestionResult result)
    {
        if (result.Error is not null) return -1;
        double?[] figures = result.Answerable
            ? [result.Recall, result.ReciprocalRank, result.Containment, result.CitationPrecision, result.Refused == true ? 0 : null]
            : [result.Refused == true ? 1 : 0];
        return figures.OfType<double>().DefaultIfEmpty(1).Average();
    }

    private static string[] Headings(bool kept) =>
        ["Question", "Kind", "Recall", "1 / rank", "nDCG", "Contained", "F1", "Citations", "Refused", "ms", "Tokens", "Error", .. kept ? (string[])["Asked", "Answered"] : []];

    private static string[] Cells(QuestionResult result, Dictionary<int, KeptAnswer> answers)
    {
        string[] figures =
        [
            result.Id, result.Kind ?? "", Figure.Of(result.Recall), Figure.Of(result.ReciprocalRank), Figure.Of(result.Ndcg), Figure.Of(result.Containment), Figure.Of(result.TokenF1), Figure.Of(result.CitationPrecision),
            result.Refused is { } refused ? refused ? "yes" : "no" : "", Figure.Of(result.LatencyMs), result.PromptTokens + result.CompletionTokens is { } tokens ? Number(tokens) : "", result.Error ?? "",
        ];
        return answers.Count == 0 ? figures : [.. figures, .. answers.TryGetValue(result.Number, out var kept) ? (string[])[kept.Question, kept.Answer ?? ""] : ["", ""]];
    }

    private static void Parameters(StringBuilder page, RunReport report)
    {
        var run = report.Run;
        page.Append("<h2>Parameters</h2>");
        Table(
            page, ["Route", "Type", "Collection", "Retrieval", "Rerank", "Floors", "Passages", "Context tokens", "Prompts, SHA-256", "Models"],
            run.Routes.Select(route => (string[])
            [
                route.Reference, route.Type, route.Collection ?? "", route.Retrieval ?? "", Rerank(route), Floors(route), route.TopK is { } top ? Number(top) : "", route.MaxContextTokens is { } most ? Number(most) : "",
                route.PromptHash?[..12] ?? "", string.Join(", ", route.StandsOn.Select(model => $"{model.Reference} ({model.Provider} {model.Model})")),
            ]));
        page.Append(CultureInfo.InvariantCulture, $"<p class=\"soft\">k {run.K}, seed {run.Seed}, temperature {Text(run.Temperature is { } heat ? Figure.Short(heat) : "of the route")}, {run.Concurrency} batches at a time, id {run.Id}.</p>");
        foreach (var (collection, hash) in report.Summary.Collections) page.Append(CultureInfo.InvariantCulture, $"<p class=\"soft\">Collection {Text(collection)} at {Text(hash[..12])}…</p>");
    }

    private static string Rerank(EvaluatedRoute route) => route.Rerank is { } rerank ? $"{rerank.Candidates} by {rerank.Route}" : route.IsAnswers ? "none" : "";

    /// <summary>Below which a route refuses, where it says so itself.</summary>
    private static string Floors(EvaluatedRoute route)
    {
        if (!route.IsAnswers) return "";
        var similarity = route.RelevanceFloor is { } least ? $"similarity {Figure.Short(least)}" : "as measured";
        return route.Rerank?.Floor is { } score ? $"rerank {Figure.Short(score)}, {similarity}" : similarity;
    }

    private static void Table(StringBuilder page, string[] headings, IEnumerable<string[]> rows)
    {
        page.Append("<div class=\"scroll\"><table><thead><tr>");
        foreach (var heading in headings) page.Append("<th>").Append(Text(heading)).Append("</th>");
        page.Append("</tr></thead><tbody>");
        foreach (var row in rows)
        {
            page.Append("<tr>");
            foreach (var cell in row) page.Append(cell.Length > 40 ? "<td class=\"text\">" : "<td>").Append(Text(cell)).Append("</td>");
            page.Append("</tr>");
        }

        page.Append("</tbody></table></div>");
    }

    private static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
