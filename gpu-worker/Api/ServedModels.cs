using Serverless.GpuWorker.Embedding;

namespace Serverless.GpuWorker.Api;

/// <summary>What this worker serves: a language model, embeddings models, or both.</summary>
public sealed record ServedModels(LlmModel? Llm, IReadOnlyList<EmbeddingModel> Embeddings, DateTimeOffset LoadedAt)
{
    public IEnumerable<string> Names => [.. Llm is null ? Array.Empty<string>() : [Llm.Name], .. EmbeddingNames];

    public IReadOnlyList<IEmbedder> Embedders { get; } = [.. Embeddings.Select(embedding => embedding.Embedder)];

    private IEnumerable<string> EmbeddingNames => Embeddings.Select(embedding => embedding.Name);

    /// <summary>The language model that a request names; the only one there is when it names none.</summary>
    /// <exception cref="ApiException">404, or 400 when the model does something else.</exception>
    public LlmModel LlmNamed(string? model)
    {
        if (Llm is not null && (model is null || model == Llm.Name)) return Llm;
        if (EmbeddingNames.Contains(model)) throw ApiErrors.Invalid("model", $"{model} embeds and does not generate.", "wrong_model_type");
        throw ApiErrors.UnknownModel(Llm is null ? [] : [Llm.Name]);
    }

    /// <summary>The embeddings model that a request names; the only one there is when it names none.</summary>
    /// <exception cref="ApiException">404, or 400 when the model does something else or one of several has to be named.</exception>
    public EmbeddingModel EmbeddingNamed(string? model)
    {
        if (model is null && Embeddings.Count > 1) throw ApiErrors.Invalid("model", $"model must be one of {string.Join(", ", EmbeddingNames)}.", "missing_field");
        if (Embeddings.FirstOrDefault(embedding => model is null || embedding.Name == model) is { } found) return found;
        if (Llm is not null && model == Llm.Name) throw ApiErrors.Invalid("model", $"{Llm.Name} generates and does not embed.", "wrong_model_type");
        throw ApiErrors.UnknownModel([.. EmbeddingNames]);
    }
}
