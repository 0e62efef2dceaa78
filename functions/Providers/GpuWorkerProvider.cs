using System.Globalization;
using System.Text.Json.Nodes;
using Serverless.Contracts.OpenAI;
using Serverless.Contracts.Tokenize;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Providers;

/// <summary>The self-hosted worker, or any server that speaks OpenAI's wire format with our <c>instruction</c> and <c>/tokenize</c>.</summary>
public sealed class GpuWorkerProvider(UpstreamHttp http, GatewayOptions options, TimeProvider time) : IProvider
{
    private static readonly TimeSpan KeepWindow = TimeSpan.FromMinutes(5);

    // A server without the list, or a model that is still being loaded, must not stay unknown for long, nor be asked about at every request.
    private static readonly TimeSpan KeepUnknown = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan AskWindow = TimeSpan.FromSeconds(5);

    private static readonly string[] Common =
    [
        "temperature", "top_p", "top_k", "min_p", "max_tokens", "stop", "seed", "n", "presence_penalty", "frequency_penalty", "repetition_penalty",
        "logprobs", "logit_bias", "response_format", "min_tokens", "ignore_eos", "stop_token_ids", "bad_words", "priority",
        "guided_quotes", "structured_outputs", "guided_json", "guided_regex", "guided_choice", "guided_grammar", "json_schema", "grammar", "regex", "ebnf", "include_stop_str_in_output",
    ];

    private readonly ExpiringCache<Window> _windows = new(time);

    public string Name => "gpu-worker";

    public IReadOnlyList<ConfigField> Config { get; } = [ConfigField.ApiBase("gpu_worker_api_base"), ConfigField.Key("gpu_worker_api_key")];

    public ProviderAbilities Abilities { get; } = ProviderAbilities.Of(chat: [.. Common, "top_logprobs"], completions: [.. Common, "echo"], embeddings: [], rerank: true) with
    {
        PromptLists = true,
        TokenPrompts = true,
        ContinuesAssistant = true,
        ContinuesPrompts = true,
        Restarts = true,
        CountsPrompts = true,
        Stops = AnswerChecks.MaxStops,
    };

    public bool CanResume => true;

    public bool CountsExactly => true;

    public bool RequiresKey(RouteModel model) => false;

    public Uri DefaultApiBase(RouteModel model) => options.GpuWorkerBaseUrl;

    public bool CanProbe(RouteModel model) => true;

    public Task ProbeAsync(ProviderTarget target, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        return http.ProbeAsync(target.At("health/ready"), Headers(target), cancellationToken);
    }

    public void Check(string routeType, RouteModel model)
    {
        // Models are loaded and replaced at the worker; what it does not have it refuses when asked.
    }

    public IAsyncEnumerable<AnswerEvent> GenerateAsync(ProviderTarget target, Generation generation, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(generation);
        var dialect = new OpenAiDialect { Model = target.Model, IsWorker = true };
        var uri = target.At(generation.IsChat ? "v1/chat/completions" : "v1/completions");
        return OpenAiWire.GenerateAsync(http, uri, Headers(target), target.Model, generation, dialect, response => CheckResumes(response, generation), cancellationToken);
    }

    public Task<EmbeddingBatch> EmbedAsync(ProviderTarget target, EmbeddingCall call, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(call);
        var extra = new JsonObject { ["instruction"] = call.Instruction };
        if (call.Client is { } client) extra["user"] = client;
        return OpenAiWire.EmbedAsync(http, target.At("v1/embeddings"), Headers(target), target, target.Model, call, extra, cancellationToken);
    }

    public Task<RerankBatch> RerankAsync(ProviderTarget target, RerankCall call, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(call);
        return RerankWire.RerankAsync(http, target.At("v1/rerank"), Headers(target), target.Model, call, call.Client, cancellationToken);
    }

    public async Task<IReadOnlyList<int>> CountTokensAsync(ProviderTarget target, IReadOnlyList<string> texts, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        var body = new TokenizeRequest { Model = target.Model, Prompt = new StringOrList(texts), AddSpecialTokens = false, ReturnTokens = false };
        var answer = await http.SendAsync<TokenizeResponse>(HttpMethod.Post, target.At("tokenize"), body, UpstreamHttp.Bearer(target.Key), cancellationToken).ConfigureAwait(false);
        return answer.Counts is { } counts && counts.Count == texts.Count ? counts : throw new UpstreamException(UpstreamFailure.InvalidResponse);
    }

    public async Task<int> CountPromptAsync(ProviderTarget target, Generation generation, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(generation);
        var body = new TokenizeRequest { Model = target.Model, Messages = generation.Messages, ReturnTokens = false };
        var answer = await http.SendAsync<TokenizeResponse>(HttpMethod.Post, target.At("tokenize"), body, UpstreamHttp.Bearer(target.Key), cancellationToken).ConfigureAwait(false);
        return answer.Counts is [var count] ? count : throw new UpstreamException(UpstreamFailure.InvalidResponse);
    }

    /// <summary>As the server's list of models says. A server that has no such list, or fails to give it, still answers questions: its window is unknown.</summary>
    public async ValueTask<int?> ContextWindowAsync(ProviderTarget target, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        var window = await _windows.GetAsync(
            $"{target.ApiBase.AbsoluteUri} {target.Model}",
            async _ =>
            {
                using var limit = new CancellationTokenSource(AskWindow, time);
                var known = await WindowAsync(target, limit.Token).ConfigureAwait(false);
                return (new Window(known), known is null ? KeepUnknown : KeepWindow);
            },
            cancellationToken).ConfigureAwait(false);
        return window?.Tokens;
    }

    private static IReadOnlyList<KeyValuePair<string, string>> Headers(ProviderTarget target) =>
        UpstreamHttp.Bearer(target.Key) is { } bearer ? [new("Authorization", bearer)] : [];

    /// <summary>A server that does not know the field would begin anew, and the reader would see the beginning twice.</summary>
    private static void CheckResumes(HttpResponseMessage response, Generation generation)
    {
        if (generation.Resume.Count == 0) return;
        var resumes = response.Headers.TryGetValues(ResumePoint.AcknowledgementHeader, out var values)
            && values.SequenceEqual([generation.Resume.Count.ToString(CultureInfo.InvariantCulture)], StringComparer.Ordinal);
        if (!resumes) throw new UpstreamException(UpstreamFailure.InvalidResponse);
    }

    private async Task<int?> WindowAsync(ProviderTarget target, CancellationToken cancellationToken)
    {
        try
        {
            var models = await http.SendAsync<ModelList>(HttpMethod.Get, target.At("v1/models"), null, UpstreamHttp.Bearer(target.Key), cancellationToken).ConfigureAwait(false);
            return models.Data?.FirstOrDefault(m => m?.Id == target.Model)?.MaxModelLen;
        }
        catch (Exception exception) when (exception is UpstreamException or OperationCanceledException)
        {
            return null;
        }
    }

    private sealed record Window(int? Tokens);
}
