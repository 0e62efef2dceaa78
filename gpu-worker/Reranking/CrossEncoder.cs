using Serverless.GpuWorker.Embedding;
using Serverless.GpuWorker.Scheduling;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Reranking;

/// <summary>Scores documents with a cross-encoder: pairs of all callers are batched by length and run on one thread. The relevance is the logistic function of the model's one logit.</summary>
internal sealed class CrossEncoder : IReranker, IDisposable
{
    private readonly WordPieceTokenizer _tokenizer;
    private readonly EncodeRunner _runner;

    /// <param name="session">Gives one logit a pair.</param>
    /// <param name="maxTokens">The model's length, special tokens included.</param>
    /// <param name="maxBatch">Pairs in one run; at least 1.</param>
    /// <param name="queueCapacity">Pairs that may wait; more are refused.</param>
    public CrossEncoder(string modelName, WordPieceTokenizer tokenizer, IEncoderSession session, int maxTokens, int maxBatch = 32, int queueCapacity = 2048)
    {
        ModelName = modelName;
        MaxTokens = maxTokens;
        _tokenizer = tokenizer;
        _runner = new EncodeRunner(session, maxBatch, queueCapacity);
    }

    public string ModelName { get; }

    public int MaxTokens { get; }

    public bool IsReady => _runner.IsReady;

    public bool HasFailed => _runner.HasFailed;

    /// <inheritdoc/>
    /// <exception cref="EngineOverloadedException">The queue has no room for all documents; nothing was done.</exception>
    /// <exception cref="EngineFailedException">The encoder failed.</exception>
    public async Task<IReadOnlyList<RerankScore>> ScoreAsync(string query, IReadOnlyList<string> documents, CancellationToken cancellationToken)
    {
        var asked = _tokenizer.Encode(query);
        var pairs = documents.Select(document => PairInput.Join(_tokenizer, asked, _tokenizer.Encode(document), MaxTokens)).ToArray();
        var logits = await _runner.RunAsync(pairs, cancellationToken);
        return [.. logits.Select((logit, i) => new RerankScore(1 / (1 + Math.Exp(-logit[0])), pairs[i].Ids.Length))];
    }

    /// <inheritdoc cref="EncodeRunner.Dispose"/>
    public void Dispose() => _runner.Dispose();
}
