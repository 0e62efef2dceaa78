using Serverless.Functions.Dispatch;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Providers;

/// <summary>
/// OpenAI, and whatever speaks its wire at another address (Ollama, vLLM, LM Studio). With <c>openai_api_type: azure | azuread</c>, as
/// MLflow AI Gateway has it, Azure OpenAI.
/// </summary>
public sealed class OpenAiProvider(UpstreamHttp http) : VendorProvider("openai", new Uri("https://api.openai.com/v1"))
{
    internal static readonly string[] CommonParameters =
    [
        "temperature", "top_p", "max_tokens", "stop", "seed", "n", "presence_penalty", "frequency_penalty", "logprobs", "logit_bias",
        // Of OpenAI-compatible servers; OpenAI itself refuses them by name.
        "top_k", "min_p", "repetition_penalty", "min_tokens", "stop_token_ids", "priority", .. ServerParameters.Names,
    ];

    internal static readonly string[] ChatParameters =
    [
        .. CommonParameters, "top_logprobs", "response_format", "tools", "tool_choice", "parallel_tool_calls", "modalities", "audio",
        "prediction", "reasoning_effort", "verbosity", "service_tier", "prompt_cache_key", "prompt_cache_options", "prompt_cache_retention", "safety_identifier", "web_search_options",
    ];

    internal static readonly string[] CompletionParameters = [.. CommonParameters, "best_of", "echo", "suffix", "response_format"];

    public override IReadOnlyList<ConfigField> Config { get; } =
    [
        ConfigField.Key("openai_api_key"), ConfigField.Word("openai_api_type", false, "openai", "azure", "azuread"), ConfigField.ApiBase("openai_api_base"),
        ConfigField.Word("openai_api_version"), ConfigField.Word("openai_deployment_name"), ConfigField.Word("openai_organization"),
    ];

    public override ProviderAbilities Abilities { get; } =
        ProviderAbilities.Of(ChatParameters, CompletionParameters, embeddings: ["dimensions"]) with { Images = true, Files = true, Audio = true, CustomTools = true, Stops = AnswerChecks.MaxStops, ContinuesPrompts = true, PromptLists = true, TokenPrompts = true, TokenTexts = true };

    public override int MaxEmbeddingTexts => 2048;

    /// <summary>A server at an address of its own may ask for none.</summary>
    public override bool RequiresKey(RouteModel model) => model.ApiBase is null || IsAzure(model);

    public override void Check(string routeType, RouteModel model)
    {
        base.Check(routeType, model);
        var has = (string name) => model.Config?.ContainsKey(name) == true;
        if (IsAzure(model))
        {
            if (model.ApiBase is null) throw Missing("openai_api_base");
            if (!has("openai_deployment_name")) throw Missing("openai_deployment_name");
            if (!has("openai_api_version")) throw Missing("openai_api_version");
            if (has("openai_organization")) throw Forbidden("openai_organization", "is not permitted with openai_api_type azure.");
        }
        else if (has("openai_deployment_name"))
        {
            throw Forbidden("openai_deployment_name", "is only permitted with openai_api_type azure or azuread.");
        }
    }

    public override bool CanProbe(RouteModel model) => !IsAzure(model);

    public override Task ProbeAsync(ProviderTarget target, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        return http.ProbeAsync(target.At("models"), Headers(target), cancellationToken);
    }

    public override IAsyncEnumerable<AnswerEvent> GenerateAsync(ProviderTarget target, Generation generation, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(generation);
        var operation = generation.IsChat ? "chat/completions" : "completions";
        var isAzure = AzureOpenAiWire.Applies(target);
        var isOpenAi = isAzure || IsOpenAi(target);
        var isMistral = target.ApiBase.Host == "api.mistral.ai";
        var dialect = new OpenAiDialect
        {
            Model = isAzure ? null : target.Model,
            HasDeveloperRole = isOpenAi,
            HasTextParts = isOpenAi,
            HasKept = !isOpenAi,
            HasThoughtParts = isMistral,
            CallIds = isOpenAi ? CallIdRule.OpenAi : isMistral ? CallIdRule.Mistral : null,
            AlwaysMaxCompletionTokens = IsOpenAi(target),
        };
        // Servers at addresses of their own need not know what a choice among tools is.
        generation = generation with { Settings = isOpenAi ? ServerParameters.WithEffort(generation.Settings) : AllowedTools.Applied(generation.Settings) };
        return isOpenAi ? OpenAiSchemas.AskAsync(generation, CallAsync, cancellationToken) : CallAsync(generation, cancellationToken);

        IAsyncEnumerable<AnswerEvent> CallAsync(Generation asked, CancellationToken stop) => FittedToolNames.AskAsync(
            asked, (fitted, end) => OpenAiWire.GenerateAsync(http, At(target, operation), Headers(target), target.Model, fitted, dialect, null, end), stop);
    }

    public override Task<EmbeddingBatch> EmbedAsync(ProviderTarget target, EmbeddingCall call, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(call);
        return OpenAiWire.EmbedAsync(http, At(target, "embeddings"), Headers(target), target, AzureOpenAiWire.Applies(target) ? null : target.Model, call, null, cancellationToken);
    }

    private static bool IsAzure(RouteModel model) => model.Config is { } config && config.TryGetValue("openai_api_type", out var type) && type != "openai";

    private static bool IsOpenAi(ProviderTarget target) => target.ApiBase.Host == "api.openai.com";

    private static Uri At(ProviderTarget target, string operation) => AzureOpenAiWire.Applies(target)
        ? AzureOpenAiWire.At(target, target.Setting("openai_deployment_name"), operation, target.Setting("openai_api_version"))
        : target.At(operation);

    private static List<KeyValuePair<string, string>> Headers(ProviderTarget target)
    {
        var headers = new List<KeyValuePair<string, string>>();
        if (target.Key is { } key)
            headers.Add(target.Setting("openai_api_type") == "azure" ? new("api-key", key.Reveal()) : new("Authorization", UpstreamHttp.Bearer(key)!));
        if (target.Setting("openai_organization") is { } organization) headers.Add(new("OpenAI-Organization", organization));
        return headers;
    }

    private static GatewayException Missing(string field) =>
        GatewayException.Invalid($"model.openai_config.{field}", $"'model.openai_config.{field}' is required with openai_api_type azure or azuread.", "missing_field");

    private static GatewayException Forbidden(string field, string why) => GatewayException.Invalid($"model.openai_config.{field}", $"'model.openai_config.{field}' {why}");
}
