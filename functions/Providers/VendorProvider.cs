using Serverless.Functions.Dispatch;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Providers;

/// <summary>What providers have in common that differ only in their wire: no tokenizer at hand, a key, an address of their own.</summary>
public abstract class VendorProvider(string name, Uri? defaultApiBase) : IProvider
{
    public string Name { get; } = name;

    public abstract IReadOnlyList<ConfigField> Config { get; }

    public abstract ProviderAbilities Abilities { get; }

    public virtual int MaxEmbeddingTexts => 256;

    public virtual bool RequiresKey(RouteModel model) => true;

    public virtual Uri DefaultApiBase(RouteModel model) => defaultApiBase ?? throw new InvalidOperationException("The provider has no address of its own.");

    public virtual bool ContinuesAssistant(string model) => Abilities.ContinuesAssistant;

    public virtual bool CanProbe(RouteModel model) => false;

    public virtual Task ProbeAsync(ProviderTarget target, CancellationToken cancellationToken) => throw new NotSupportedException();

    public virtual void Check(string routeType, RouteModel model)
    {
        if (!Abilities.Parameters.ContainsKey(routeType))
            throw GatewayException.Invalid("route_type", $"Provider '{Name}' serves routes of type {string.Join(", ", Abilities.Parameters.Keys)}.");
    }

    public abstract IAsyncEnumerable<AnswerEvent> GenerateAsync(ProviderTarget target, Generation generation, CancellationToken cancellationToken);

    public virtual Task<EmbeddingBatch> EmbedAsync(ProviderTarget target, EmbeddingCall call, CancellationToken cancellationToken) =>
        throw GatewayException.Invalid("model", $"Provider '{Name}' embeds no texts.");

    public virtual Task<RerankBatch> RerankAsync(ProviderTarget target, RerankCall call, CancellationToken cancellationToken) =>
        throw GatewayException.Invalid("model", $"Provider '{Name}' reranks no documents.");

    public Task<IReadOnlyList<int>> CountTokensAsync(ProviderTarget target, IReadOnlyList<string> texts, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<int>>([.. texts.Select(TokenEstimate.Of)]);

    public virtual Task<int> CountPromptAsync(ProviderTarget target, Generation generation, CancellationToken cancellationToken) => throw new NotSupportedException();

    public virtual ValueTask<int?> ContextWindowAsync(ProviderTarget target, CancellationToken cancellationToken) => ValueTask.FromResult<int?>(null);
}
