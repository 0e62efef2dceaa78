using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Contracts;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Providers;

/// <summary>
/// A model that MLflow serves: <c>POST {url}/invocations</c>. Completions and embeddings go as <c>{inputs, params}</c> and come as
/// <c>{predictions}</c> (mlflow/gateway/providers/mlflow.py); chats go in the shape of MLflow's ChatModel, which is OpenAI's.
/// </summary>
public sealed class MlflowProvider(UpstreamHttp http) : VendorProvider("mlflow-model-serving", null)
{
    private static readonly string[] Completions = ["temperature", "top_p", "top_k", "max_tokens", "stop"];
    private static readonly string[] Chat = [.. Completions, "n", "tools", "tool_choice", "response_format"];

    public override IReadOnlyList<ConfigField> Config { get; } = [ConfigField.ApiBase("model_server_url", required: true)];

    public override ProviderAbilities Abilities { get; } = ProviderAbilities.Of(Chat, Completions, embeddings: []) with { ContinuesPrompts = true };

    public override bool RequiresKey(RouteModel model) => false;

    public override bool CanProbe(RouteModel model) => true;

    public override Task ProbeAsync(ProviderTarget target, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        return http.ProbeAsync(target.At("ping"), [], cancellationToken);
    }

    public override IAsyncEnumerable<AnswerEvent> GenerateAsync(ProviderTarget target, Generation generation, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(generation);
        return generation.IsChat
            ? OpenAiWire.GenerateAsync(http, target.At("invocations"), [], target.Model, generation, new OpenAiDialect { HasStreamOptions = false }, null, cancellationToken)
            : CompleteAsync(target, generation, cancellationToken);
    }

    public override async Task<EmbeddingBatch> EmbedAsync(ProviderTarget target, EmbeddingCall call, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(call);
        var answer = await AskAsync(target, new JsonObject { ["inputs"] = new JsonArray([.. call.Texts.Select(t => JsonValue.Create(t))]) }, cancellationToken).ConfigureAwait(false);
        var vectors = VendorJson.Items(answer, "predictions").Select(VendorJson.Vector).ToList();
        if (vectors.Count != call.Texts.Count) throw new UpstreamException(UpstreamFailure.InvalidResponse);
        return new EmbeddingBatch(UnitVectors.Check(vectors), target.Model, null);
    }

    private async IAsyncEnumerable<AnswerEvent> CompleteAsync(ProviderTarget target, Generation generation, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var settings = generation.Settings;
        var parameters = new JsonObject();
        if (settings.Temperature is { } temperature) parameters["temperature"] = temperature;
        if (settings.TopP is { } topP) parameters["top_p"] = topP;
        if (settings.TopK is { } topK) parameters["top_k"] = topK;
        if (settings.MaxTokens is { } maxTokens) parameters["max_tokens"] = maxTokens;
        if (settings.Stop is { Count: > 0 } stop) parameters["stop"] = new JsonArray([.. stop.Select(s => JsonValue.Create(s))]);
        var body = new JsonObject { ["inputs"] = new JsonArray(generation.Prompt) };
        if (parameters.Count > 0) body["params"] = parameters;

        var answer = await AskAsync(target, body, cancellationToken).ConfigureAwait(false);
        var predictions = VendorJson.Items(answer, "predictions").ToList();
        if (predictions.Count == 0) predictions = [.. VendorJson.Items(VendorJson.Object(answer, "predictions"), "candidates")];
        var text = predictions switch
        {
            [{ ValueKind: JsonValueKind.String } first] => first.GetString(),
            [{ ValueKind: JsonValueKind.Object } first] => VendorJson.Text(first, "text"),
            _ => null,
        };
        if (text is null) throw new UpstreamException(UpstreamFailure.InvalidResponse);
        // A pipeline that a model is of may leave the stop string in, or have none.
        if (StopStrings.Cut(text, settings.Stop) is { Length: > 0 } shown) yield return new AnswerText(shown);
        // The server tells neither why it ended nor what it took.
        yield return new AnswerCompleted("stop", null, [], target.Model);
    }

    private async Task<JsonElement> AskAsync(ProviderTarget target, JsonObject body, CancellationToken cancellationToken)
    {
        using var response = await http.SendAsync(HttpMethod.Post, target.At("invocations"), JsonSerializer.SerializeToUtf8Bytes(body, WireJson.Options), [], cancellationToken).ConfigureAwait(false);
        return await UpstreamHttp.ReadElementAsync(response, cancellationToken).ConfigureAwait(false);
    }
}
