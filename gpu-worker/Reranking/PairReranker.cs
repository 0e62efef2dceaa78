using Serverless.GpuWorker.Embedding;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Encoders;
using Serverless.GpuWorker.Scheduling;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Reranking;

/// <summary>Scores documents by a session that gives one number for each pair of query and document: pairs of all callers are batched by length and run on one thread.</summary>
internal sealed class PairReranker : IReranker, IDisposable
{
    private readonly Func<string, IReadOnlyList<string>, EncoderInput[]> _tokenize;
    private readonly Func<float, double> _relevance;
    private readonly EncodeRunner _runner;

    private PairReranker(
        string modelName,
        Func<string, IReadOnlyList<string>, EncoderInput[]> tokenize,
        Func<float, double> relevance,
        IEncoderSession session,
        int maxTokens,
        int maxBatch,
        int queueCapacity,
        int maxBatchTokens)
    {
        ModelName = modelName;
        MaxTokens = maxTokens;
        (_tokenize, _relevance) = (tokenize, relevance);
        _runner = new EncodeRunner(session, maxBatch, queueCapacity, maxBatchTokens);
    }

    public string ModelName { get; }

    public int MaxTokens { get; }

    public bool IsReady => _runner.IsReady;

    public bool HasFailed => _runner.HasFailed;

    /// <summary>By a cross-encoder, which reads query and document as one text: the relevance is the logistic function of its logit.</summary>
    /// <param name="maxBatch">Pairs in one run; at least 1.</param>
    /// <param name="queueCapacity">Pairs that may wait; more are refused.</param>
    /// <param name="maxBatchTokens">Padded tokens in one run, unless one pair alone has more.</param>
    public static PairReranker CrossEncoder(
        string modelName,
        WordPieceTokenizer tokenizer,
        IEncoderSession session,
        int maxTokens,
        int maxBatch = 32,
        int queueCapacity = 2048,
        int maxBatchTokens = EncodeRunner.CpuBatchTokens)
    {
        return new PairReranker(modelName, Tokenize, logit => 1 / (1 + Math.Exp(-logit)), session, maxTokens, maxBatch, queueCapacity, maxBatchTokens);

        EncoderInput[] Tokenize(string query, IReadOnlyList<string> documents)
        {
            var asked = tokenizer.Encode(query);
            return [.. documents.Select(document => PairInput.Join(tokenizer, asked, tokenizer.Encode(document), maxTokens))];
        }
    }

    /// <summary>By late interaction over an encoder that embeds: the relevance is the score itself, 0 where it is below.</summary>
    /// <inheritdoc cref="CrossEncoder"/>
    public static PairReranker LateInteraction(
        string modelName,
        WordPieceTokenizer tokenizer,
        BertSettings settings,
        IEncoderSession session,
        int maxBatch = 32,
        int queueCapacity = 2048,
        int maxBatchTokens = EncodeRunner.CpuBatchTokens)
    {
        return new PairReranker(modelName, Tokenize, score => Math.Clamp(score, 0, 1), session, 2 * settings.MaxTokens, maxBatch, queueCapacity, maxBatchTokens);

        EncoderInput[] Tokenize(string query, IReadOnlyList<string> documents)
        {
            var asked = BertInput.Tokenize(tokenizer, settings, new EmbeddingInput(settings.QueryPrompt, query)).Ids;
            return [.. documents.Select(document => Join(asked, BertInput.Tokenize(tokenizer, settings, new EmbeddingInput(settings.DocumentPrompt, document)).Ids))];
        }
    }

    /// <inheritdoc/>
    /// <exception cref="EngineOverloadedException">The queue has no room for all documents; nothing was done.</exception>
    /// <exception cref="EngineFailedException">The encoder failed.</exception>
    public async Task<IReadOnlyList<RerankScore>> ScoreAsync(string query, IReadOnlyList<string> documents, CancellationToken cancellationToken)
    {
        var pairs = _tokenize(query, documents);
        var scores = await _runner.RunAsync(pairs, cancellationToken);
        return [.. scores.Select((score, i) => new RerankScore(_relevance(score[0]), pairs[i].Ids.Length))];
    }

    /// <inheritdoc cref="EncodeRunner.Dispose"/>
    public void Dispose() => _runner.Dispose();

    private static EncoderInput Join(int[] query, int[] document)
    {
        var marks = new int[query.Length + document.Length];
        marks.AsSpan(query.Length).Fill(1);
        return new EncoderInput([.. query, .. document], marks);
    }
}
