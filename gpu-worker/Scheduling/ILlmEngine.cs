namespace Serverless.GpuWorker.Scheduling;

/// <summary>Generates for many requests at once.</summary>
public interface ILlmEngine
{
    /// <summary>The model's name, for /v1/models.</summary>
    string ModelName { get; }

    /// <summary>Tokens of prompt and answer together.</summary>
    int ContextLength { get; }

    /// <summary>
    /// Yields the tokens as they are generated. Cancelling, or abandoning the enumeration, frees all that the request holds within a step.
    /// </summary>
    /// <exception cref="EngineOverloadedException">The queue is full; nothing was done.</exception>
    /// <exception cref="DeadlineExceededException">The request's deadline came before its last token; what it held is free.</exception>
    /// <exception cref="EngineFailedException">The engine failed; the request may be tried again.</exception>
    IAsyncEnumerable<GeneratedToken> GenerateAsync(GenerationRequest request, CancellationToken cancellationToken);

    EngineStatus GetStatus();

    /// <summary>The same without histograms: what may be asked for after every step.</summary>
    EngineStatus GetLoad() => GetStatus() with { Histograms = [] };
}
