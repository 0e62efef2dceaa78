using Serverless.Functions.Retrieval.Index;
using Serverless.GpuWorker.Embedding;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Encoders;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Reranking;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.Benchmarks.Retrieval;

/// <summary>One of the worker's encoders in this process: its tokenizer, its queue and its session.</summary>
internal sealed class BenchmarkedEncoder : IDisposable
{
    private readonly BatchingEmbedder _embedder;
    private readonly PairReranker? _reranker;
    private readonly string _queryPrompt, _documentPrompt;

    private BenchmarkedEncoder(string name, IEncoderSession session, int maxTokens, Func<EmbeddingInput, EncoderInput> tokenize, string queryPrompt, string documentPrompt, PairReranker? reranker = null)
    {
        Name = name;
        Tokenize = tokenize;
        (_queryPrompt, _documentPrompt, _reranker) = (queryPrompt, documentPrompt, reranker);
        _embedder = new BatchingEmbedder(name, tokenize, session, maxTokens);
    }

    public string Name { get; }

    public Func<EmbeddingInput, EncoderInput> Tokenize { get; }

    public static BenchmarkedEncoder Bert(string package, WeightFormat format = WeightFormat.Float32)
    {
        var model = BertModel.Open(package);
        var tokenizer = model.LoadTokenizer();
        return new BenchmarkedEncoder(
            format == WeightFormat.Float32 ? model.Name : $"{model.Name}, {WeightFormats.NameOf(format)}", BertEncoderSession.Load(model, format: format),
            model.Settings.MaxTokens, input => BertInput.Tokenize(tokenizer, model.Settings, input), model.Settings.QueryPrompt, model.Settings.DocumentPrompt,
            PairReranker.LateInteraction(model.Name, tokenizer, model.Settings, LateInteractionSession.Load(model)));
    }

    public static BenchmarkedEncoder Instructor(string folder)
    {
        var session = T5EncoderSession.Load(folder);
        var tokenizer = TokenizerFile.Load(folder);
        return new BenchmarkedEncoder(
            new DirectoryInfo(folder).Name, new T5Encoder(session), session.MaxTokens, input => InstructorInput.Tokenize(tokenizer, input, session.MaxTokens), InstructorPrompts.Query, InstructorPrompts.Document);
    }

    public async Task<IReadOnlyList<EmbeddingVector>> DocumentsAsync(IEnumerable<string> texts) =>
        await _embedder.EmbedAsync([.. texts.Select(text => new EmbeddingInput(_documentPrompt, text))], CancellationToken.None);

    public async Task<float[]> QueryAsync(string text) => (await _embedder.EmbedAsync([new EmbeddingInput(_queryPrompt, text)], CancellationToken.None))[0].Values;

    /// <summary>Whether its tokens can be compared: late interaction.</summary>
    public bool Reranks => _reranker is not null;

    /// <summary>The first <paramref name="candidates"/> of a ranking, best first by late interaction, each with its score.</summary>
    public async Task<IReadOnlyList<FoundChunk>> RerankAsync(string question, IReadOnlyList<FoundChunk> ranking, int candidates)
    {
        var first = ranking.Take(candidates).ToList();
        var scores = await _reranker!.ScoreAsync(question, [.. first.Select(chunk => chunk.Searched)], CancellationToken.None);
        return [.. first.Select((chunk, i) => chunk with { Score = scores[i].Relevance }).OrderByDescending(chunk => chunk.Score)];
    }

    public void Dispose()
    {
        _embedder.Dispose();
        _reranker?.Dispose();
    }
}
