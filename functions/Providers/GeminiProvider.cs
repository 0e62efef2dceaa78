using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Contracts;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Providers;

/// <summary>Google's Gemini API, <c>{base}/v1beta/models/{model}:generateContent</c> and its stream, <c>:batchEmbedContents</c>; the key in <c>x-goog-api-key</c>. A completion is asked as one user turn.</summary>
public sealed class GeminiProvider(UpstreamHttp http) : VendorProvider("gemini", new Uri("https://generativelanguage.googleapis.com"))
{
    private static readonly string[] Completions = ["temperature", "top_p", "top_k", "max_tokens", "stop", "seed", "n", "presence_penalty", "frequency_penalty"];
    private static readonly string[] Chat = [.. Completions, "response_format", "tools", "tool_choice", "thinking", "reasoning_effort"];

    public override IReadOnlyList<ConfigField> Config { get; } = [ConfigField.Key("gemini_api_key"), ConfigField.ApiBase("gemini_api_base")];

    public override ProviderAbilities Abilities { get; } = ProviderAbilities.Of(Chat, Completions, embeddings: ["dimensions"]) with { Images = true, Files = true, FileUrls = true, Audio = true, CountsPrompts = true, Stops = 5 };

    public override int MaxEmbeddingTexts => 100;

    public override IAsyncEnumerable<AnswerEvent> GenerateAsync(ProviderTarget target, Generation generation, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(generation);
        return HasFormats(target, generation)
            ? CallAsync(generation, cancellationToken)
            : StructuredAnswer.AskAsync(generation, CallAsync, cancellationToken, callsThinking: true);

        IAsyncEnumerable<AnswerEvent> CallAsync(Generation asked, CancellationToken stop) =>
            WrappedArguments.AskAsync(asked, (told, end) => FittedToolNames.AskAsync(told, (fitted, last) => AskAsync(target, fitted, last), end, ToolNameRule.Gemini), stop);
    }

    public override async Task<int> CountPromptAsync(ProviderTarget target, Generation generation, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(generation);
        var prompt = GeminiBody.Of(target.Model, FittedToolNames.Asked(WrappedArguments.Asked(HasFormats(target, generation) ? generation : StructuredAnswer.Asked(generation, callsThinking: true)), ToolNameRule.Gemini));
        prompt.Remove("generationConfig");
        prompt.Insert(0, "model", $"models/{target.Model}");
        var body = JsonSerializer.SerializeToUtf8Bytes(new JsonObject { ["generateContentRequest"] = prompt }, WireJson.Options);
        using var response = await http.SendAsync(HttpMethod.Post, target.At($"v1beta/models/{target.Model}:countTokens"), body, Headers(target), cancellationToken).ConfigureAwait(false);
        return VendorJson.Count(await UpstreamHttp.ReadElementAsync(response, cancellationToken).ConfigureAwait(false), "totalTokens") ?? throw new UpstreamException(UpstreamFailure.InvalidResponse);
    }

    public override async Task<EmbeddingBatch> EmbedAsync(ProviderTarget target, EmbeddingCall call, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(call);
        var task = call.Purpose == EmbeddingPurpose.Query ? "RETRIEVAL_QUERY" : "RETRIEVAL_DOCUMENT";
        var requests = new JsonArray([.. call.Texts.Select(t => Request(t))]);
        var body = JsonSerializer.SerializeToUtf8Bytes(new JsonObject { ["requests"] = requests }, WireJson.Options);
        using var response = await http.SendAsync(HttpMethod.Post, target.At($"v1beta/models/{target.Model}:batchEmbedContents"), body, Headers(target), cancellationToken).ConfigureAwait(false);
        var answer = await UpstreamHttp.ReadElementAsync(response, cancellationToken).ConfigureAwait(false);
        var vectors = VendorJson.Items(answer, "embeddings").Select(e => e.TryGetProperty("values", out var values) ? VendorJson.Vector(values) : null).ToList();
        if (vectors.Count != call.Texts.Count) throw new UpstreamException(UpstreamFailure.InvalidResponse);
        return new EmbeddingBatch(UnitVectors.Check(vectors), target.Model, null);

        JsonObject Request(string text)
        {
            var request = new JsonObject { ["model"] = $"models/{target.Model}", ["content"] = new JsonObject { ["parts"] = new JsonArray(new JsonObject { ["text"] = text }) }, ["taskType"] = task };
            if (call.Dimensions is { } dimensions) request["outputDimensionality"] = dimensions;
            return request;
        }
    }

    /// <summary>Whether an answer of a format can be asked for as such: "Function calling with a response mime type is unsupported" before Gemini 3.</summary>
    private static bool HasFormats(ProviderTarget target, Generation generation) => generation.Settings.Tools is null || GeminiThinking.HasLevels(target.Model);

    private async IAsyncEnumerable<AnswerEvent> AskAsync(ProviderTarget target, Generation generation, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(GeminiBody.Of(target.Model, ChatForm.Of(generation)), WireJson.Options);
        var uri = target.At($"v1beta/models/{target.Model}:{(generation.Streams ? "streamGenerateContent?alt=sse" : "generateContent")}");
        using var response = await http.SendAsync(HttpMethod.Post, uri, body, Headers(target), cancellationToken).ConfigureAwait(false);
        var answer = new GeminiAnswer(target.Model, generation.Answers);
        if (!generation.Streams)
        {
            foreach (var piece in answer.Read((await UpstreamHttp.ReadBytesAsync(response, cancellationToken).ConfigureAwait(false)).Span)) yield return piece;
            yield return answer.Complete(isWhole: true);
            yield break;
        }

        using var events = new SseReader(await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false));
        while (await events.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            foreach (var piece in answer.Read(events.Data.Span)) yield return piece;
        }

        yield return answer.Complete(isWhole: false);
    }

    private static List<KeyValuePair<string, string>> Headers(ProviderTarget target) => target.Key is { } key ? [new("x-goog-api-key", key.Reveal())] : [];
}
