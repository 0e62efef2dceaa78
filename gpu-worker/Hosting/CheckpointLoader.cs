using Serverless.GpuWorker.Api;
using Serverless.GpuWorker.Constraints;
using Serverless.GpuWorker.Conversion;
using Serverless.GpuWorker.Embedding;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Model.Encoders;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Reranking;
using Serverless.GpuWorker.Scheduling;
using Serverless.GpuWorker.Supervision;
using Serverless.GpuWorker.Supervision.Replicas;
using Serverless.GpuWorker.Supervision.Wire;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Hosting;

/// <summary>Loads the checkpoints that the settings name: the models in processes of their own, side by side, what belongs to texts in this one.</summary>
internal sealed class CheckpointLoader(WorkerOptions options, IChildLauncher launcher, TimeProvider time, ILoggerFactory loggerFactory) : IModelLoader
{
    private const int CpuCacheMegabytes = 256;

    /// <summary>Beyond some tens of tokens a step on a CPU takes time in proportion to them, so smaller chunks cost prompts little and spare those who decode beside them long steps.</summary>
    public const int CpuPromptTokensBesideDecodes = 64;

    private readonly ILogger _logger = loggerFactory.CreateLogger("Serverless.GpuWorker.Supervision");
    private readonly SupervisionOptions _supervision = new() { StallAfter = TimeSpan.FromSeconds(options.StallSeconds) };

    public ServedModels Load(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var processes = new EncoderProcesses(options, encoder => RemoteEncoder.StartAsync(encoder, _supervision, launcher, time, _logger, stop.Token));
        var embeddings = Embeddings(processes).Select(load => Task.Run(load, CancellationToken.None)).ToArray();
        var rerankers = options.RerankerSources.Select(source => Task.Run(() => LoadRerankerAsync(source, processes), CancellationToken.None)).ToArray();
        var llm = options.Llama is { } llama ? Task.Run(() => LoadLlmAsync(llama, stop.Token), CancellationToken.None) : null;
        try
        {
            return new ServedModels(
                llm?.GetAwaiter().GetResult(), [.. embeddings.Select(embedding => embedding.GetAwaiter().GetResult())], [.. rerankers.Select(reranker => reranker.GetAwaiter().GetResult())], time.GetUtcNow());
        }
        catch
        {
            // What the others have started is not to outlive this.
            stop.Cancel();
            ReleaseAsync(llm, embeddings, rerankers).GetAwaiter().GetResult();
            throw;
        }
    }

    public Task WarmUpAsync(ServedModels models, IServiceProvider services, CancellationToken cancellationToken) =>
        new WarmUp(services, time, loggerFactory.CreateLogger<WarmUp>()).RunAsync(models, cancellationToken);

    private async Task<LlmModel> LoadLlmAsync(string folder, CancellationToken cancellationToken)
    {
        var name = options.ModelName ?? NameOf(folder);
        Verify(folder);
        var (ranks, _) = LlamaFolder.Resolve(folder, options.Ranks, options.WeightFormat);
        if (WorkerOptionsValidator.TooManyRanks(options, ranks) is { } error) throw new CheckpointException(error);
        var tokenizer = TokenizerFile.Load(folder);
        LlamaConfig.Read(folder).CheckTokenizer(tokenizer.VocabularySize);
        var defaults = GenerationConfigFile.Read(folder, options.DefaultMaxTokens);
        var engine = RemoteEngine.StartAsync(EngineOptions(folder, name, tokenizer, ranks), launcher, time, _logger, cancellationToken);
        var canConstrain = TokenTrie.Of(tokenizer).HasEveryByte;
        var queue = new QueueBudget(options.MaxQueuedRequests, options.MaxQueuedTokens, options.MaxClientQueueShare);
        return new LlmModel(name, await engine, tokenizer, defaults, canConstrain)
        {
            TellsCachedTokens = options.PromptTokensDetails,
            QueuedRequests = (long)queue.ClientRequests * options.Replicas,
            QueuedTokens = queue.ClientTokens * options.Replicas,
        };
    }

    private RemoteEngineOptions EngineOptions(string folder, string name, ITokenizer tokenizer, int ranks) => new()
    {
        Replicas = options.Replicas,
        Supervision = _supervision,
        Engine = new LlmEngineOptions
        {
            CheckpointPath = folder,
            ModelName = name,
            Tokenizer = tokenizer,
            Device = options.Device,
            ActivationType = options.ActivationType,
            WeightFormat = options.WeightFormat,
            KvCacheBytes = ((long)(options.KvCacheMegabytes ?? (options.Device == EngineDevice.Cuda ? 0 : CpuCacheMegabytes)) << 20) / options.Replicas,
            KvCacheFormat = options.KvCacheFormat,
            MaxSequences = options.MaxSequences,
            MaxBatchedTokens = options.MaxBatchedTokens,
            MaxPromptTokensBesideDecodes = options.MaxPromptTokensBesideDecodes ?? (options.Device == EngineDevice.Cuda ? null : Math.Min(CpuPromptTokensBesideDecodes, options.MaxBatchedTokens)),
            MaxQueuedRequests = options.MaxQueuedRequests,
            MaxQueuedTokens = options.MaxQueuedTokens,
            PrefixCaching = options.PrefixCaching,
            PreemptByPriority = options.PreemptByPriority,
            MaxClientQueueShare = options.MaxClientQueueShare,
            MaxClientCacheShare = options.MaxClientCacheShare,
            Ranks = ranks,
            Threads = ThreadsOfReplica(ranks),
            SpinMicroseconds = options.SpinMicroseconds,
            Speculation = options.Speculation ?? options.Device == EngineDevice.Cpu,
            MaxDraftTokens = options.MaxDraftTokens,
        },
    };

    private IEnumerable<Func<Task<EmbeddingModel>>> Embeddings(EncoderProcesses processes)
    {
        if (options.Instructor is { } instructor) yield return () => LoadInstructorAsync(instructor, processes);
        foreach (var source in options.EncoderSources) yield return () => LoadBertAsync(source, processes);
    }

    private async Task<EmbeddingModel> LoadInstructorAsync(string folder, EncoderProcesses processes)
    {
        var name = options.EmbeddingModelName ?? NameOf(folder);
        Verify(folder);
        var tokenizer = TokenizerFile.Load(folder);
        var encoder = await processes.InstructorAsync(folder);
        var embedder = new BatchingEmbedder(
            name, input => InstructorInput.Tokenize(tokenizer, input, encoder.MaxTokens), encoder.For(EncoderTask.Embedding), encoder.MaxTokens, options.MaxEmbeddingBatch, options.MaxEmbeddingQueue);
        return new EmbeddingModel(name, embedder, tokenizer) { QueryPrompt = InstructorPrompts.Query, DocumentPrompt = InstructorPrompts.Document };
    }

    private async Task<EmbeddingModel> LoadBertAsync(string source, EncoderProcesses processes)
    {
        var model = BertModel.Open(source);
        var (name, settings, tokenizer) = (model.Name, model.Settings, model.LoadTokenizer());
        var encoder = await processes.EncoderAsync(source);
        var embedder = new BatchingEmbedder(
            name, input => BertInput.Tokenize(tokenizer, settings, input), encoder, settings.MaxTokens, options.MaxEmbeddingBatch, options.MaxEmbeddingQueue, BatchTokens);
        return new EmbeddingModel(name, embedder, tokenizer) { QueryPrompt = settings.QueryPrompt, DocumentPrompt = settings.DocumentPrompt };
    }

    private async Task<RerankModel> LoadRerankerAsync(RerankerSource source, EncoderProcesses processes)
    {
        BertModel model = source.IsLateInteraction ? BertModel.Open(source.Path) : RerankerFolder.Open(source.Path);
        var tokenizer = model.LoadTokenizer();
        var encoder = await processes.RerankerAsync(source);
        // What one request may hold has room.
        var (batch, queue) = (options.MaxEmbeddingBatch, Math.Max(options.MaxEmbeddingQueue, ApiLimits.RerankDocuments));
        var reranker = source.IsLateInteraction
            ? PairReranker.LateInteraction(source.Name, tokenizer, model.Settings, encoder, batch, queue, BatchTokens)
            : PairReranker.CrossEncoder(source.Name, tokenizer, encoder, model.Settings.MaxTokens, batch, queue, BatchTokens);
        return new RerankModel(source.Name, reranker, tokenizer);
    }

    private int BatchTokens => options.EncoderDevice == EngineDevice.Cuda ? EncodeRunner.CudaBatchTokens : EncodeRunner.CpuBatchTokens;

    private void Verify(string folder)
    {
        if (options.VerifyWeights && ConvertedFolder.Is(folder)) ConvertedFolder.Verify(folder);
    }

    /// <summary>The engine's own choice for one replica; its part of the cores for each of several.</summary>
    private int ThreadsOfReplica(int ranks) =>
        options.Threads > 0 || options.Replicas == 1 ? options.Threads : Math.Clamp(Environment.ProcessorCount / (options.Replicas * ranks), 1, 4);

    private static async Task ReleaseAsync(Task<LlmModel>? llm, Task<EmbeddingModel>[] embeddings, Task<RerankModel>[] rerankers)
    {
        await Task.WhenAll([llm ?? Task.CompletedTask, .. embeddings, .. rerankers]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (llm is { IsCompletedSuccessfully: true }) await ((IAsyncDisposable)llm.Result.Engine).DisposeAsync();
        foreach (var embedding in embeddings.Where(embedding => embedding.IsCompletedSuccessfully)) ((IDisposable)embedding.Result.Embedder).Dispose();
        foreach (var reranker in rerankers.Where(reranker => reranker.IsCompletedSuccessfully)) ((IDisposable)reranker.Result.Reranker).Dispose();
    }

    private static string NameOf(string folder) => new DirectoryInfo(folder).Name;
}
