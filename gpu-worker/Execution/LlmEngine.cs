using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Serverless.GpuWorker.KvCache;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Scheduling;

namespace Serverless.GpuWorker.Execution;

/// <summary>
/// Generates for many requests at once: a thread of its own runs the <see cref="StepLoop"/>, which sleeps while there is nothing to do.
/// A request's tokens do not depend on who else is served.
/// </summary>
public sealed class LlmEngine : ILlmEngine, IAsyncDisposable
{
    private readonly IStepModel _model;
    private readonly TimeProvider _time;
    private readonly StepLoop _loop;
    private readonly QueueBudget _queue;
    private readonly byte[] _secret = RandomNumberGenerator.GetBytes(32);
    private readonly Thread _thread;
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly int _blocks;
    private long _lastId;

    internal LlmEngine(IStepModel model, LlmEngineOptions options, int blocks, IReadOnlyList<int> eosTokens, TimeProvider time, ILogger<LlmEngine> logger)
    {
        ModelName = options.ModelName;
        ContextLength = (int)Math.Min(model.ContextLength, (long)blocks * model.BlockSize);
        _model = model;
        _blocks = blocks;
        _time = time;
        _queue = new QueueBudget(options.MaxQueuedRequests, options.MaxQueuedTokens);
        var scheduler = new Scheduler(
            new SchedulerOptions
            {
                MaxBatchedTokens = options.MaxBatchedTokens,
                MaxSequences = options.MaxSequences,
                BlockSize = model.BlockSize,
                PrefixCaching = options.PrefixCaching,
            },
            new BlockPool(blocks));
        _loop = new StepLoop(model, scheduler, _queue, new StopRule(eosTokens, ContextLength), time, logger);
        _thread = new Thread(Run) { IsBackground = true, Name = "llm-engine" };
        _thread.Start();
    }

    public string ModelName { get; }

    public int ContextLength { get; }

    /// <summary>For tests: the loop's inside, to be looked at from its own thread.</summary>
    internal StepLoop Loop => _loop;

    /// <summary>Loads a checkpoint and starts serving it.</summary>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="CheckpointException">The folder does not hold a Llama that can be run.</exception>
    public static LlmEngine Load(LlmEngineOptions options, TimeProvider time, ILoggerFactory loggerFactory)
    {
        options.Validate();
        var config = LlamaConfig.Read(options.CheckpointPath);
        int blocks = options.KvCacheBlocks > 0 ? options.KvCacheBlocks : BlocksIn(options, config);
        var session = new LlamaSessionOptions
        {
            CheckpointPath = options.CheckpointPath,
            WeightFormat = options.WeightFormat,
            Blocks = blocks,
            BlockSize = options.BlockSize,
            MaxTokens = options.MaxBatchedTokens,
            MaxSequences = options.MaxSequences,
            Threads = options.Threads,
            Spin = options.Spin,
        };
        IStepModel model = options.Ranks == 1 ? LlamaSession.Load(session) : RankedLlamaSession.Load(session, options.Ranks, time);
        var logger = loggerFactory.CreateLogger<LlmEngine>();
        EngineLog.Loaded(logger, options.ModelName, config.Layers, config.HiddenSize, options.WeightFormat, blocks, options.BlockSize);
        return new LlmEngine(model, options, blocks, config.EosTokens, time, logger);
    }

    /// <inheritdoc/>
    /// <remarks>The request is checked at once; it enters the queue, or is refused as overloaded, when the enumeration begins.</remarks>
    /// <exception cref="ArgumentException">The request does not fit the model; the message names the field.</exception>
    public IAsyncEnumerable<GeneratedToken> GenerateAsync(GenerationRequest request, CancellationToken cancellationToken)
    {
        Check(request);
        return Stream(request, cancellationToken);
    }

    public EngineStatus GetStatus() => _loop.GetStatus(_time.GetUtcNow(), _queue) with { KvCacheBlocks = _blocks, KvCacheBlockSize = _model.BlockSize };

    /// <summary>Refuses new requests, lets those inside finish within <paramref name="drain"/>, then fails what is left and frees the model.</summary>
    public async Task StopAsync(TimeSpan drain)
    {
        _loop.Drain();
        if (drain > TimeSpan.Zero)
        {
            // One delay raced against the end: whichever comes first.
            using var waiting = new CancellationTokenSource();
            await Task.WhenAny(_stopped.Task, Task.Delay(drain, _time, waiting.Token));
            await waiting.CancelAsync();
        }
        _loop.Abort();
        await _stopped.Task;
    }

    public async ValueTask DisposeAsync() => await StopAsync(TimeSpan.Zero);

    private async IAsyncEnumerable<GeneratedToken> Stream(GenerationRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!_queue.TryEnter(request.PromptTokens.Length))
            throw new EngineOverloadedException("The engine's queue is full.", _loop.EstimateWait(_queue.Tokens));

        var timing = new CallTiming(_loop.Histograms, _time);
        var call = new EngineCall(new Sequence(Interlocked.Increment(ref _lastId), request, BlockHash.Root(_secret, request.ClientId)), timing);
        if (!_loop.TrySubmit(call))
        {
            _queue.Leave(request.PromptTokens.Length);
            throw new EngineFailedException("The engine is stopping or has failed.");
        }
        try
        {
            await foreach (var token in call.Tokens.ReadAllAsync(cancellationToken))
                yield return token;
        }
        finally
        {
            _loop.Abandon(call);
            timing.End(request.PromptTokens.Length);
        }
    }

    private void Run()
    {
        try
        {
            _loop.Run();
        }
        finally
        {
            _model.Dispose();
            _stopped.SetResult();
        }
    }

    private void Check(GenerationRequest request)
    {
        int prompt = request.PromptTokens.Length;
        if (prompt < 1 || prompt >= ContextLength)
            throw new ArgumentException($"The prompt has {prompt} tokens; 1 to {ContextLength - 1} are permitted.", nameof(GenerationRequest.PromptTokens));

        if (request.MaxTokens < 1 || request.MaxTokens > ContextLength - prompt)
            throw new ArgumentException($"MaxTokens is {request.MaxTokens}; 1 to {ContextLength - prompt} are permitted.", nameof(GenerationRequest.MaxTokens));

        if (request.PriorTokens.Length >= request.MaxTokens)
            throw new ArgumentException($"PriorTokens has {request.PriorTokens.Length} tokens; fewer than MaxTokens, {request.MaxTokens}, are permitted.", nameof(GenerationRequest.PriorTokens));

        foreach (int id in request.PromptTokens.Concat(request.PriorTokens))
            if ((uint)id >= (uint)_model.VocabularySize)
                throw new ArgumentException($"A token is outside the vocabulary of {_model.VocabularySize}.", nameof(GenerationRequest.PromptTokens));
    }

    private static int BlocksIn(LlmEngineOptions options, LlamaConfig config)
    {
        long fitting = options.KvCacheBytes / (KvCacheTensors.BytesPerToken(config) * options.BlockSize);
        long useful = options.MaxSequences * (((long)config.ContextLength + options.BlockSize - 1) / options.BlockSize);
        return fitting >= 2
            ? (int)Math.Min(fitting, useful)
            : throw new ArgumentException($"KvCacheBytes holds {fitting} blocks of {options.BlockSize} tokens; 2 are needed.", nameof(options));
    }
}
