using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Reranking;

namespace Serverless.GpuWorker.Hosting;

/// <summary>The worker's settings: section <c>Worker</c> of appsettings.json, environment variables <c>Worker__Name</c>, and the command line, which wins.</summary>
public sealed record WorkerOptions
{
    public const string Section = "Worker";

    /// <summary>Folder of the Llama checkpoint; without it there is no generating model.</summary>
    public string? Llama { get; init; }

    /// <summary>Folder of the Instructor checkpoint.</summary>
    public string? Instructor { get; init; }

    /// <summary>
    /// BERT encoders, separated by commas: folders with an ONNX model and vocab.txt, or the short names of those that come as packages (<see cref="BertPackage.All"/>). They are called
    /// by their folder's or their own name.
    /// </summary>
    public string? Encoder { get; init; }

    /// <summary>
    /// What ranks documents, separated by commas: folders of BERT cross-encoders (an ONNX model of one logit and vocab.txt), called by their folders' names; or <c>maxsim:</c> and what <see cref="Encoder"/> may
    /// name, for late interaction over that encoder, called by its name and <c>-maxsim</c>.
    /// </summary>
    public string? Reranker { get; init; }

    /// <summary>Where those of <see cref="Encoder"/> and <see cref="Reranker"/> are computed; an Instructor always is on the CPU.</summary>
    public EngineDevice EncoderDevice { get; init; }

    /// <summary>
    /// How the matrices of <see cref="Encoder"/> and <see cref="Instructor"/> are held and multiplied: float32 or int8, which takes less time and gives slightly other vectors. On CUDA float32.
    /// When not set float32, or of an Instructor what a converted folder has.
    /// </summary>
    public WeightFormat? EncoderFormat { get; init; }

    /// <summary>Where to listen, separated by semicolons. http only: TLS ends before the worker.</summary>
    public string Urls { get; init; } = "http://127.0.0.1:8080";

    /// <summary>What requests call the Llama; the folder's name when not set.</summary>
    public string? ModelName { get; init; }

    /// <summary>What requests call the Instructor model; the folder's name when not set.</summary>
    public string? EmbeddingModelName { get; init; }

    /// <summary>Keys that callers may use. With at least one, every path but health asks for one.</summary>
    public IReadOnlyList<string> ApiKeys { get; init; } = [];

    /// <summary>Lets the worker listen beyond loopback without keys, behind something else that guards it.</summary>
    public bool AllowAnonymous { get; init; }

    /// <summary>Tokens of an answer when the request does not say; 1..1000000.</summary>
    public int DefaultMaxTokens { get; init; } = 1024;

    /// <summary>Whether the usage of an answer tells how many of the prompt's tokens were in the cache (<c>prompt_tokens_details.cached_tokens</c>): two equal requests then have other usages.</summary>
    public bool PromptTokensDetails { get; init; }

    /// <summary>Where the Llama is computed.</summary>
    public EngineDevice Device { get; init; }

    /// <summary>What the Llama's hidden state is computed in on CUDA.</summary>
    public ActivationType ActivationType { get; init; }

    /// <summary>
    /// How the Llama's matrices are held in memory; when not set float32, or what a converted folder has. On CUDA all but int8 and int4 mean as
    /// <see cref="ActivationType"/>.
    /// </summary>
    public WeightFormat? WeightFormat { get; init; }

    /// <summary>Whether every byte of a converted folder is compared with its manifest before it is served.</summary>
    public bool VerifyWeights { get; init; }

    /// <summary>
    /// Memory of the KV cache in MiB, all replicas and ranks together, on the CPU resident as it is used; 1..1048576. When not set 256, and on CUDA what nine tenths of the devices' memory
    /// hold beside the weights.
    /// </summary>
    public int? KvCacheMegabytes { get; init; }

    /// <summary>
    /// How keys and values are held in the KV cache. On CUDA float32 means as <see cref="ActivationType"/>, int8 and float8 need the ranges that <c>gpu-worker calibrate</c>
    /// measures.
    /// </summary>
    public KvCacheFormat KvCacheFormat { get; init; } = KvCacheFormat.Float32;

    /// <summary>
    /// Whether tokens that prompt or answer hold already are drafted and verified several at a time: the same tokens, sooner. When not set true on the CPU; on CUDA it must be false.
    /// </summary>
    public bool? Speculation { get; init; }

    /// <summary>Most tokens that a sequence drafts in one step; 1..64.</summary>
    public int MaxDraftTokens { get; init; } = 16;

    /// <summary>Sequences that run at once; 1..1024.</summary>
    public int MaxSequences { get; init; } = 16;

    /// <summary>Tokens of a step; MaxSequences + 1..65536.</summary>
    public int MaxBatchedTokens { get; init; } = 512;

    /// <summary>Prompt tokens of a step in which others decode, who wait for their next token as long as it takes; 1..MaxBatchedTokens. When not set 64 on the CPU, and as many as there is room for on CUDA.</summary>
    public int? MaxPromptTokensBesideDecodes { get; init; }

    /// <summary>Requests that may wait; what comes beyond gets 429; 1..100000.</summary>
    public int MaxQueuedRequests { get; init; } = 256;

    /// <summary>Prompt tokens that may wait; what comes beyond gets 429; 1..100000000.</summary>
    public int MaxQueuedTokens { get; init; } = 65_536;

    /// <summary>Share of <see cref="MaxQueuedRequests"/> and <see cref="MaxQueuedTokens"/> that one client's requests may take; 0.01..1, 1 for no such bound.</summary>
    public double MaxClientQueueShare { get; init; } = 0.75;

    /// <summary>Whether a client's requests share the cache of a common beginning.</summary>
    public bool PrefixCaching { get; init; } = true;

    /// <summary>Whether a waiting request takes the place of running ones of its client whose <c>priority</c> is less urgent; they go on later.</summary>
    public bool PreemptByPriority { get; init; }

    /// <summary>Share of the KV cache beyond which a client's cached content goes before that of others; 0.01..1, 1 for no such bound.</summary>
    public double MaxClientCacheShare { get; init; } = 0.5;

    /// <summary>Engine processes that serve the Llama side by side, 1..8. They divide threads and <see cref="KvCacheMegabytes"/> among them; each holds the weights.</summary>
    public int Replicas { get; init; } = 1;

    /// <summary>Ranks that compute the Llama together, each with a part of its matrices and KV cache: 1, 2, 4 or 8, no more than the machine's cores; on CUDA processes, a device each. When not set 1, or what a converted folder is for.</summary>
    public int? Ranks { get; init; }

    /// <summary>Lets there be more ranks than cores: slow, and of use for trying a layout only.</summary>
    public bool AllowOversubscription { get; init; }

    /// <summary>Threads of one operator of one rank; 0 means the machine's cores divided by the ranks, at most 4; 0..256.</summary>
    public int Threads { get; init; }

    /// <summary>How long an operator's threads spin for the next one's work before they sleep, in microseconds; 0 sends them to sleep at once; 0..100000.</summary>
    public int SpinMicroseconds { get; init; } = OnnxSessions.DefaultSpinMicroseconds;

    /// <summary>How long what is in flight may go on after SIGTERM; 0..3600.</summary>
    public int DrainSeconds { get; init; } = 25;

    /// <summary>Work without progress for longer makes the worker unready; 1..3600.</summary>
    public int StallSeconds { get; init; } = 90;

    /// <summary>Work without progress for longer ends the process, for its supervisor to start it anew; StallSeconds..7200.</summary>
    public int StallExitSeconds { get; init; } = 120;

    /// <summary>A streaming client that takes nothing for longer is disconnected; 1..600.</summary>
    public int StreamWriteSeconds { get; init; } = 30;

    /// <summary>Requests of one client (a key; an address where there are none) at once; what comes beyond gets 429; 0 for no limit; 0..100000.</summary>
    public int MaxClientConcurrency { get; init; }

    /// <summary>Requests of one client a minute, in bursts of as many; what comes beyond gets 429; 0 for no limit; 0..1000000.</summary>
    public int MaxClientRequestsPerMinute { get; init; }

    /// <summary>Connections at once; what comes beyond is closed; 1..100000.</summary>
    public int MaxConnections { get; init; } = 2048;

    /// <summary>The connection string, with an access key or <c>AuthType=azure.msi</c>, of the SignalR service that <c>stream_to</c> pushes answers through; without it that is refused. Not on the command line.</summary>
    public string? SignalR { get; init; }

    /// <summary>Answers that are pushed at once; what comes beyond gets 429; 1..10000.</summary>
    public int MaxStreams { get; init; } = 256;

    /// <summary>Texts in one run of the encoder; 1..256.</summary>
    public int MaxEmbeddingBatch { get; init; } = 32;

    /// <summary>Texts waiting for the encoder; what comes beyond gets 429; 256..100000.</summary>
    public int MaxEmbeddingQueue { get; init; } = 2048;

    /// <summary>The parts of <see cref="Encoder"/>.</summary>
    internal IReadOnlyList<string> EncoderSources => Parts(Encoder);

    /// <summary>The parts of <see cref="Reranker"/>.</summary>
    internal IReadOnlyList<RerankerSource> RerankerSources => [.. Parts(Reranker).Select(RerankerSource.Parse)];

    private static string[] Parts(string? list) => (list ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>Keys never reach a log by way of ToString.</summary>
    public override string ToString() => $"{nameof(WorkerOptions)} [{ApiKeys.Count} keys]";
}
