using Serverless.Functions.Dispatch;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Providers;

/// <summary>A Databricks serving endpoint: <c>POST {workspace}/serving-endpoints/{name}/invocations</c> with OpenAI's bodies less <c>model</c>.</summary>
public sealed class DatabricksProvider(UpstreamHttp http) : VendorProvider("databricks-model-serving", null)
{
    private static readonly string[] Completions = ["temperature", "top_p", "top_k", "max_tokens", "stop", "n", "suffix", "echo", "logprobs"];
    private static readonly string[] Chat = ["temperature", "top_p", "top_k", "max_tokens", "stop", "n", "tools", "tool_choice", "response_format", "logprobs", "top_logprobs", "reasoning_effort"];

    public override IReadOnlyList<ConfigField> Config { get; } = [ConfigField.Key("databricks_api_token", required: true), ConfigField.ApiBase("databricks_workspace_url", required: true)];

    public override ProviderAbilities Abilities { get; } = ProviderAbilities.Of(Chat, Completions, embeddings: []) with { Images = true, ContinuesPrompts = true, PromptLists = true };

    public override int MaxEmbeddingTexts => 150;

    public override bool RequiresKey(RouteModel model) => true;

    public override IAsyncEnumerable<AnswerEvent> GenerateAsync(ProviderTarget target, Generation generation, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        return OpenAiWire.GenerateAsync(http, At(target), Headers(target), target.Model, generation, new OpenAiDialect { HasStreamOptions = false }, null, cancellationToken);
    }

    public override Task<EmbeddingBatch> EmbedAsync(ProviderTarget target, EmbeddingCall call, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        return OpenAiWire.EmbedAsync(http, At(target), Headers(target), target, null, call, null, cancellationToken);
    }

    private static Uri At(ProviderTarget target) => target.At($"serving-endpoints/{target.Model}/invocations");

    private static List<KeyValuePair<string, string>> Headers(ProviderTarget target) => target.Key is { } key ? [new("Authorization", UpstreamHttp.Bearer(key)!)] : [];
}
