using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Contracts;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Providers;

/// <summary>
/// Amazon Bedrock's Converse API: <c>POST /model/{id}/converse</c> and <c>/converse-stream</c>, <c>/count-tokens</c>, and <c>/invoke</c> for vectors, signed with Signature Version 4. AWSSDK.Core
/// has a signer, but only inside of its own request pipeline (Amazon.Runtime.Internal), so the public specification is followed here. A
/// completion is asked as one user turn.
/// </summary>
public sealed class BedrockProvider(UpstreamHttp http, TimeProvider time) : VendorProvider("bedrock", null)
{
    private static readonly string[] Completions = ["temperature", "top_p", "max_tokens", "stop"];
    private static readonly string[] Chat = [.. Completions, "response_format", "tools", "tool_choice", "thinking", "reasoning_effort"];

    public override IReadOnlyList<ConfigField> Config { get; } =
    [
        ConfigField.Key("aws_access_key_id", required: true), ConfigField.Key("aws_secret_access_key", required: true), ConfigField.Key("aws_session_token"),
        ConfigField.Word("aws_region", required: true), ConfigField.ApiBase("bedrock_api_base"),
    ];

    public override ProviderAbilities Abilities { get; } = ProviderAbilities.Of(Chat, Completions, embeddings: ["dimensions"]) with { Images = true, Files = true, ContinuesAssistant = true, CountsPrompts = true, Stops = AnswerChecks.MaxStops };

    public override int MaxEmbeddingTexts => 1;

    public override bool ContinuesAssistant(string model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return !model.Contains("anthropic.", StringComparison.Ordinal) || ClaudeModel.Of(model).ContinuesAssistant;
    }

    public override Uri DefaultApiBase(RouteModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new Uri($"https://bedrock-runtime.{model.Config!["aws_region"]}.amazonaws.com");
    }

    public override IAsyncEnumerable<AnswerEvent> GenerateAsync(ProviderTarget target, Generation generation, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(generation);
        return StructuredAnswer.AskAsync(generation, (asked, stop) => WrappedArguments.AskAsync(asked, (told, end) => FittedToolNames.AskAsync(told, (fitted, last) => AskAsync(target, fitted, last), end), stop), cancellationToken);
    }

    public override async Task<int> CountPromptAsync(ProviderTarget target, Generation generation, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(generation);
        var converse = BedrockBody.Of(target.Model, FittedToolNames.Asked(WrappedArguments.Asked(StructuredAnswer.Asked(generation))), answers: false);
        converse.Remove("inferenceConfig");
        var answer = await PostAsync(target, "count-tokens", new JsonObject { ["input"] = new JsonObject { ["converse"] = converse } }, cancellationToken).ConfigureAwait(false);
        return VendorJson.Count(answer, "inputTokens") ?? throw new UpstreamException(UpstreamFailure.InvalidResponse);
    }

    /// <summary>A text a call: Titan's and Nova's models take one, and Cohere's on Bedrock are asked so too.</summary>
    public override async Task<EmbeddingBatch> EmbedAsync(ProviderTarget target, EmbeddingCall call, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(call);
        var answer = await PostAsync(target, "invoke", BedrockEmbedding.Of(target.Model, call), cancellationToken).ConfigureAwait(false);
        return new EmbeddingBatch(UnitVectors.Check(BedrockEmbedding.Read(answer, call.Texts.Count)), target.Model, VendorJson.Count(answer, "inputTextTokenCount"));
    }

    private async Task<JsonElement> PostAsync(ProviderTarget target, string operation, JsonObject given, CancellationToken cancellationToken)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(given, WireJson.Options);
        var uri = At(target, operation);
        using var response = await http.SendAsync(HttpMethod.Post, uri, body, Headers(target, uri, body), cancellationToken).ConfigureAwait(false);
        return await UpstreamHttp.ReadElementAsync(response, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Ids of models hold colons, which a path of AWS has encoded.</summary>
    private static Uri At(ProviderTarget target, string operation) => target.At($"model/{Uri.EscapeDataString(target.Model)}/{operation}");

    private IReadOnlyList<KeyValuePair<string, string>> Headers(ProviderTarget target, Uri uri, byte[] body) =>
        AwsSignature.Sign(HttpMethod.Post, uri, body, target.Key!, target.Setting("aws_region")!, "bedrock", time.GetUtcNow());

    private async IAsyncEnumerable<AnswerEvent> AskAsync(ProviderTarget target, Generation generation, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(BedrockBody.Of(target.Model, ChatForm.Of(generation)), WireJson.Options);
        var uri = At(target, generation.Streams ? "converse-stream" : "converse");
        using var response = await http.SendAsync(HttpMethod.Post, uri, body, Headers(target, uri, body), cancellationToken).ConfigureAwait(false);
        var answer = new BedrockAnswer(target.Model);
        if (!generation.Streams)
        {
            foreach (var piece in answer.ReadWhole((await UpstreamHttp.ReadBytesAsync(response, cancellationToken).ConfigureAwait(false)).Span)) yield return piece;
            yield break;
        }

        using var events = new AwsEventStream(await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false));
        while (await events.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (answer.Read(events.Type, events.Payload.Span) is { } piece) yield return piece;
        }

        foreach (var call in answer.Rest()) yield return call;
        yield return answer.Complete(isWhole: false);
    }
}
