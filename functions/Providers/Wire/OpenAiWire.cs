using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Contracts;
using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Providers;

/// <summary>Calls in OpenAI's wire format, for every service that speaks it.</summary>
internal static class OpenAiWire
{
    private const int MostKnown = 10_000;

    // By address and model, what was found out of their services.
    private static readonly ConcurrentDictionary<(Uri Address, string? Model), (string? TokenLimit, bool ThinksNotBesideTools)> Habits = new();

    /// <param name="check">Looks at the response's headers before anything is read; null for no need.</param>
    public static async IAsyncEnumerable<AnswerEvent> GenerateAsync(
        UpstreamHttp http,
        Uri uri,
        IReadOnlyList<KeyValuePair<string, string>> headers,
        string model,
        Generation generation,
        OpenAiDialect dialect,
        Action<HttpResponseMessage>? check,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var response = await SendAsync(http, uri, headers, generation, dialect, cancellationToken).ConfigureAwait(false);
        check?.Invoke(response);
        var answer = new OpenAiAnswer(model, generation);
        if (!UpstreamHttp.IsStream(response, generation.Streams || dialect.IsWorker))
        {
            answer.Read((await UpstreamHttp.ReadBytesAsync(response, cancellationToken).ConfigureAwait(false)).Span);
            foreach (var piece in answer.Events) yield return piece;
            yield return answer.Complete(isWhole: true);
            yield break;
        }

        var stream = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        using var events = new SseReader(stream);
        var done = false;
        while (!done && await events.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            done = events.Data.Span.Trim((byte)' ').SequenceEqual("[DONE]"u8);
            if (done) break;
            answer.Read(events.Data.Span);
            for (var i = 0; i < answer.Events.Count; i++) yield return answer.Events[i];
        }

        yield return answer.Complete(done);
    }

    /// <param name="model">Null where the address names it.</param>
    /// <param name="extra">Further members of the body.</param>
    public static async Task<EmbeddingBatch> EmbedAsync(
        UpstreamHttp http,
        Uri uri,
        IReadOnlyList<KeyValuePair<string, string>> headers,
        ProviderTarget target,
        string? model,
        EmbeddingCall call,
        JsonObject? extra,
        CancellationToken cancellationToken)
    {
        var body = new JsonObject();
        if (model is not null) body["model"] = model;
        body["input"] = call.Tokens is { } lists
            ? new JsonArray([.. lists.Select(ids => new JsonArray([.. ids.Select(id => JsonValue.Create(id))]))])
            : new JsonArray([.. call.Texts.Select(text => JsonValue.Create(text))]);
        if (call.Dimensions is { } dimensions) body["dimensions"] = dimensions;
        foreach (var (name, value) in extra ?? []) body[name] = value?.DeepClone();
        using var response = await http.SendAsync(HttpMethod.Post, uri, JsonSerializer.SerializeToUtf8Bytes(body, WireJson.Options), headers, cancellationToken).ConfigureAwait(false);
        var answer = await UpstreamHttp.ReadJsonAsync<Answer>(response, cancellationToken).ConfigureAwait(false);
        var vectors = new float[]?[call.Count];
        var place = 0;
        foreach (var item in answer.Data ?? [])
        {
            // Some do not number them.
            var index = item?.Index ?? place++;
            if (item is null || index < 0 || index >= vectors.Length) throw new UpstreamException(UpstreamFailure.InvalidResponse);
            vectors[index] = Vector(item.Embedding);
        }

        return new EmbeddingBatch(UnitVectors.Check(vectors), answer.Model ?? target.Model, answer.Usage?.PromptTokens is >= 0 and var tokens ? tokens : null);
    }

    /// <summary>
    /// Reasoning models take the limit of an answer's tokens as <c>max_completion_tokens</c> only, those before them at a dated address of Azure as <c>max_tokens</c> only; models since GPT-5.4 take
    /// tools in chats only where they are told not to think. A deployment's name does not say which it is. So where the one is refused by name the other is asked, and asked first from then on.
    /// </summary>
    private static async Task<HttpResponseMessage> SendAsync(UpstreamHttp http, Uri uri, IReadOnlyList<KeyValuePair<string, string>> headers, Generation generation, OpenAiDialect dialect, CancellationToken cancellationToken)
    {
        var known = (uri, dialect.Model);
        var first = Habits.TryGetValue(known, out var found) ? dialect with { TokenLimit = found.TokenLimit ?? dialect.TokenLimit, ThinksNotBesideTools = found.ThinksNotBesideTools } : dialect;
        var asked = first;
        while (true)
        {
            try
            {
                var response = await http.SendAsync(HttpMethod.Post, uri, OpenAiBody.Write(generation, asked), headers, cancellationToken).ConfigureAwait(false);
                if (asked != first && Habits.Count < MostKnown) Habits[known] = (asked.TokenLimit, asked.ThinksNotBesideTools);
                return response;
            }
            catch (UpstreamException refused) when (refused.Status == 400 && Otherwise(refused, generation, asked, first) is { } other)
            {
                asked = other;
            }
        }
    }

    /// <returns>How else to ask; null where the refusal is the request's, or that has been tried.</returns>
    private static OpenAiDialect? Otherwise(UpstreamException refused, Generation generation, OpenAiDialect asked, OpenAiDialect first)
    {
        if (refused.Param == OpenAiBody.Effort && OpenAiBody.LeavesEffort(generation) && !asked.ThinksNotBesideTools) return asked with { ThinksNotBesideTools = true };
        if (refused.Code != "unsupported_parameter" || OpenAiBody.TokenLimit(generation, asked) is not { } name || refused.Param != name || asked.TokenLimit != first.TokenLimit) return null;
        return asked with { TokenLimit = name == OpenAiBody.MaxTokens ? OpenAiBody.MaxCompletionTokens : OpenAiBody.MaxTokens };
    }

    /// <summary>Numbers, or little-endian float32 in base64, which some services answer unasked.</summary>
    private static float[] Vector(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Array) return [.. value.EnumerateArray().Select(number => number.GetSingle())];
        if (value.ValueKind != JsonValueKind.String || !value.TryGetBytesFromBase64(out var bytes) || bytes.Length % sizeof(float) != 0) throw new UpstreamException(UpstreamFailure.InvalidResponse);
        var vector = new float[bytes.Length / sizeof(float)];
        for (var i = 0; i < vector.Length; i++) vector[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(i * sizeof(float)));
        return vector;
    }

    private sealed record Answer(IReadOnlyList<Item?>? Data, string? Model, Counts? Usage)
    {
        public override string ToString() => $"[{Data?.Count ?? 0} vectors]";
    }

    private sealed record Item(int? Index, JsonElement Embedding);

    private sealed record Counts(int? PromptTokens);
}
