using Serverless.GpuWorker.Embedding;

namespace Serverless.GpuWorker.Api;

/// <summary>What this worker serves: a language model, embeddings models, rerankers, or several of these.</summary>
public sealed record ServedModels(LlmModel? Llm, IReadOnlyList<EmbeddingModel> Embeddings, IReadOnlyList<RerankModel> Rerankers, DateTimeOffset LoadedAt)
{
    public ServedModels(LlmModel? llm, IReadOnlyList<EmbeddingModel> embeddings, DateTimeOffset loadedAt)
        : this(llm, embeddings, [], loadedAt)
    {
    }

    public IEnumerable<string> Names => [.. Llm is null ? Array.Empty<string>() : [Llm.Name], .. EmbeddingNames, .. RerankerNames];

    /// <summary>What runs an encoder.</summary>
    public IReadOnlyList<IEncodingModel> Encoders { get; } = [.. Embeddings.Select(embedding => embedding.Embedder), .. Rerankers.Select(reranker => reranker.Reranker)];

    private IEnumerable<string> EmbeddingNames => Embeddings.Select(embedding => embedding.Name);

    private IEnumerable<string> RerankerNames => Rerankers.Select(reranker => reranker.Name);

    /// <summary>The language model that a request names; the only one there is when it names none.</summary>
    /// <exception cref="ApiException">404, or 400 when the model does something else.</exception>
    public LlmModel LlmNamed(string? model)
    {
        if (Llm is not null && (model is null || model == Llm.Name)) return Llm;
        ThrowIfOther(model, "generate");
        throw ApiErrors.UnknownModel(Llm is null ? [] : [Llm.Name]);
    }

    /// <summary>The embeddings model that a request names; the only one there is when it names none.</summary>
    /// <exception cref="ApiException">404, or 400 when the model does something else or one of several has to be named.</exception>
    public EmbeddingModel EmbeddingNamed(string? model)
    {
        ThrowIfMissing(model, EmbeddingNames);
        if (Embeddings.FirstOrDefault(embedding => model is null || embedding.Name == model) is { } found) return found;
        ThrowIfOther(model, "embed");
        throw ApiErrors.UnknownModel([.. EmbeddingNames]);
    }

    /// <summary>The reranker that a request names; the only one there is when it names none.</summary>
    /// <exception cref="ApiException">404, or 400 when the model does something else or one of several has to be named.</exception>
    public RerankModel RerankerNamed(string? model)
    {
        ThrowIfMissing(model, RerankerNames);
        if (Rerankers.FirstOrDefault(reranker => model is null || reranker.Name == model) is { } found) return found;
        ThrowIfOther(model, "rerank");
        throw ApiErrors.UnknownModel([.. RerankerNames]);
    }

    private static void ThrowIfMissing(string? model, IEnumerable<string> names)
    {
        if (model is null && names.Count() > 1) throw ApiErrors.Invalid("model", $"model must be one of {string.Join(", ", names)}.", "missing_field");
    }

    private void ThrowIfOther(string? model, string asked)
    {
        var does = model is null ? null : model == Llm?.Name ? "generates" : EmbeddingNames.Contains(model) ? "embeds" : RerankerNames.Contains(model) ? "reranks" : null;
        if (does is not null) throw ApiErrors.Invalid("model", $"{model} {does} and does not {asked}.", "wrong_model_type");
    }
}
