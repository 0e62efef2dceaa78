using Serverless.GpuWorker.Api;
using Serverless.GpuWorker.Embedding;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Supervision;
using Serverless.GpuWorker.Supervision.Replicas;
using Serverless.GpuWorker.Supervision.Wire;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Hosting;

/// <summary>Loads the checkpoints that the settings name: the models in processes of their own, side by side, what belongs to texts in this one.</summary>
internal sealed class CheckpointLoader(WorkerOptions options, IChildLauncher launcher, TimeProvider time, ILoggerFactory loggerFactory) : IModelLoader
{
    private readonly ILogger _logger = loggerFactory.CreateLogger("Serverless.GpuWorker.Supervision");
    private readonly SupervisionOptions _supervision = new() { StallAfter = TimeSpan.FromSeconds(options.StallSeconds) };

    public ServedModels Load(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var embedding = options.Instructor is { } instructor ? LoadEmbeddingAsync(instructor, stop.Token) : null;
        var llm = options.Llama is { } llama ? LoadLlmAsync(llama, stop.Token) : null;
        try
        {
            return new ServedModels(llm?.GetAwaiter().GetResult(), embedding?.GetAwaiter().GetResult(), time.GetUtcNow());
        }
        catch
        {
            // What the other one has started is not to outlive this.
            stop.Cancel();
            ReleaseAsync(llm, embedding).GetAwaiter().GetResult();
            throw;
        }
    }

    private async Task<LlmModel> LoadLlmAsync(string folder, CancellationToken cancellationToken)
    {
        var name = options.ModelName ?? NameOf(folder);
        var engine = RemoteEngine.StartAsync(EngineOptions(folder, name), launcher, time, _logger, cancellationToken);
        try
        {
            return new LlmModel(name, await engine, TokenizerFile.Load(folder), GenerationConfigFile.Read(folder, options.DefaultMaxTokens));
        }
        catch when (engine.IsCompletedSuccessfully)
        {
            await engine.Result.DisposeAsync();
            throw;
        }
    }

    private RemoteEngineOptions EngineOptions(string folder, string name) => new()
    {
        Replicas = options.Replicas,
        Supervision = _supervision,
        Engine = new LlmEngineOptions
        {
            CheckpointPath = folder,
            ModelName = name,
            WeightFormat = options.WeightFormat,
            KvCacheBytes = ((long)options.KvCacheMegabytes << 20) / options.Replicas,
            MaxSequences = options.MaxSequences,
            MaxBatchedTokens = options.MaxBatchedTokens,
            MaxQueuedRequests = options.MaxQueuedRequests,
            MaxQueuedTokens = options.MaxQueuedTokens,
            PrefixCaching = options.PrefixCaching,
            Ranks = options.Ranks,
            Threads = ThreadsOfReplica(),
            Spin = options.Spin,
        },
    };

    private async Task<EmbeddingModel> LoadEmbeddingAsync(string folder, CancellationToken cancellationToken)
    {
        var name = options.EmbeddingModelName ?? NameOf(folder);
        var session = RemoteEncoder.StartAsync(new EncoderOptions(folder, options.Threads), _supervision, launcher, time, _logger, cancellationToken);
        try
        {
            var tokenizer = TokenizerFile.Load(folder);
            var encoder = await session;
            return new EmbeddingModel(name, new InstructorEmbedder(name, tokenizer, encoder, encoder.MaxTokens, options.MaxEmbeddingBatch, options.MaxEmbeddingQueue), tokenizer);
        }
        catch when (session.IsCompletedSuccessfully)
        {
            session.Result.Dispose();
            throw;
        }
    }

    /// <summary>The engine's own choice for one replica; its part of the cores for each of several.</summary>
    private int ThreadsOfReplica() =>
        options.Threads > 0 || options.Replicas == 1 ? options.Threads : Math.Clamp(Environment.ProcessorCount / (options.Replicas * options.Ranks), 1, 4);

    private static async Task ReleaseAsync(Task<LlmModel>? llm, Task<EmbeddingModel>? embedding)
    {
        await Task.WhenAll(llm ?? Task.CompletedTask, embedding ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (llm is { IsCompletedSuccessfully: true }) await ((IAsyncDisposable)llm.Result.Engine).DisposeAsync();
        if (embedding is { IsCompletedSuccessfully: true }) ((IDisposable)embedding.Result.Embedder).Dispose();
    }

    private static string NameOf(string folder) => new DirectoryInfo(folder).Name;
}
