namespace Serverless.GpuWorker.Api;

/// <summary>What this worker serves: one language model, one embeddings model, or both.</summary>
public sealed record ServedModels(LlmModel? Llm, EmbeddingModel? Embedding, DateTimeOffset LoadedAt)
{
    public IEnumerable<string> Names => new[] { Llm?.Name, Embedding?.Name }.OfType<string>();

    /// <summary>The language model that a request names; the only one there is when it names none.</summary>
    /// <exception cref="ApiException">404, or 400 when the model does something else.</exception>
    public LlmModel LlmNamed(string? model)
    {
        if (Llm is not null && (model is null || model == Llm.Name)) return Llm;
        if (Embedding is not null && model == Embedding.Name) throw ApiErrors.Invalid("model", $"{Embedding.Name} embeds and does not generate.", "wrong_model_type");
        throw ApiErrors.UnknownModel(Llm is null ? [] : [Llm.Name]);
    }

    /// <inheritdoc cref="LlmNamed"/>
    public EmbeddingModel EmbeddingNamed(string? model)
    {
        if (Embedding is not null && (model is null || model == Embedding.Name)) return Embedding;
        if (Llm is not null && model == Llm.Name) throw ApiErrors.Invalid("model", $"{Llm.Name} generates and does not embed.", "wrong_model_type");
        throw ApiErrors.UnknownModel(Embedding is null ? [] : [Embedding.Name]);
    }
}
