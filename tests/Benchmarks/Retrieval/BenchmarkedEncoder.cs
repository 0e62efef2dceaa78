using Serverless.GpuWorker.Embedding;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.Benchmarks.Retrieval;

/// <summary>One of the worker's encoders in this process: its tokenizer, its queue and its session.</summary>
internal sealed class BenchmarkedEncoder : IDisposable
{
    private readonly BatchingEmbedder _embedder;
    private readonly string _queryPrompt, _documentPrompt;

    private BenchmarkedEncoder(string name, IEncoderSession session, int maxTokens, Func<EmbeddingInput, EncoderInput> tokenize, string queryPrompt, string documentPrompt)
    {
        Name = name;
        Tokenize = tokenize;
        (_queryPrompt, _documentPrompt) = (queryPrompt, documentPrompt);
        _embedder = new BatchingEmbedder(name, tokenize, session, maxTokens);
    }

    public string Name { get; }

    public Func<EmbeddingInput, EncoderInput> Tokenize { get; }

    public static BenchmarkedEncoder Bert(string package, WeightFormat format = WeightFormat.Float32)
    {
        var model = BertModel.Open(package);
        var tokenizer = model.LoadTokenizer();
        return new BenchmarkedEncoder(
            format == WeightFormat.Float32 ? model.Name : $"{model.Name}, {WeightFormats.NameOf(format)}", BertEncoderSession.Load(model, format: format), model.Settings.MaxTokens, input => BertInput.Tokenize(tokenizer, model.Settings, input), model.Settings.QueryPrompt, model.Settings.DocumentPrompt);
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

    public void Dispose() => _embedder.Dispose();
}
