using Serverless.Functions.Clients;
using Serverless.Functions.Limits.Prices;

namespace Serverless.Functions.Dispatch;

/// <summary>The one way to a model: authenticate (by the caller), find the route, validate, reserve, choose a target, call, settle, meter.</summary>
public interface IGateway
{
    /// <summary>Runs one chat, completion or answer request. The last event is a <see cref="AnswerCompleted"/>; nothing follows it.</summary>
    /// <exception cref="GatewayException">The request was refused (before the first event) or failed.</exception>
    IAsyncEnumerable<AnswerEvent> StreamAsync(AnswerRequest request, CancellationToken cancellationToken);

    /// <summary>Embeds texts through an <c>llm/v1/embeddings</c> route.</summary>
    /// <exception cref="GatewayException">The route is unknown or of another type, a limit is reached, or the provider failed.</exception>
    Task<EmbeddingBatch> EmbedAsync(string route, IReadOnlyList<string> texts, EmbeddingPurpose purpose, Caller caller, CancellationToken cancellationToken);

    /// <summary>Names what decides the vectors that a route gives to documents, beside their texts: its models, its instruction and its guards. 32 hexadecimal digits.</summary>
    /// <exception cref="GatewayException">The route is unknown or of another type.</exception>
    Task<string> EmbeddingIdentityAsync(string route, CancellationToken cancellationToken);

    /// <summary>What a token costs that the route embeds, by the price table as it is now; null where that has no price for it.</summary>
    /// <exception cref="GatewayException">The route is unknown or of another type.</exception>
    Task<TokenPrice?> EmbeddingPriceAsync(string route, CancellationToken cancellationToken);

    /// <summary>The route at its present version, <c>name@version</c>: what is called by it stays the same while the route changes.</summary>
    /// <exception cref="GatewayException">The route is unknown or of another type.</exception>
    Task<string> PinEmbeddingsAsync(string route, CancellationToken cancellationToken);

    /// <summary>Tokens of each text for the model behind <paramref name="route"/>: exact where the provider can count, otherwise never less than the truth is likely to be.</summary>
    Task<IReadOnlyList<int>> CountTokensAsync(string route, IReadOnlyList<string> texts, CancellationToken cancellationToken);
}
