using System.Globalization;
using System.Runtime.CompilerServices;
using Serverless.Contracts.OpenAI;
using Serverless.Contracts.Tokenize;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Hosting;

namespace Serverless.Functions.Providers;

/// <summary>The self-hosted worker, or any server that speaks OpenAI's wire format with our <c>instruction</c> and <c>/tokenize</c>.</summary>
public sealed class GpuWorkerProvider(UpstreamHttp http, GatewayOptions options, TimeProvider time) : IProvider
{
    private static readonly TimeSpan KeepWindow = TimeSpan.FromMinutes(5);

    private readonly ExpiringCache<ModelList> _models = new(time);

    public string Name => "gpu-worker";

    public bool RequiresKey => false;

    public bool CanResume => true;

    public bool CountsExactly => true;

    public Uri DefaultApiBase => options.GpuWorkerBaseUrl;

    public void Check(string routeType, string model)
    {
        // Models are loaded and replaced at the worker; what it does not have it refuses when asked.
    }

    public async IAsyncEnumerable<AnswerEvent> GenerateAsync(ProviderTarget target, Generation generation, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(generation);
        var isChat = generation.Messages is not null;
        object body = isChat ? OpenAiBodies.Chat(target.Model, generation) : OpenAiBodies.Completion(target.Model, generation);
        var uri = target.At(isChat ? "v1/chat/completions" : "v1/completions");
        using var response = await http.SendAsync(HttpMethod.Post, uri, body, UpstreamHttp.Bearer(target.Key), cancellationToken).ConfigureAwait(false);
        // A server that does not know the field would begin anew, and the reader would see the beginning twice.
        if (generation.Resume.Count > 0 && !Resumes(response, generation.Resume.Count)) throw new UpstreamException(UpstreamFailure.InvalidResponse);
        var lines = await UpstreamHttp.ReadLinesAsync(response, cancellationToken).ConfigureAwait(false);
        await foreach (var answer in OpenAiStream.ReadAsync(lines, target.Model, isChat, cancellationToken).ConfigureAwait(false)) yield return answer;
    }

    public async Task<EmbeddingBatch> EmbedAsync(ProviderTarget target, IReadOnlyList<string> texts, string? instruction, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        var body = new EmbeddingRequest { Model = target.Model, Input = new StringOrList(texts), Instruction = instruction };
        var answer = await http.SendAsync<EmbeddingResponse>(HttpMethod.Post, target.At("v1/embeddings"), body, UpstreamHttp.Bearer(target.Key), cancellationToken).ConfigureAwait(false);
        var vectors = new float[]?[texts.Count];
        foreach (var item in answer.Data ?? [])
        {
            if (item is null || item.Index < 0 || item.Index >= vectors.Length) throw new UpstreamException(UpstreamFailure.InvalidResponse);
            vectors[item.Index] = item.Embedding;
        }

        return new EmbeddingBatch(UnitVectors.Check(vectors), answer.Model ?? target.Model, answer.Usage?.PromptTokens);
    }

    public async Task<IReadOnlyList<int>> CountTokensAsync(ProviderTarget target, IReadOnlyList<string> texts, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        var body = new TokenizeRequest { Model = target.Model, Prompt = new StringOrList(texts), AddSpecialTokens = false, ReturnTokens = false };
        var answer = await http.SendAsync<TokenizeResponse>(HttpMethod.Post, target.At("tokenize"), body, UpstreamHttp.Bearer(target.Key), cancellationToken).ConfigureAwait(false);
        return answer.Counts is { } counts && counts.Count == texts.Count ? counts : throw new UpstreamException(UpstreamFailure.InvalidResponse);
    }

    public async ValueTask<int?> ContextWindowAsync(ProviderTarget target, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        var models = await _models.GetAsync(
            target.ApiBase.AbsoluteUri,
            async stop =>
            {
                using var limit = new CancellationTokenSource(options.UpstreamTimeout, time);
                return (await ModelsAsync(target, limit.Token).ConfigureAwait(false), KeepWindow);
            },
            cancellationToken).ConfigureAwait(false);
        var model = models?.Data?.FirstOrDefault(m => m.Id == target.Model);
        // A model that is still being loaded must not stay unknown for long.
        if (model is null) _models.Remove(target.ApiBase.AbsoluteUri);
        return model?.MaxModelLen;
    }

    private static bool Resumes(HttpResponseMessage response, int tokens) =>
        response.Headers.TryGetValues(ResumePoint.AcknowledgementHeader, out var values)
        && values.SequenceEqual([tokens.ToString(CultureInfo.InvariantCulture)], StringComparer.Ordinal);

    private async Task<ModelList> ModelsAsync(ProviderTarget target, CancellationToken cancellationToken)
    {
        try
        {
            return await http.SendAsync<ModelList>(HttpMethod.Get, target.At("v1/models"), null, UpstreamHttp.Bearer(target.Key), cancellationToken).ConfigureAwait(false);
        }
        catch (UpstreamException missing) when (missing.Status == 404)
        {
            return new ModelList("list", []);
        }
    }
}
