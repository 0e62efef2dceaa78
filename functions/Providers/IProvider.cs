using Serverless.Functions.Dispatch;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Providers;

/// <summary>
/// One kind of model service: its wire format and nothing else. Retries, time limits and the mapping of errors are the dispatcher's.
/// Failures are <see cref="UpstreamException"/>s.
/// </summary>
public interface IProvider
{
    /// <summary>As routes name it, for example <c>gpu-worker</c>; its block in a route is <c>gpu_worker_config</c>.</summary>
    string Name { get; }

    /// <summary>What a route's block of this provider may hold.</summary>
    IReadOnlyList<ConfigField> Config { get; }

    /// <summary>Which types of route it serves, with which parameters.</summary>
    ProviderAbilities Abilities { get; }

    /// <summary>Whether it tells an answer's tokens as they come, and goes on after them when asked with <see cref="Generation.Resume"/> and the same seed.</summary>
    bool CanResume => false;

    /// <summary>Whether <see cref="CountTokensAsync"/> counts what its <c>usage</c> would say, or what is metered for want of one.</summary>
    bool CountsExactly => false;

    /// <summary>Texts that one call embeds; more go in several calls.</summary>
    int MaxEmbeddingTexts => 256;

    /// <summary>Whether a route of this model needs a key.</summary>
    bool RequiresKey(RouteModel model);

    /// <summary>Whether this model goes on with a chat's last turn where that is the assistant's.</summary>
    bool ContinuesAssistant(string model) => Abilities.ContinuesAssistant;

    /// <summary>Where calls go when a route gives no address.</summary>
    Uri DefaultApiBase(RouteModel model);

    /// <summary>Whether <see cref="ProbeAsync"/> can ask after this model.</summary>
    bool CanProbe(RouteModel model) => false;

    /// <summary>Asks whether the service is there, without generating anything. An answer of any kind is one, but for a 5xx.</summary>
    /// <exception cref="UpstreamException">It could not be reached, or says that it fails.</exception>
    Task ProbeAsync(ProviderTarget target, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>Checks a route's model when the route is written.</summary>
    /// <exception cref="GatewayException">400 when this provider cannot serve the model as <paramref name="routeType"/>.</exception>
    void Check(string routeType, RouteModel model);

    /// <summary>Generates; the last event is an <see cref="AnswerCompleted"/> without citations.</summary>
    IAsyncEnumerable<AnswerEvent> GenerateAsync(ProviderTarget target, Generation generation, CancellationToken cancellationToken);

    /// <param name="call">At most <see cref="MaxEmbeddingTexts"/> texts.</param>
    Task<EmbeddingBatch> EmbedAsync(ProviderTarget target, EmbeddingCall call, CancellationToken cancellationToken);

    /// <summary>Scores documents; asked only of a provider that serves <c>llm/v1/rerank</c>.</summary>
    Task<RerankBatch> RerankAsync(ProviderTarget target, RerankCall call, CancellationToken cancellationToken) => throw GatewayException.Invalid("model", $"Provider '{Name}' reranks no documents.");

    /// <summary>Tokens of each text, without special tokens: exact, or never less than is likely.</summary>
    Task<IReadOnlyList<int>> CountTokensAsync(ProviderTarget target, IReadOnlyList<string> texts, CancellationToken cancellationToken);

    /// <summary>Tokens of a chat's prompt, as the service counts it with all that is in it; asked only of a provider whose abilities say so.</summary>
    Task<int> CountPromptAsync(ProviderTarget target, Generation generation, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>Tokens of prompt and answer together; null when unknown.</summary>
    ValueTask<int?> ContextWindowAsync(ProviderTarget target, CancellationToken cancellationToken);
}
