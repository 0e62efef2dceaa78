using Serverless.GpuWorker.Api;
using Serverless.GpuWorker.Constraints;
using Serverless.GpuWorker.Conversion;
using Serverless.GpuWorker.Embedding;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Hosting;

/// <summary>Loads the checkpoints that the settings name.</summary>
internal sealed class CheckpointLoader(WorkerOptions options, TimeProvider time, ILoggerFactory loggerFactory) : IModelLoader
{
    public ServedModels Load(CancellationToken cancellationToken)
    {
        var embedding = options.Instructor is { } instructor ? LoadEmbedding(instructor) : null;
        cancellationToken.ThrowIfCancellationRequested();
        var llm = options.Llama is { } llama ? LoadLlm(llama) : null;
        return new ServedModels(llm, embedding, time.GetUtcNow());
    }

    private LlmModel LoadLlm(string folder)
    {
        var name = options.ModelName ?? NameOf(folder);
        Verify(folder);
        var (ranks, _) = LlamaFolder.Resolve(folder, options.Ranks, options.WeightFormat);
        if (WorkerOptionsValidator.TooManyRanks(options, ranks) is { } error) throw new CheckpointException(error);
        var tokenizer = TokenizerFile.Load(folder);
        LlamaConfig.Read(folder).CheckTokenizer(tokenizer.VocabularySize);
        var defaults = GenerationConfigFile.Read(folder, options.DefaultMaxTokens);
        var engine = LlmEngine.Load(
            new LlmEngineOptions
            {
                CheckpointPath = folder,
                ModelName = name,
                Tokenizer = tokenizer,
                Device = options.Device,
                ActivationType = options.ActivationType,
                WeightFormat = options.WeightFormat,
                KvCacheBytes = (long)options.KvCacheMegabytes << 20,
                KvCacheFormat = options.KvCacheFormat,
                MaxSequences = options.MaxSequences,
                MaxBatchedTokens = options.MaxBatchedTokens,
                MaxQueuedRequests = options.MaxQueuedRequests,
                MaxQueuedTokens = options.MaxQueuedTokens,
                PrefixCaching = options.PrefixCaching,
                MaxClientCacheShare = options.MaxClientCacheShare,
                Ranks = ranks,
                Threads = options.Threads,
                Spin = options.Spin,
            },
            time,
            loggerFactory);
        return new LlmModel(name, engine, tokenizer, defaults, TokenTrie.Of(tokenizer).HasEveryByte);
    }

    private EmbeddingModel LoadEmbedding(string folder)
    {
        var name = options.EmbeddingModelName ?? NameOf(folder);
        Verify(folder);
        var tokenizer = TokenizerFile.Load(folder);
        var session = T5EncoderSession.Load(folder, options.Threads);
        var embedder = new InstructorEmbedder(name, tokenizer, new T5Encoder(session), session.MaxTokens, options.MaxEmbeddingBatch, options.MaxEmbeddingQueue);
        return new EmbeddingModel(name, embedder, tokenizer);
    }

    private void Verify(string folder)
    {
        if (options.VerifyWeights && ConvertedFolder.Is(folder)) ConvertedFolder.Verify(folder);
    }

    private static string NameOf(string folder) => new DirectoryInfo(folder).Name;
}
