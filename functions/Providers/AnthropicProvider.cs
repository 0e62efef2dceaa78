using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Contracts;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Providers;

/// <summary>Anthropic's Messages API: <c>POST {base}/v1/messages</c>, <c>x-api-key</c>, <c>anthropic-version</c>. A completion is asked as one user turn.</summary>
public sealed class AnthropicProvider(UpstreamHttp http) : VendorProvider("anthropic", new Uri("https://api.anthropic.com"))
{
    private static readonly string[] Completions = ["temperature", "top_p", "top_k", "max_tokens", "stop"];
    private static readonly string[] Chat = [.. Completions, "response_format", "tools", "tool_choice", "parallel_tool_calls", "thinking", "reasoning_effort"];

    public override IReadOnlyList<ConfigField> Config { get; } = [ConfigField.Key("anthropic_api_key"), ConfigField.ApiBase("anthropic_api_base"), ConfigField.Word("anthropic_version")];

    public override ProviderAbilities Abilities { get; } = ProviderAbilities.Of(Chat, Completions) with { Images = true, Files = true, FileUrls = true, ContinuesAssistant = true, CountsPrompts = true, Stops = AnswerChecks.MaxStops, AnthropicTools = true };

    public override bool ContinuesAssistant(string model) => ClaudeModel.Of(model).ContinuesAssistant;

    public override bool CanProbe(RouteModel model) => true;

    public override Task ProbeAsync(ProviderTarget target, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        return http.ProbeAsync(target.At("v1/models"), Headers(target), cancellationToken);
    }

    public override IAsyncEnumerable<AnswerEvent> GenerateAsync(ProviderTarget target, Generation generation, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(generation);
        return StructuredAnswer.AskAsync(generation, (asked, stop) => WrappedArguments.AskAsync(asked, (told, end) => FittedToolNames.AskAsync(told, (fitted, last) => AskAsync(target, fitted, last), end, ToolNameRule.Anthropic), stop), cancellationToken);
    }

    public override async Task<int> CountPromptAsync(ProviderTarget target, Generation generation, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(generation);
        var body = JsonSerializer.SerializeToUtf8Bytes(AnthropicBody.OfPrompt(target.Model, FittedToolNames.Asked(WrappedArguments.Asked(StructuredAnswer.Asked(generation)), ToolNameRule.Anthropic)), WireJson.Options);
        using var response = await http.SendAsync(HttpMethod.Post, target.At("v1/messages/count_tokens"), body, Headers(target, generation.Betas), cancellationToken).ConfigureAwait(false);
        return VendorJson.Count(await UpstreamHttp.ReadElementAsync(response, cancellationToken).ConfigureAwait(false), "input_tokens") ?? throw new UpstreamException(UpstreamFailure.InvalidResponse);
    }

    private async IAsyncEnumerable<AnswerEvent> AskAsync(ProviderTarget target, Generation generation, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var chat = ChatForm.Of(generation);
        using var response = await SendAsync(target, chat, cancellationToken).ConfigureAwait(false);
        var answer = new AnthropicAnswer(target.Model);
        if (!UpstreamHttp.IsStream(response, generation.Streams))
        {
            foreach (var piece in answer.ReadWhole((await UpstreamHttp.ReadBytesAsync(response, cancellationToken).ConfigureAwait(false)).Span)) yield return piece;
            yield break;
        }

        using var events = new SseReader(await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false));
        while (await events.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            var read = answer.Read(events.Data.Span);
            for (var i = 0; i < read.Count; i++)
            {
                yield return read[i];
                if (read[i] is AnswerCompleted) yield break;
            }
        }

        foreach (var piece in answer.End()) yield return piece;
    }

    /// <summary>Tools are strict where an OpenAI's caller wants them so, unless the service refuses that: its limits on all schemas together are not told, and the request can do without.</summary>
    private async Task<HttpResponseMessage> SendAsync(ProviderTarget target, Generation chat, CancellationToken cancellationToken)
    {
        var body = AnthropicBody.Of(target.Model, chat);
        var isStrict = StrictTools.AddForAnthropic(body, target.Model, chat.Settings.Tools);
        try
        {
            return await PostAsync(target, chat, body, cancellationToken).ConfigureAwait(false);
        }
        catch (UpstreamException refused) when (isStrict && refused is { Failure: UpstreamFailure.Status, Status: 400, Code: not ErrorWords.ContextLengthExceeded })
        {
            StrictTools.Remove(body);
            return await PostAsync(target, chat, body, cancellationToken).ConfigureAwait(false);
        }
    }

    private Task<HttpResponseMessage> PostAsync(ProviderTarget target, Generation chat, JsonObject body, CancellationToken cancellationToken) =>
        http.SendAsync(HttpMethod.Post, target.At("v1/messages"), JsonSerializer.SerializeToUtf8Bytes(body, WireJson.Options), Headers(target, chat.Betas), cancellationToken);

    private static List<KeyValuePair<string, string>> Headers(ProviderTarget target, string? betas = null)
    {
        var headers = new List<KeyValuePair<string, string>> { new("anthropic-version", target.Setting("anthropic_version") ?? "2023-06-01") };
        if (target.Key is { } key) headers.Add(new("x-api-key", key.Reveal()));
        if (betas is not null) headers.Add(new(AnthropicBetas.Header, betas));
        return headers;
    }
}
