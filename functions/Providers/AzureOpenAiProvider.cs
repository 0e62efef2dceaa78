using Serverless.Functions.Dispatch;

namespace Serverless.Functions.Providers;

/// <summary>
/// Azure OpenAI. With <c>azure_openai_api_version</c> its deployments' addresses, without one <c>{base}/openai/v1</c>, where the model is
/// the deployment's name.
/// </summary>
public sealed class AzureOpenAiProvider(UpstreamHttp http) : VendorProvider("azure-openai", null)
{
    private static readonly string[] Others = ["top_k", "min_p", "repetition_penalty", "min_tokens", "stop_token_ids", "priority", .. ServerParameters.Names];
    private static readonly string[] Chat = [.. OpenAiProvider.ChatParameters.Except(Others)];
    private static readonly string[] Completions = [.. OpenAiProvider.CompletionParameters.Except([.. Others, "response_format"])];

    public override IReadOnlyList<ConfigField> Config { get; } =
    [
        ConfigField.Key("azure_openai_api_key"), ConfigField.ApiBase("azure_openai_api_base", required: true),
        ConfigField.Word("azure_openai_api_version"), ConfigField.Word("azure_openai_deployment_name"),
    ];

    public override ProviderAbilities Abilities { get; } =
        ProviderAbilities.Of(Chat, Completions, embeddings: ["dimensions"]) with { Images = true, Files = true, Audio = true, CustomTools = true, ContinuesPrompts = true, PromptLists = true, TokenPrompts = true, TokenTexts = true };

    public override int MaxEmbeddingTexts => 2048;

    public override IAsyncEnumerable<AnswerEvent> GenerateAsync(ProviderTarget target, Generation generation, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(generation);
        var dialect = new OpenAiDialect { Model = Model(target), HasDeveloperRole = true, HasTextParts = true, CallIds = CallIdRule.OpenAi, AlwaysMaxCompletionTokens = Version(target) is null };
        var uri = At(target, generation.IsChat ? "chat/completions" : "completions");
        return OpenAiSchemas.AskAsync(generation, CallAsync, cancellationToken);

        IAsyncEnumerable<AnswerEvent> CallAsync(Generation asked, CancellationToken stop) =>
            FittedToolNames.AskAsync(asked, (fitted, end) => OpenAiWire.GenerateAsync(http, uri, Headers(target), target.Model, fitted, dialect, null, end), stop);
    }

    public override Task<EmbeddingBatch> EmbedAsync(ProviderTarget target, EmbeddingCall call, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(call);
        return OpenAiWire.EmbedAsync(http, At(target, "embeddings"), Headers(target), target, Model(target), call, null, cancellationToken);
    }

    private static string? Version(ProviderTarget target) => target.Setting("azure_openai_api_version");

    private static string Deployment(ProviderTarget target) => target.Setting("azure_openai_deployment_name") ?? target.Model;

    private static string? Model(ProviderTarget target) => Version(target) is null ? Deployment(target) : null;

    private static Uri At(ProviderTarget target, string operation) =>
        Version(target) is { } version ? AzureOpenAiWire.At(target, Deployment(target), operation, version) : target.At($"openai/v1/{operation}");

    private static List<KeyValuePair<string, string>> Headers(ProviderTarget target) => target.Key is { } key ? [new("api-key", key.Reveal())] : [];
}
