using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Serverless.Contracts;
using Serverless.GpuWorker.Constraints;
using Serverless.GpuWorker.Constraints.Quotes;
using Serverless.GpuWorker.Conversion;
using Serverless.GpuWorker.KvCache;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Sampling;
using Serverless.GpuWorker.Scheduling;
using Serverless.GpuWorker.Speculation;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Execution;

/// <summary>
/// Generates for many requests at once: a thread of its own runs the <see cref="StepLoop"/>, which sleeps while there is nothing to do.
/// A request's tokens do not depend on who else is served.
/// </summary>
public sealed class LlmEngine : ILlmEngine, IAsyncDisposable
{
    /// <summary>Threads that sample a step's rows, the step loop's own among them.</summary>
    private static readonly int SamplerThreads = Math.Clamp(Environment.ProcessorCount, 1, 4);

    private readonly IStepModel _model;
    private readonly TimeProvider _time;
    private readonly StepLoop _loop;
    private readonly RowSampler _sampler;
    private readonly bool _prehashes;
    private readonly AcceptanceRates? _rates;
    private readonly QueueBudget _queue;
    private readonly RequestRule _rule;
    private readonly byte[] _secret = RandomNumberGenerator.GetBytes(32);
    private readonly Thread _thread;
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly int _blocks;
    private readonly DeviceMemory? _memory;
    private long _lastId;

    /// <param name="costs">Of the model's steps, by which tokens are drafted; null for no drafts.</param>
    internal LlmEngine(IStepModel model, LlmEngineOptions options, int blocks, IReadOnlyList<int> eosTokens, TimeProvider time, ILogger<LlmEngine> logger, StepCosts? costs = null)
    {
        ModelName = options.ModelName;
        ContextLength = (int)Math.Min(model.ContextLength, (long)blocks * model.BlockSize);
        _model = model;
        _memory = model.Memory;
        _blocks = blocks;
        _time = time;
        _queue = new QueueBudget(options.MaxQueuedRequests, options.MaxQueuedTokens, options.MaxClientQueueShare);
        var stopRule = new StopRule(eosTokens, ContextLength);
        int promptRows = Math.Min(PromptRows.Of(model.VocabularySize, options.MaxBatchedTokens), model.MaxRows - SampledRows(options, drafts: costs is not null));
        var scheduler = new Scheduler(
            new SchedulerOptions
            {
                MaxBatchedTokens = options.MaxBatchedTokens,
                MaxPromptTokensBesideDecodes = options.MaxPromptTokensBesideDecodes,
                MaxPromptRows = Math.Max(1, promptRows),
                MaxSequences = options.MaxSequences,
                BlockSize = model.BlockSize,
                PrefixCaching = options.PrefixCaching,
                PreemptByPriority = options.PreemptByPriority,
            },
            new BlockPool(blocks, options.MaxClientCacheShare),
            costs is null ? null : new DraftPlanner(costs, options.MaxDraftTokens, stopRule));
        _rates = costs is null ? null : new AcceptanceRates();
        _rule = new RequestRule(model.VocabularySize, ContextLength, stopRule, tellsPrompts: promptRows > 0);
        _prehashes = options.PrefixCaching;
        var vocabulary = Vocabulary(options.Tokenizer, eosTokens);
        _sampler = new RowSampler([.. Enumerable.Range(0, SamplerThreads).Select(_ => new Sampler(model.VocabularySize, eosTokens, Constraints(vocabulary, eosTokens)))]);
        _loop = new StepLoop(model, scheduler, _queue, _sampler, stopRule, time, logger);
        _thread = new Thread(Run) { IsBackground = true, Name = "llm-engine" };
        _thread.Start();
        _ = model.Failure?.ContinueWith(failure => EndOf(failure.Result, logger), TaskScheduler.Default);
    }

    public string ModelName { get; }

    public int ContextLength { get; }

    /// <summary>For tests: the loop's inside, to be looked at from its own thread.</summary>
    internal StepLoop Loop => _loop;

    /// <summary>Loads a checkpoint and starts serving it.</summary>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="CheckpointException">The folder does not hold a Llama that can be run.</exception>
    public static LlmEngine Load(LlmEngineOptions options, TimeProvider time, ILoggerFactory loggerFactory) => Load(options, time, loggerFactory, loadRanks: null);

    /// <param name="loadRanks">Loads a model of several ranks on CUDA, which are processes; null where none may be started.</param>
    internal static LlmEngine Load(LlmEngineOptions options, TimeProvider time, ILoggerFactory loggerFactory, Func<LlmEngineOptions, LlamaConfig, (IStepModel Model, int Blocks)>? loadRanks)
    {
        options.Validate();
        var config = LlamaConfig.Read(options.CheckpointPath);
        if (options.Device == EngineDevice.Cuda)
        {
            var (cuda, cudaBlocks) = options.Ranks > 1 && loadRanks is not null ? loadRanks(options, config) : Cuda.CudaLlamaLoader.Load(options, config, time);
            return OnCuda(cuda, cudaBlocks, options, config, time, loggerFactory.CreateLogger<LlmEngine>());
        }

        int blocks = options.KvCacheBlocks > 0 ? options.KvCacheBlocks : BlocksIn(options, config);
        var session = new LlamaSessionOptions
        {
            CheckpointPath = options.CheckpointPath,
            WeightFormat = options.WeightFormat,
            KvCacheFormat = options.KvCacheFormat,
            Blocks = blocks,
            BlockSize = options.BlockSize,
            MaxTokens = options.MaxBatchedTokens,
            MaxSequences = options.MaxSequences,
            MaxSampledRows = SampledRows(options, options.Speculation) + PromptRows.Of(config.VocabularySize, options.MaxBatchedTokens),
            Threads = options.Threads,
            SpinMicroseconds = options.SpinMicroseconds,
        };
        var (ranks, formats) = LlamaFolder.Resolve(options.CheckpointPath, options.Ranks, options.WeightFormat);
        IStepModel model = ranks == 1 ? LlamaSession.Load(session) : RankedLlamaSession.Load(session, ranks, time);
        var logger = loggerFactory.CreateLogger<LlmEngine>();
        EngineLog.Loaded(logger, options.ModelName, config.Layers, config.HiddenSize, formats.ToString(), blocks, options.BlockSize, options.KvCacheFormat.ToString());
        return new LlmEngine(model, options, blocks, config.EosTokens, time, logger, options.Speculation ? Costs(model, blocks, options, time, logger) : null);
    }

    /// <summary>Rows of logits that a step's sequences and their drafts have at most.</summary>
    private static int SampledRows(LlmEngineOptions options, bool drafts) => options.MaxSequences + (drafts ? DraftPlanner.MaxRows : 0);

    /// <summary>Measures what steps cost; null where they take no time that could be measured.</summary>
    private static StepCosts? Costs(IStepModel model, int blocks, LlmEngineOptions options, TimeProvider time, ILogger logger)
    {
        try
        {
            var costs = StepCostMeter.Measure(model, blocks, Math.Min(options.MaxBatchedTokens, SampledRows(options, drafts: true)), time);
            if (costs is not null)
                EngineLog.StepCosts(logger, 1e3 * costs.Of(1), costs.Of(2) / costs.Of(1), costs.Of(4) / costs.Of(1), costs.Of(8) / costs.Of(1), costs.Of(16) / costs.Of(1));

            return costs;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private static LlmEngine OnCuda(IStepModel session, int blocks, LlmEngineOptions options, LlamaConfig config, TimeProvider time, ILogger<LlmEngine> logger)
    {
        try
        {
            int sizes = Cuda.CudaWarmUp.Run(session, options.MaxBatchedTokens, options.MaxSequences, (long)blocks * session.BlockSize);
            if (session.Memory is { } memory)
                EngineLog.DeviceMemory(logger, memory.Weights >> 20, memory.Cache >> 20, sizes, memory.Steps >> 20, memory.Free >> 20);
        }
        catch
        {
            session.Dispose();
            throw;
        }
        string activations = options.ActivationType.ToString();
        string weights = options.WeightFormat is WeightFormat.Int8 or WeightFormat.Int4 ? WeightFormats.NameOf(options.WeightFormat.Value) : activations;
        string cache = options.KvCacheFormat == KvCacheFormat.Float32 ? activations : options.KvCacheFormat.ToString();
        EngineLog.Loaded(logger, options.ModelName, config.Layers, config.HiddenSize, weights, blocks, session.BlockSize, cache);
        return new LlmEngine(session, options, blocks, config.EosTokens, time, logger);
    }

    /// <summary>Completes when the engine has ended, for whatever reason, and its model is let go.</summary>
    internal Task Ended => _stopped.Task;

    /// <inheritdoc/>
    /// <remarks>The request is checked at once; it enters the queue, or is refused as overloaded, when the enumeration begins.</remarks>
    /// <exception cref="ArgumentException">The request does not fit the model; the message names the field.</exception>
    public IAsyncEnumerable<GeneratedToken> GenerateAsync(GenerationRequest request, CancellationToken cancellationToken)
    {
        _rule.Check(request);
        // Here, on the caller's thread: a schema or the sources of quotes may take some ms to read.
        return Stream(request, RequestRule.FormOf(request), RequestRule.ReadQuotes(request), cancellationToken);
    }

    public EngineStatus GetStatus() => Status(withHistograms: true);

    public EngineStatus GetLoad() => Status(withHistograms: false);

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

    private EngineStatus Status(bool withHistograms) =>
        _loop.GetStatus(_time.GetSteadyNow(), _queue, withHistograms) with { KvCacheBlocks = _blocks, KvCacheBlockSize = _model.BlockSize, DeviceMemory = _memory };

    private async IAsyncEnumerable<GeneratedToken> Stream(GenerationRequest request, ReadForm? form, QuoteAutomaton? quotes, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (request.Deadline <= _time.GetSteadyNow())
            throw new DeadlineExceededException();

        var sequence = new Sequence(Interlocked.Increment(ref _lastId), request, BlockHash.Root(_secret, request.ClientId)) { Form = form, Quotes = quotes };
        if (!_queue.TryEnter(request.ClientId, sequence.Given))
            throw new EngineOverloadedException("The engine's queue is full, or the client's share of it.", _loop.EstimateWait(_queue.Tokens));

        // Here, on the caller's thread, so that the step loop only looks hashes up.
        if (_prehashes)
            sequence.HashGiven(_model.BlockSize);

        if (_rates is not null)
            sequence.Predict(_rates);

        var timing = new CallTiming(_loop.Histograms, _time);
        var call = new EngineCall(sequence, timing);
        if (!_loop.TrySubmit(call))
        {
            _queue.Leave(request.ClientId, sequence.Given);
            throw new EngineFailedException("The engine is stopping or has failed.");
        }
        try
        {
            bool isFirst = request.TellsCachedTokens;
            await foreach (var token in call.Tokens.ReadAllAsync(cancellationToken))
            {
                var told = request.IsTraced && token.Finish is not null ? token with { Times = timing.Times } : token;
                yield return isFirst ? told with { OfPrompt = PromptReport.Of(sequence.CachedTokens, told.PromptLogprobs) } : told;
                isFirst = false;
            }
        }
        finally
        {
            _loop.Abandon(call);
            timing.End(request.PromptTokens.Length);
        }
    }

    /// <summary>Nothing can be run any more: who is inside fails, and nobody else comes in. A step under way learns of it by itself.</summary>
    private void EndOf(string reason, ILogger logger)
    {
        EngineLog.ModelFailed(logger, reason);
        _loop.Abort();
    }

    private void Run()
    {
        try
        {
            _loop.Run();
        }
        finally
        {
            _sampler.Dispose();
            _model.Dispose();
            _stopped.SetResult();
        }
    }

    private static TokenTrie? Vocabulary(ITokenizer? tokenizer, IReadOnlyList<int> eosTokens) => tokenizer is not null && TokenTrie.Of(tokenizer, eosTokens) is { HasEveryByte: true } trie ? trie : null;

    /// <summary>One for each sampler: what it keeps is not for several threads.</summary>
    private static ConstraintCompiler? Constraints(TokenTrie? vocabulary, IReadOnlyList<int> eosTokens) => vocabulary is null ? null : new ConstraintCompiler(vocabulary, eosTokens);

    private static int BlocksIn(LlmEngineOptions options, LlamaConfig config)
    {
        long fitting = options.KvCacheBytes / KvCacheLayout.BytesPerBlock(config, options.KvCacheFormat, options.BlockSize);
        long useful = options.MaxSequences * (((long)config.ContextLength + options.BlockSize - 1) / options.BlockSize);
        return fitting >= 2
            ? (int)Math.Min(fitting, useful)
            : throw new ArgumentException($"KvCacheBytes holds {fitting} blocks of {options.BlockSize} tokens; 2 are needed.", nameof(options));
    }
}
