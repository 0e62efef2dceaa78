using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask.Client;
using Serverless.Functions.Clients;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Evaluation.Export;
using Serverless.Functions.Evaluation.Reports;
using Serverless.Functions.Evaluation.Running;
using Serverless.Functions.Evaluation.Runs;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Evaluation;

/// <summary>Evaluations over HTTP. A run is seen by who started it, and by operators.</summary>
public sealed partial class EvaluationFunctions(EvaluationReader reader, RunStore runs, RunReports reports, MlflowExport mlflow)
{
    private const string Route = "evaluations/{id}";

    [Function("EvaluationStart")]
    public async Task<IActionResult> StartAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "evaluations")] HttpRequest request, [DurableClient] DurableTaskClient durable)
    {
        ArgumentNullException.ThrowIfNull(durable);
        var caller = request.Caller();
        var stop = request.HttpContext.RequestAborted;
        var (run, questions) = await reader.ReadAsync(await RequestBody.ReadObjectAsync(request, stop), caller, stop);
        await runs.CreateAsync(run, questions, stop);
        // What is written is run, also when the caller goes away now.
        await EvaluationOrchestrator.ScheduleAsync(durable, run.Id, CancellationToken.None);
        var found = await runs.FindAsync(run.Id, stop) ?? throw NotFound();
        return new JsonAnswer(await ViewAsync(run.Id, found.Status, found.Run, stop), StatusCodes.Status202Accepted);
    }

    [Function("EvaluationList")]
    public async Task<IActionResult> ListAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "evaluations")] HttpRequest request)
    {
        var caller = request.Caller();
        var top = request.Query["top"].ToString() is { Length: > 0 } text
            ? int.TryParse(text, out var number) && number is >= 1 and <= 200 ? number : throw GatewayException.Invalid("top", "'top' must be an integer from 1 to 200.")
            : 50;
        var token = request.ContinuationToken();
        try
        {
            var (found, next) = await runs.ListAsync(top, token, request.HttpContext.RequestAborted);
            var views = found.Where(item => MaySee(caller, item.Status)).Select(item => View(item.Id, item.Status)).ToList();
            return new JsonAnswer(new { evaluations = views, next_page_token = HttpRequestExtensions.PageToken(next) });
        }
        catch (Azure.RequestFailedException failure) when (failure.Status == 400 && token is not null)
        {
            throw GatewayException.Invalid("page_token", "'page_token' is not one that this list gave.");
        }
    }

    [Function("EvaluationGet")]
    public async Task<IActionResult> GetAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Route)] HttpRequest request)
    {
        var (run, status) = await FindAsync(request, request.Placeholder("id"));
        return new JsonAnswer(await ViewAsync(run.Id, status, run, request.HttpContext.RequestAborted));
    }

    [Function("EvaluationDelete")]
    public async Task<IActionResult> DeleteAsync([HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = Route)] HttpRequest request)
    {
        var (run, _) = await FindAsync(request, request.Placeholder("id"));
        await runs.DeleteAsync(run.Id, request.HttpContext.RequestAborted);
        return new StatusCodeResult(StatusCodes.Status204NoContent);
    }

    [Function("EvaluationCancel")]
    public async Task<IActionResult> CancelAsync([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Route + "/cancel")] HttpRequest request)
    {
        var (run, _) = await FindAsync(request, request.Placeholder("id"));
        var stop = request.HttpContext.RequestAborted;
        var status = await runs.ChangeAsync(run.Id, before => before.IsTerminal ? before : before with { State = RunState.Cancelling }, stop) ?? throw NotFound();
        return new JsonAnswer(await ViewAsync(run.Id, status, run, stop), StatusCodes.Status202Accepted);
    }

    /// <summary>Figures of each question: <c>?route=0</c> is the first of the run's routes.</summary>
    [Function("EvaluationQuestions")]
    public async Task<IActionResult> QuestionsAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Route + "/questions")] HttpRequest request)
    {
        var (run, _) = await FindAsync(request, request.Placeholder("id"));
        var text = request.Query["route"].ToString();
        if (!int.TryParse(text.Length == 0 ? "0" : text, out var route) || route < 0 || route >= run.Routes.Count)
            throw GatewayException.Invalid("route", $"'route' must be an integer from 0 to {run.Routes.Count - 1}: the place of one of the run's routes.");
        return new JsonAnswer(new { route = run.Routes[route].Reference, questions = await runs.ReadResultsAsync(run.Id, route, request.HttpContext.RequestAborted) });
    }

    /// <summary>A page for people or, with <c>?format=json</c>, its figures; <c>?against=</c> compares with another run.</summary>
    [Function("EvaluationReport")]
    public async Task<IActionResult> ReportAsync([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Route + "/report")] HttpRequest request)
    {
        var (run, status) = await FindAsync(request, request.Placeholder("id"));
        var other = request.Query["against"].ToString();
        var against = other.Length == 0 ? null : (await FindAsync(request, other, "against")).Run;
        var report = await reports.OfAsync(run, status, against, request.HttpContext.RequestAborted);
        return request.Query["format"].ToString() switch
        {
            "json" => new JsonAnswer(new { id = run.Id, against = against?.Id, same_questions = report.SameQuestions, summary = report.Summary, comparisons = report.Against }),
            "" or "html" => new HtmlAnswer(nonce => ReportPage.Write(report, nonce)),
            _ => throw GatewayException.Invalid("format", "'format' must be html or json."),
        };
    }

    [Function("EvaluationExport")]
    public async Task<IActionResult> ExportAsync([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Route + "/export")] HttpRequest request)
    {
        var (run, status) = await FindAsync(request, request.Placeholder("id"));
        var stop = request.HttpContext.RequestAborted;
        var target = mlflow.Read(new JsonFields(await RequestBody.ReadObjectAsync(request, stop)), run);
        var summary = status.IsTerminal ? await runs.FindSummaryAsync(run.Id, stop) : null;
        if (summary is null) throw new GatewayException(StatusCodes.Status409Conflict, new Contracts.ErrorDetail("evaluation_not_ended", "The run has no results yet.", "invalid_request_error", "id"));
        return new JsonAnswer(await mlflow.SendAsync(target, run, status, summary, stop));
    }

    private async Task<(EvaluationRun Run, RunStatus Status)> FindAsync(HttpRequest request, string id, string field = "id")
    {
        var caller = request.Caller();
        if (!Id().IsMatch(id) || await runs.FindAsync(id, request.HttpContext.RequestAborted) is not { } found || !MaySee(caller, found.Status)) throw NotFound(field);
        return found;
    }

    private async Task<object> ViewAsync(string id, RunStatus status, EvaluationRun run, CancellationToken stop)
    {
        var summary = await runs.FindSummaryAsync(id, stop);
        // What has ended has been summed up; what is under way is counted, blob by blob.
        var (done, errors) = status.IsTerminal && summary is not null ? (summary.Routes.Sum(route => route.Asked), summary.Routes.Sum(route => route.Errors)) : await runs.CountAsync(id, stop);
        var percent = status.State == RunState.Completed ? 100 : status.Total == 0 ? 0 : Math.Min(99, 100L * done / status.Total);
        return new { id, status.State, percent, done, errors, status.Total, status.StartedAt, status.EndedAt, status.Error, parameters = run, results = summary };
    }

    private static object View(string id, RunStatus status) =>
        new { id, status.Name, status.Version, status.State, status.Client, status.Total, status.CreatedAt, status.StartedAt, status.EndedAt, status.Error };

    private static bool MaySee(Caller caller, RunStatus status) => caller.IsOperator || status.Client == caller.ClientId;

    private static GatewayException NotFound(string field = "id") => GatewayException.NotFound("evaluation_not_found", "There is no such evaluation.", field);

    [GeneratedRegex("^[0-9a-f]{24}\\z", RegexOptions.CultureInvariant)]
    private static partial Regex Id();
}
