using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Serverless.Functions.Dispatch;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Providers;

/// <summary>
/// MosaicML's inference service as MLflow AI Gateway calls it (mlflow/gateway/providers/mosaicml.py): <c>POST {base}/{model}/v1/predict</c>,
/// <c>Authorization: KEY</c> without "Bearer", <c>{inputs, parameters}</c> -> <c>{outputs}</c>. It neither streams nor counts tokens.
/// </summary>
public sealed class MosaicMlProvider(UpstreamHttp http) : VendorProvider("mosaicml", new Uri($"https://{DefaultHost}"))
{
    internal const string DefaultHost = "models.hosted-on.mosaicml.hosting";

    private static readonly string[] Parameters = ["temperature", "top_p", "top_k", "max_tokens", "stop"];

    public override IReadOnlyList<ConfigField> Config { get; } = [ConfigField.Key("mosaicml_api_key"), ConfigField.ApiBase("mosaicml_api_base")];

    public bool CountsExactly => true;

    public override ProviderAbilities Abilities { get; } = ProviderAbilities.Of(Parameters, Parameters, embeddings: []) with { ContinuesPrompts = true, ContinuesAssistant = true, Streams = false };

    public override void Check(string routeType, RouteModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        base.Check(routeType, model);
        if (routeType == RouteTypes.Chat && !model.Name.StartsWith("llama2", StringComparison.OrdinalIgnoreCase))
            throw GatewayException.Invalid("model.name", "'model.name' of a mosaicml chat route must start with 'llama2': the prompt is written in its format.");
    }

    public override async IAsyncEnumerable<AnswerEvent> GenerateAsync(ProviderTarget target, Generation generation, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(generation);
        var settings = generation.Settings;
        var parameters = new JsonObject();
        if (settings.Temperature is { } temperature) parameters["temperature"] = temperature;
        if (settings.TopP is { } topP) parameters["top_p"] = topP;
        if (settings.TopK is { } topK) parameters["top_k"] = topK;
        if (settings.MaxTokens is { } maxTokens) parameters["max_new_tokens"] = maxTokens;
        var prompt = generation.Prompt ?? Llama2Prompt.FromMessages(generation.Messages!);
        var body = new { inputs = (string[])[prompt], parameters };
        var answer = await http.SendAsync<Outputs<string>>(HttpMethod.Post, At(target), body, target.Key?.Reveal(), cancellationToken).ConfigureAwait(false);
        if (answer.Items is not [{ } text]) throw new UpstreamException(UpstreamFailure.InvalidResponse);

        // The service knows no stop strings, so they are applied to what it wrote.
        var cut = StopStrings.Cut(text, settings.Stop);
        if (cut.Length > 0) yield return new AnswerText(cut);
        // The service does not say why it ended.
        yield return new AnswerCompleted("stop", null, [], target.Model);
    }

    public override async Task<EmbeddingBatch> EmbedAsync(ProviderTarget target, EmbeddingCall call, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(call);
        var texts = call.Texts;
        var inputs = target.Model.StartsWith("instructor", StringComparison.OrdinalIgnoreCase)
            ? texts.Select(text => (object)(string[])[call.Instruction, text]).ToList()
            : [.. texts];
        var answer = await http.SendAsync<Outputs<float[]>>(HttpMethod.Post, At(target), new { inputs }, target.Key?.Reveal(), cancellationToken).ConfigureAwait(false);
        if (answer.Items is null || answer.Items.Count != texts.Count) throw new UpstreamException(UpstreamFailure.InvalidResponse);
        return new EmbeddingBatch(UnitVectors.Check(answer.Items), target.Model, null);
    }

    /// <summary>The context of the service's own models, prompt and answer together; null for others.</summary>
    public override ValueTask<int?> ContextWindowAsync(ProviderTarget target, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        var model = target.Model;
        int? window = model.StartsWith("llama2", StringComparison.OrdinalIgnoreCase) ? 4096
            : model.StartsWith("mpt-30b", StringComparison.OrdinalIgnoreCase) ? 8192
            : model.StartsWith("mpt-7b", StringComparison.OrdinalIgnoreCase) ? 2048
            : null;
        return ValueTask.FromResult(window);
    }

    private static Uri At(ProviderTarget target) => target.At($"{target.Model}/v1/predict");

    private sealed record Outputs<T>([property: System.Text.Json.Serialization.JsonPropertyName("outputs")] IReadOnlyList<T?>? Items)
    {
        public override string ToString() => $"[{Items?.Count ?? 0} outputs]";
    }
}
