using System.Globalization;
using System.Text.Json;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Evaluation.Runs;
using Serverless.Functions.Hosting;
using Serverless.Functions.Providers;

namespace Serverless.Functions.Evaluation.Export;

/// <summary>
/// Sends a run to an MLflow tracking server over its REST API 2.0 (mlflow.org/docs/latest/rest-api.html): <c>experiments/get-by-name</c> or <c>create</c>, then for each route
/// <c>runs/create</c>, <c>runs/log-batch</c> (at most 1,000 metrics, 100 parameters and 100 tags a request) and <c>runs/update</c>. Figures and parameters go out, no question or answer.
/// </summary>
public sealed class MlflowExport(UpstreamHttp http, OutboundHosts hosts, TimeProvider time)
{
    private const string Api = "api/2.0/mlflow/";
    private const int MaxParameter = 500;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <exception cref="GatewayException">A field is at fault; it is named.</exception>
    public MlflowTarget Read(JsonFields fields, EvaluationRun run)
    {
        ArgumentNullException.ThrowIfNull(fields);
        ArgumentNullException.ThrowIfNull(run);
        var text = fields.RequiredString("tracking_url", 2000);
        var experiment = fields.OptionalString("experiment", 250) ?? run.Name;
        var token = fields.OptionalString("token", 4000);
        fields.RejectUnknown();
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https") || url.Query.Length > 0 || url.Fragment.Length > 0 || url.UserInfo.Length > 0)
            throw GatewayException.Invalid("tracking_url", "'tracking_url' must be an absolute http or https URL without a query or user.");
        if (hosts.WhyNot(url) is { } reason) throw GatewayException.Invalid("tracking_url", $"'tracking_url' {reason}", "host_not_allowed");
        if (string.IsNullOrWhiteSpace(experiment)) throw GatewayException.Invalid("experiment", "'experiment' must not be blank.");
        if (token is not null && token.AsSpan().ContainsAnyExceptInRange('!', '~')) throw GatewayException.Invalid("token", "'token' may hold printable ASCII characters only.");
        return new MlflowTarget(new Uri(url.AbsoluteUri.TrimEnd('/') + "/"), experiment, token);
    }

    /// <exception cref="GatewayException">The server refused or did not answer.</exception>
    public async Task<MlflowExported> SendAsync(MlflowTarget target, EvaluationRun run, RunStatus status, RunSummary summary, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(status);
        ArgumentNullException.ThrowIfNull(summary);
        using var patience = new CancellationTokenSource(Patience, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        try
        {
            var experiment = await ExperimentAsync(target, linked.Token);
            var exported = new List<MlflowExported.ExportedRoute>();
            for (var i = 0; i < run.Routes.Count; i++)
                exported.Add(new MlflowExported.ExportedRoute(run.Routes[i].Reference, await RouteAsync(target, experiment, run, status, run.Routes[i], summary.Routes[i], linked.Token)));
            return new MlflowExported(experiment, exported);
        }
        catch (UpstreamException failure)
        {
            throw UpstreamErrors.ToGateway(failure);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw UpstreamErrors.ToGateway(new UpstreamException(UpstreamFailure.Timeout));
        }
    }

    private async Task<string> ExperimentAsync(MlflowTarget target, CancellationToken cancellationToken)
    {
        if (await FindAsync() is { } found) return found;
        try
        {
            return Text(await PostAsync(target, "experiments/create", new { name = target.Experiment }, cancellationToken), "experiment_id");
        }
        catch (UpstreamException failure) when (failure.Status is 400 or 409)
        {
            // Somebody else made it in between.
            if (await FindAsync() is { } made) return made;
            throw;
        }

        async Task<string?> FindAsync()
        {
            try
            {
                var uri = new Uri(target.Base, $"{Api}experiments/get-by-name?experiment_name={Uri.EscapeDataString(target.Experiment)}");
                var answer = await http.SendAsync<JsonDocument>(HttpMethod.Get, uri, null, Authorization(target), cancellationToken);
                return Text(Member(answer.RootElement, "experiment"), "experiment_id");
            }
            catch (UpstreamException failure) when (failure.Status == 404)
            {
                return null;
            }
        }
    }

    private async Task<string> RouteAsync(
        MlflowTarget target, string experiment, EvaluationRun run, RunStatus status, EvaluatedRoute route, RouteSummary summary, CancellationToken cancellationToken)
    {
        var started = (status.StartedAt ?? run.CreatedAt).ToUnixTimeMilliseconds();
        var ended = (status.EndedAt ?? time.GetUtcNow()).ToUnixTimeMilliseconds();
        var name = string.Create(CultureInfo.InvariantCulture, $"{run.Name} {run.Version}: {route.Reference}");
        var tags = new[] { Pair("mlflow.runName", name), Pair("mlflow.source.name", "serverless evaluation"), Pair("serverless.evaluation", run.Id) };
        var created = await PostAsync(target, "runs/create", new { experiment_id = experiment, run_name = name, start_time = started, tags }, cancellationToken);
        var id = Text(Member(Member(created, "run"), "info"), "run_id");
        var metrics = Metrics(run, summary).Select(metric => new { key = metric.Key, value = metric.Value, timestamp = ended, step = 0 });
        await PostAsync(target, "runs/log-batch", new { run_id = id, metrics, @params = Parameters(run, route), tags }, cancellationToken);
        await PostAsync(target, "runs/update", new { run_id = id, status = status.State == RunState.Completed ? "FINISHED" : status.State == RunState.Cancelled ? "KILLED" : "FAILED", end_time = ended }, cancellationToken);
        return id;
    }

    // Keys may hold letters, digits, '_', '-', '.', ' ' and '/': no '@'.
    private static IEnumerable<KeyValuePair<string, double>> Metrics(EvaluationRun run, RouteSummary summary)
    {
        foreach (var (name, estimate) in summary.Metrics)
        {
            var key = name switch { "recall" => FormattableString.Invariant($"recall_at_{run.K}"), "ndcg" => "ndcg_at_10", _ => name };
            yield return new(key, estimate.Value);
            yield return new($"{key}_low", estimate.Low);
            yield return new($"{key}_high", estimate.High);
        }

        yield return new("answered", summary.Answered);
        yield return new("errors", summary.Errors);
        yield return new("prompt_tokens", summary.PromptTokens);
        yield return new("completion_tokens", summary.CompletionTokens);
        if (summary.CostUsd is { } cost) yield return new("cost_usd_total", (double)cost);
        if (summary.Latency is not { } latency) yield break;
        yield return new("latency_p50_ms", latency.P50Ms);
        yield return new("latency_p95_ms", latency.P95Ms);
        if (latency.FirstTokenP50Ms is { } first) yield return new("first_token_p50_ms", first);
    }

    private static IReadOnlyList<object> Parameters(EvaluationRun run, EvaluatedRoute route)
    {
        var parameters = new List<object>();
        Add("route", route.Reference);
        Add("route_type", route.Type);
        Add("collection", route.Collection);
        Add("retrieval", route.Retrieval);
        Add("rerank_route", route.Rerank?.Route);
        Add("rerank_candidates", route.Rerank?.Candidates);
        Add("rerank_floor", route.Rerank?.Floor);
        Add("relevance_floor", route.RelevanceFloor);
        Add("top_k", route.TopK);
        Add("max_context_tokens", route.MaxContextTokens);
        Add("max_tokens", run.MaxTokens ?? route.MaxTokens);
        Add("temperature", run.Temperature);
        Add("prompt_sha256", route.PromptHash);
        Add("models", string.Join(", ", route.StandsOn.Select(model => $"{model.Reference} {model.Provider}/{model.Model}")));
        Add("questions", run.Questions);
        Add("questions_from", run.QuestionsFrom);
        Add("questions_sha256", run.QuestionsHash);
        Add("k", run.K);
        Add("seed", run.Seed);
        return parameters;

        void Add(string key, object? value)
        {
            if (Convert.ToString(value, CultureInfo.InvariantCulture) is { Length: > 0 } text) parameters.Add(Pair(key, text.Length > MaxParameter ? text[..MaxParameter] : text));
        }
    }

    private static object Pair(string key, string value) => new { key, value };

    private async Task<JsonElement> PostAsync(MlflowTarget target, string path, object body, CancellationToken cancellationToken) =>
        (await http.SendAsync<JsonDocument>(HttpMethod.Post, new Uri(target.Base, Api + path), body, Authorization(target), cancellationToken)).RootElement;

    private static string? Authorization(MlflowTarget target) => target.Token is null ? null : $"Bearer {target.Token}";

    private static JsonElement Member(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var member) ? member : throw new UpstreamException(UpstreamFailure.InvalidResponse);

    private static string Text(JsonElement element, string name) =>
        Member(element, name) is { ValueKind: JsonValueKind.String } text && text.GetString() is { Length: > 0 } value ? value : throw new UpstreamException(UpstreamFailure.InvalidResponse);
}
