using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Contracts;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Providers;

/// <summary>
/// Hugging Face's text-generation-inference: completions by its own <c>/generate</c> and <c>/generate_stream</c>, chats by its
/// <c>/v1/chat/completions</c> (docs/openapi.json of huggingface/text-generation-inference).
/// </summary>
public sealed class HuggingFaceProvider(UpstreamHttp http) : VendorProvider("huggingface-text-generation-inference", null)
{
    private static readonly string[] Completions = ["temperature", "top_p", "top_k", "max_tokens", "stop", "seed", "repetition_penalty", "frequency_penalty"];
    private static readonly string[] Chat =
        ["temperature", "top_p", "max_tokens", "stop", "seed", "presence_penalty", "frequency_penalty", "logprobs", "top_logprobs", "logit_bias", "response_format", "tools", "tool_choice"];

    public override IReadOnlyList<ConfigField> Config { get; } = [ConfigField.ApiBase("hf_server_url", required: true), ConfigField.Key("hf_api_token")];

    public override ProviderAbilities Abilities { get; } = ProviderAbilities.Of(Chat, Completions) with { Images = true, ContinuesPrompts = true };

    public override bool RequiresKey(RouteModel model) => false;

    public override bool CanProbe(RouteModel model) => true;

    public override Task ProbeAsync(ProviderTarget target, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        return http.ProbeAsync(target.At("health"), Headers(target), cancellationToken);
    }

    public override IAsyncEnumerable<AnswerEvent> GenerateAsync(ProviderTarget target, Generation generation, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(generation);
        var headers = Headers(target);
        if (!generation.IsChat) return CompleteAsync(target, generation, headers, cancellationToken);
        var dialect = new OpenAiDialect { Model = target.Model };
        var asked = Permitted(generation);
        // "Grammar and tools are mutually exclusive" there.
        var answer = asked.Settings.Tools is null ? AskAsync(asked, cancellationToken) : StructuredAnswer.AskAsync(asked, AskAsync, cancellationToken, callsThinking: true);
        return generation.Settings.Stop is { Count: > 0 } stop ? StoppedAsync(answer, stop, cancellationToken) : answer;

        IAsyncEnumerable<AnswerEvent> AskAsync(Generation told, CancellationToken end) =>
            OpenAiWire.GenerateAsync(http, target.At("v1/chat/completions"), headers, target.Model, told, dialect, null, end);
    }

    /// <summary>The service's <c>top_p</c> lies between 0 and 1: at 1 nothing is left out, at 0 the likeliest token is what is left.</summary>
    private static Generation Permitted(Generation generation) => generation.Settings.TopP switch
    {
        >= 1 => generation with { Settings = generation.Settings with { TopP = null } },
        <= 0 => generation with { Settings = generation.Settings with { TopP = null, Temperature = 0 } },
        _ => generation,
    };

    /// <summary>A chat's text as a completion's: the service ends it with the stop string that it stopped at.</summary>
    private static async IAsyncEnumerable<AnswerEvent> StoppedAsync(IAsyncEnumerable<AnswerEvent> answer, IReadOnlyList<string> stop, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var strings = new StopStrings(stop);
        await foreach (var piece in answer.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            if (piece is AnswerText { IsRefusal: false } text)
            {
                if (strings.IsReached) continue;
                var shown = text with { Text = strings.Push(text.Text) };
                if (shown.IsShown) yield return shown;
                continue;
            }

            if (piece is AnswerCompleted && strings.Push("", isLast: true) is { Length: > 0 } rest) yield return new AnswerText(rest);
            yield return piece;
        }
    }

    private static KeyValuePair<string, string>[] Headers(ProviderTarget target) => target.Key is { } key ? [new("Authorization", UpstreamHttp.Bearer(key)!)] : [];

    private async IAsyncEnumerable<AnswerEvent> CompleteAsync(
        ProviderTarget target, Generation generation, KeyValuePair<string, string>[] headers, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var uri = target.At(generation.Streams ? "generate_stream" : "generate");
        using var response = await http.SendAsync(HttpMethod.Post, uri, Body(generation), headers, cancellationToken).ConfigureAwait(false);
        if (!generation.Streams)
        {
            var answer = await UpstreamHttp.ReadElementAsync(response, cancellationToken).ConfigureAwait(false);
            if (VendorJson.Text(answer, "generated_text") is not { } text) throw new UpstreamException(UpstreamFailure.InvalidResponse);
            // The service's text ends with the stop string that it stopped at.
            if (StopStrings.Cut(text, generation.Settings.Stop) is { Length: > 0 } shown) yield return new AnswerText(shown);
            yield return Completed(answer, target.Model);
            yield break;
        }

        var stop = new StopStrings(generation.Settings.Stop);
        using var events = new SseReader(await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false));
        while (await events.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            var item = VendorJson.Parse(events.Data.Span);
            if (item.TryGetProperty("error", out _)) throw VendorJson.Failed(events.Data.Span);
            var token = VendorJson.Object(item, "token");
            var isSpecial = token is { } t && t.TryGetProperty("special", out var special) && special.ValueKind == JsonValueKind.True;
            var isLast = VendorJson.Text(item, "generated_text") is not null;
            if (stop.Push(isSpecial ? "" : VendorJson.Text(token, "text") ?? "", isLast) is { Length: > 0 } piece) yield return new AnswerText(piece);
            if (!isLast) continue;
            yield return Completed(item, target.Model);
            yield break;
        }

        throw new UpstreamException(UpstreamFailure.Connection);
    }

    private static AnswerCompleted Completed(JsonElement answer, string model)
    {
        var details = VendorJson.Object(answer, "details");
        var usage = VendorJson.Count(details, "generated_tokens") is { } output && Prompt(details) is { } prompt ? new Usage(prompt, output) : null;
        return new AnswerCompleted(FinishReasons.OfTextGenerationInference(VendorJson.Text(details, "finish_reason")), usage, [], model);
    }

    private static int? Prompt(JsonElement? details) =>
        VendorJson.Count(details, "input_length")
        ?? (details is { } d && d.TryGetProperty("prefill", out var prefill) && prefill.ValueKind == JsonValueKind.Array && prefill.GetArrayLength() > 0 ? prefill.GetArrayLength() : null);

    private static ReadOnlyMemory<byte> Body(Generation generation)
    {
        var settings = Permitted(generation).Settings;
        var parameters = new JsonObject();
        // The service samples only when told to, and has no temperature of 0.
        if (settings.Temperature is > 0) (parameters["temperature"], parameters["do_sample"]) = (settings.Temperature, true);
        if (settings.TopP is < 1) parameters["top_p"] = settings.TopP;
        if (settings.TopK is { } topK) parameters["top_k"] = topK;
        if (settings.MaxTokens is { } maxTokens) parameters["max_new_tokens"] = maxTokens;
        if (settings.Stop is { Count: > 0 } stop) parameters["stop"] = new JsonArray([.. stop.Select(s => JsonValue.Create(s))]);
        if (settings.Seed is { } seed) parameters["seed"] = seed;
        if (settings.RepetitionPenalty is { } repetition) parameters["repetition_penalty"] = repetition;
        if (settings.FrequencyPenalty is { } frequency) parameters["frequency_penalty"] = frequency;
        parameters["details"] = true;
        if (!generation.Streams) parameters["decoder_input_details"] = true;
        return JsonSerializer.SerializeToUtf8Bytes(new JsonObject { ["inputs"] = generation.Prompt, ["parameters"] = parameters }, WireJson.Options);
    }
}
