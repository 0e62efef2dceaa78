using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Contracts;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Providers;

/// <summary>Cohere's v2 API: <c>/v2/chat</c>, <c>/v2/embed</c> and <c>/v2/rerank</c>. A completion is asked as one user turn.</summary>
public sealed class CohereProvider(UpstreamHttp http) : VendorProvider("cohere", new Uri("https://api.cohere.com"))
{
    private static readonly string[] Completions = ["temperature", "top_p", "top_k", "max_tokens", "stop", "seed", "presence_penalty", "frequency_penalty"];
    private static readonly string[] Chat = [.. Completions, "response_format", "tools", "tool_choice"];

    public override IReadOnlyList<ConfigField> Config { get; } = [ConfigField.Key("cohere_api_key"), ConfigField.ApiBase("cohere_api_base")];

    public override ProviderAbilities Abilities { get; } = ProviderAbilities.Of(Chat, Completions, embeddings: ["dimensions"], rerank: true) with { Images = true, Stops = 5 };

    public override int MaxEmbeddingTexts => 96;

    public override IAsyncEnumerable<AnswerEvent> GenerateAsync(ProviderTarget target, Generation generation, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(generation);
        // Beside tools it takes no format.
        return generation.Settings.Tools is null
            ? WrappedFormat.AskAsync(generation, CallAsync, cancellationToken)
            : StructuredAnswer.AskAsync(generation, CallAsync, cancellationToken, callsThinking: true);

        IAsyncEnumerable<AnswerEvent> CallAsync(Generation asked, CancellationToken stop) =>
            WrappedArguments.AskAsync(asked, (told, end) => FittedToolNames.AskAsync(told, (fitted, last) => AskAsync(target, fitted, last), end, ToolNameRule.Cohere), stop);
    }

    public override async Task<EmbeddingBatch> EmbedAsync(ProviderTarget target, EmbeddingCall call, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(call);
        var body = new JsonObject
        {
            ["model"] = target.Model,
            ["texts"] = new JsonArray([.. call.Texts.Select(t => JsonValue.Create(t))]),
            ["input_type"] = call.Purpose == EmbeddingPurpose.Query ? "search_query" : "search_document",
            ["embedding_types"] = new JsonArray("float"),
        };
        if (call.Dimensions is { } dimensions) body["output_dimension"] = dimensions;
        using var response = await http.SendAsync(HttpMethod.Post, target.At("v2/embed"), JsonSerializer.SerializeToUtf8Bytes(body, WireJson.Options), Headers(target), cancellationToken).ConfigureAwait(false);
        var answer = await UpstreamHttp.ReadElementAsync(response, cancellationToken).ConfigureAwait(false);
        var vectors = VendorJson.Items(VendorJson.Object(answer, "embeddings"), "float").Select(VendorJson.Vector).ToList();
        if (vectors.Count != call.Texts.Count) throw new UpstreamException(UpstreamFailure.InvalidResponse);
        return new EmbeddingBatch(UnitVectors.Check(vectors), target.Model, VendorJson.Count(VendorJson.Object(VendorJson.Object(answer, "meta"), "billed_units"), "input_tokens"));
    }

    public override Task<RerankBatch> RerankAsync(ProviderTarget target, RerankCall call, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        return RerankWire.RerankAsync(http, target.At("v2/rerank"), Headers(target), target.Model, call, user: null, cancellationToken);
    }

    private async IAsyncEnumerable<AnswerEvent> AskAsync(ProviderTarget target, Generation generation, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(CohereBody.Of(target.Model, ChatForm.Of(generation)), WireJson.Options);
        using var response = await http.SendAsync(HttpMethod.Post, target.At("v2/chat"), body, Headers(target), cancellationToken).ConfigureAwait(false);
        var answer = new CohereAnswer(target.Model);
        if (!UpstreamHttp.IsStream(response, generation.Streams))
        {
            foreach (var piece in answer.ReadWhole((await UpstreamHttp.ReadBytesAsync(response, cancellationToken).ConfigureAwait(false)).Span)) yield return piece;
            yield break;
        }

        using var events = new SseReader(await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false));
        while (await events.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (answer.Read(events.Data.Span) is not { } piece) continue;
            yield return piece;
            if (piece is AnswerCompleted) yield break;
        }

        throw new UpstreamException(UpstreamFailure.Connection);
    }

    private static List<KeyValuePair<string, string>> Headers(ProviderTarget target) => target.Key is { } key ? [new("Authorization", UpstreamHttp.Bearer(key)!)] : [];
}
